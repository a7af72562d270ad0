"""Train every variant on the same shards for the same number of steps, and judge it on the same cases, none of which it has seen.

A run that was cut off goes on where it was: each variant has a folder of its own. What is measured and not learnt (nn/energy.py) is part of
every variant's energies, as it is of the shipped model's.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
import torch
from numpy.typing import NDArray

from benchmarks.ablation.pieces import byte_pairs, counted, grams, network
from benchmarks.ablation.variants import VARIANTS, Variant
from benchmarks.comparison import with_calls
from benchmarks.figures import detection, figures
from gatling_core.nn.model import Gatling, ModelConfig
from gatling_core.policy import policy_digest
from gatling_core.schemas import LABELS, Case
from trainer import checkpoint
from trainer.batches import cut, join
from trainer.config import TrainConfig
from trainer.contrasts import Pairs, likeness, pairs
from trainer.dataset import Group, files, group_of, parse, stream
from trainer.evaluation import read_cases, task_of
from trainer.featurise import featurise
from trainer.feed import fed
from trainer.generator import shards
from trainer.generator.cases import cases_of
from trainer.metrics import Statistic, paired
from trainer.parts import whole
from trainer.training import train

WORDS_OF = 2_048
"""Training groups whose words are split into pieces, beside those of the judged cases."""


class Judged(NamedTuple):
    """A set that variants are judged on: the candidates of these groups, in order, each with its task, and which of them differ in one thing."""

    name: str
    groups: Sequence[Group]
    tasks: Sequence[str]
    pairs: Mapping[str, Pairs]


def ablation(
    data: Path, lexicon: Path, out: Path, steps: int, on: Sequence[Path], most: int, only: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """One line for each variant and set.

    Args:
        data: a folder of shards; trained on the training split, judged on the test split.
        most: generated cases of the test split that are judged.
        only: names of variants; all by default.
    """
    for variant in VARIANTS:
        if only and variant.name not in only:
            continue
        sets = [_generated(variant, data, most), *(_recorded(variant, path) for path in on)]
        config = _config(variant, data, lexicon, out, steps)
        build = _network(variant, data, sets)
        train(config, network=build)
        model = checkpoint.load(config.out, build).eval()
        size = sum(part.numel() for name, part in model.named_parameters() if "embedding" not in name)
        for judged in sets:
            yield {"variant": variant.name, "parameters": size, "steps": steps, "set": judged.name, **_figures(model, judged)}


def _config(variant: Variant, data: Path, lexicon: Path, out: Path, steps: int) -> TrainConfig:
    folder = out / variant.name.replace(" ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    if variant.withheld:
        data = _withheld(variant, data, folder / "data")
    elif not (folder / "features").exists():  # the same for all that read the same
        (out / "features").mkdir(exist_ok=True)
        (folder / "features").symlink_to((out / "features").resolve())
    return TrainConfig(
        data, folder, steps=steps, seed=variant.seed, weights=variant.weights, model=ModelConfig(**variant.sizes),
        lexicon=lexicon if variant.lexicon else None,
    )  # fmt: skip


def _withheld(variant: Variant, data: Path, out: Path) -> Path:
    """The shards as the variant sees them."""
    out.mkdir(exist_ok=True)
    for path in files(data):
        if not (out / path.name).exists():
            read = (shards.read_part(*part) for part in shards.parts([path]))
            shards.write_shard(out / path.name, (variant.seen(orjson.loads(text)) for text in chain.from_iterable(read)), {})
    return out


def _network(variant: Variant, data: Path, sets: Sequence[Judged]) -> Callable[[ModelConfig], Gatling]:
    """What builds the variant's network; one that reads pieces knows those of every word that it will meet, as in serving."""
    if variant.words is None:
        return variant.network
    learnt = counted(map(parse, islice(stream(files(data), "train"), WORDS_OF)))
    met = counted(group for judged in sets for group in judged.groups)
    return network([*learnt, *met], grams if variant.words == "grams" else byte_pairs(learnt))


def _generated(variant: Variant, data: Path, most: int) -> Judged:
    found, cases = list[Group](), list[Case]()
    for text in stream(files(data), "test"):
        group = orjson.loads(text)
        cases.extend(map(Case.model_validate, cases_of(group)))
        found.append(parse(orjson.dumps(variant.seen(group))))
        if len(cases) >= most:
            break
    alike = [likeness(case, policy_digest(case.policy)) for case in cases]
    differing = pairs(alike, [case.label == LABELS[0] for case in cases], [case.kind for case in cases])
    return Judged("generated", found, [group.id for group in found for _ in group.candidates], differing)


def _recorded(variant: Variant, path: Path) -> Judged:
    groups, tasks = list[Group](), list[str]()
    for line, case in chain.from_iterable(read_cases(file, "test") for file in files(path)):
        seen = with_calls(case, **dict.fromkeys(variant.withheld))
        groups.append(group_of(seen.model_copy(update={"minimal_pair": None, "hard_negatives": []})))
        tasks.append(task_of(line))
    return Judged(path.name, groups, tasks, {})


def _figures(model: Gatling, judged: Judged) -> dict[str, list[float]]:
    labels = np.array([candidate.label for group in judged.groups for candidate in group.candidates])
    energies = _energies(model, judged.groups)
    differing: dict[str, Statistic] = {}
    for name, some in judged.pairs.items():
        if some:
            low, high = np.array(some, np.int64).T
            differing[f"{name}_pairs"] = paired(low, high, energies, energies)
    return {**detection(energies, labels, judged.tasks), **figures(differing, judged.tasks)}


@torch.inference_mode()
def _energies(model: Gatling, groups: Sequence[Group]) -> NDArray[np.float64]:
    """Of every candidate of the groups, in order."""
    starts = np.cumsum([0, *(len(group.candidates) for group in groups)])
    parts = [whole(int(start), featurise(group)) for start, group in zip(starts[:-1], groups, strict=True)]
    found = np.zeros(starts[-1])
    for batch in cut([[part] for part in parts], TrainConfig.batch_plans, random.Random(0)):
        joined = fed(join(batch))
        found[joined.number.numpy()] = model(joined.inputs).energy.numpy()
    return found
