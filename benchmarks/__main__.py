"""`python -m benchmarks serving|endurance|peers|data|comparison|ablation|robustness|limits|written|oracle|loop …`: each prints one JSON object a line; `--help` says what can be set."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks")
    names = parser.add_subparsers(dest="name", required=True)
    serving = names.add_parser("serving", help="how near POST /score comes to the hardware")
    serving.add_argument("--seconds", type=int, default=5, help="of each load")
    endurance = names.add_parser("endurance", help="how POST /score does in the long run: waiting times, memory, cold start")
    endurance.add_argument("--minutes", type=float, default=5, help="of the steady load")
    endurance.add_argument("--requests", type=int, default=1_000_000, help="over which the memory is watched")
    endurance.add_argument("--seconds", type=int, default=20, help="of the measurement of the capacity")
    peers = names.add_parser("peers", help="POST /score beside the same graphs behind other model servers")
    peers.add_argument("--seconds", type=int, default=3, help="of each load")
    peers.add_argument("--rounds", type=int, default=3, help="in each of which every server is measured")
    peers.add_argument("--only", nargs="+", default=[], choices=["litserve", "mlserver", "bentoml", "ray"], help="these peers")
    peers.add_argument("--distinct", type=int, default=16, help="bodies that are sent again and again")
    data = names.add_parser("data", help="rates of the data engine")
    data.add_argument("--groups", type=int, default=200, help="groups of 16 cases that every stage works on")
    comparison = names.add_parser("comparison", help="the model beside simple readers")
    comparison.add_argument("--package", type=Path, default=Path("shipped"), help="the model")
    comparison.add_argument("--on", type=Path, nargs="+", default=[], help="labelled cases or recorded runs")
    comparison.add_argument("--trained-on", type=int, default=20_000, help="generated cases that the trees learn from")
    comparison.add_argument("--most", type=int, default=4_000, help="cases of a set, at most")
    ablation = names.add_parser("ablation", help="variants of network, loss and input, each trained anew")
    ablation.add_argument("--data", type=Path, default=Path("data/generated"), help="generated shards")
    ablation.add_argument("--lexicon", type=Path, default=Path("runs/lexicon.safetensors"), help="word vectors to start from")
    ablation.add_argument("--out", type=Path, default=Path("runs/ablation"), help="where the trainings lie and go on")
    ablation.add_argument("--steps", type=int, default=1_500, help="of each training")
    ablation.add_argument(
        "--on", type=Path, nargs="+", default=[], help="labelled cases or recorded runs, besides generated ones"
    )
    ablation.add_argument("--most", type=int, default=4_000, help="generated cases that are judged")
    ablation.add_argument("--only", nargs="+", default=[], help="names of variants")
    robustness = names.add_parser("robustness", help="what an attacker can change about an attack")
    robustness.add_argument("--package", type=Path, default=Path("shipped"), help="the model")
    robustness.add_argument(
        "--on", type=Path, nargs="+", default=[], help="labelled cases or recorded runs, besides generated ones"
    )
    robustness.add_argument("--attacks", type=int, default=200, help="of each set")
    limits = names.add_parser("limits", help="a limit against one more than it, in worlds that no model has seen")
    limits.add_argument("--package", type=Path, default=Path("shipped"), help="the model")
    limits.add_argument("--pairs", type=int, default=1_000)
    written = names.add_parser("written", help="policies written by hand: pairs that differ in role, attribute or call")
    written.add_argument("--package", type=Path, default=Path("shipped"), help="the model")
    oracle = names.add_parser("oracle", help="how often the oracle of structured policies agrees with the hidden rules")
    oracle.add_argument("--groups", type=int, default=200, help="groups of 16 cases that it looks at")
    loop = names.add_parser("loop", help="the loop's experiments").add_subparsers(dest="experiment", required=True)
    learning = loop.add_parser("learning", help="a new kind of violation, a hundred verdicts, one retraining")
    learning.add_argument("--fresh", type=int, default=400, help="cases of the new kind in each words, some compliant")
    learning.add_argument("--elsewhere", type=int, default=4_000, help="generated cases over which false positives are counted")
    learning.add_argument("--plot", type=Path, default=Path("docs/loop-learning.svg"))
    poisoning = loop.add_parser("poisoning", help="flipped verdicts")
    poisoning.add_argument("--verdicts", type=int, default=200)
    poisoning.add_argument("--fresh", type=int, default=2_000, help="generated cases that the models are measured on")
    outliers = loop.add_parser("outliers", help="which reviewers are called outliers, simulated")
    outliers.add_argument("--cases", type=int, default=400, help="that the model is unsure of")
    outliers.add_argument("--draws", type=int, default=400)
    kills = loop.add_parser("kills", help="kill -9 of every process while cases go through the loop")
    kills.add_argument("--cases", type=int, default=10_000)
    kills.add_argument("--kills", type=int, default=60, help="a third of each kind of process")
    kills.add_argument("--seed", type=int, default=1, help="of what is killed when")
    kills.add_argument("--every", type=float, default=10, help="seconds between two kills, on average")
    kills.add_argument("--trainings", type=int, default=10, help="at least")
    kills.add_argument("--copy", action="store_true", help="workers that publish copies of the model in place of trainings")
    for experiment in (learning, poisoning, outliers):
        experiment.add_argument("--package", type=Path, default=Path("shipped"), help="the model to start from")
    for experiment in (learning, poisoning):
        experiment.add_argument("--steps", type=int, default=200, help="of a retraining")
    for line in _lines(parser.parse_args()):
        print(json.dumps(line), flush=True)


def _lines(given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Imports what it runs: serving needs no torch."""
    match given.name, getattr(given, "experiment", None):
        case "serving", _:
            from benchmarks.serving import serving

            return serving(given.seconds)
        case "endurance", _:
            from benchmarks.endurance import endurance

            return endurance(given.minutes, given.requests, given.seconds)
        case "peers", _:
            from benchmarks.peers.side_by_side import peers

            return peers(given.seconds, given.rounds, given.only, given.distinct)
        case "data", _:
            from benchmarks.data import data

            return data(given.groups)
        case "comparison", _:
            from benchmarks.comparison import comparison

            return comparison(given.package, given.on, given.trained_on, given.most)
        case "ablation", _:
            from benchmarks.ablation.experiment import ablation

            return ablation(given.data, given.lexicon, given.out, given.steps, given.on, given.most, given.only)
        case "robustness", _:
            from benchmarks.robustness import robustness

            return robustness(given.package, given.attacks, given.on)
        case "limits", _:
            from benchmarks.limits import limits

            return limits(given.package, given.pairs)
        case "written", _:
            from benchmarks.written.pairs import written

            return written(given.package)
        case "oracle", _:
            from benchmarks.oracle import oracle

            return oracle(given.groups)
        case _, "learning":
            from benchmarks.loop.learning import learning

            return learning(given.package, given.steps, given.fresh, given.elsewhere, given.plot)
        case _, "outliers":
            from benchmarks.loop.outliers import outliers

            return outliers(given.package, given.cases, given.draws)
        case _, "kills":
            from benchmarks.loop.kills import COPYING, RETRAIN, kills

            worker = COPYING if given.copy else RETRAIN
            return kills(given.cases, given.kills, given.seed, given.every, trainings=given.trainings, worker=worker)
        case _:
            from benchmarks.loop.poisoning import poisoning

            return poisoning(given.package, given.steps, given.verdicts, given.fresh)


main()
