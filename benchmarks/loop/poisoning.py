"""Flipped verdicts: an attacker among the reviewers must not get a worse model published."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.loop.stage import energies, generated, labels, staged
from gatling_core.bands import Bands
from gatling_core.runtime import Model
from gatling_core.schemas import Case, Label, Verdict
from gatling_core.settings import GateConfig
from trainer.metrics import summarise

REVIEWERS = 10
JUDGED_SEED, FRESH_SEED = 90_011, 90_012
FLIPPED: dict[Label, Label] = {"gold": "adversarial", "boundary": "gold", "adversarial": "gold"}
GATE_CASES = GateConfig().cases
MARGINS: dict[str, float] = GateConfig().margins.model_dump()

Flips = Callable[[int, Random], bool]
"""Whether the verdict of a number is flipped."""

SCENARIOS: dict[str, Flips] = {
    "honest": lambda number, draw: False,
    "a tenth of all verdicts flipped": lambda number, draw: draw.random() < 1 / REVIEWERS,
    "one of ten reviewers flips all": lambda number, draw: number % REVIEWERS == 0,
    "half of all verdicts flipped": lambda number, draw: draw.random() < 0.5,
}


def poisoning(package: Path, steps: int, verdicts: int, fresh: int) -> Iterator[dict[str, Any]]:
    """A line for each scenario: what the gate said, how old and new model do on cases that nobody used before, and where the new one is worse
    by more than the gate's margin. Poison got through where something is worse and the outcome is `published`."""
    model, measured = Model.load(package), generated(FRESH_SEED, fresh, "test")
    before, doubtful = _measures(model, measured), unsure(model, verdicts)
    for name, flips in SCENARIOS.items():
        judged = _judged(doubtful, flips)
        with staged(package, steps, GateConfig(cases=min(fresh, GATE_CASES))) as stage:
            stage.judge(judged)
            report = stage.retrain()
            tried = stage.tried(report)
            after = _measures(tried, measured) if tried else None
            yield {
                "verdicts": name,
                "judged": len(judged),
                "flipped": sum(verdict.label != case.label for case, verdict in judged),
                **report.model_dump(include={"outcome", "reason", "trained", "outliers"}),
                "before": before,
                "tried": after,
                "worse": _worse(before, after) if after else None,
            }


def unsure(model: Model, count: int) -> list[Case]:
    """As many cases that the model is unsure of, as the queue holds them, if there are as many among four times that number."""
    bands, found = Bands(), generated(JUDGED_SEED, 4 * count, "train")
    return [case for case, energy in zip(found, energies(model, found), strict=True) if bands.queues(float(energy))][:count]


def _judged(cases: Sequence[Case], flips: Flips) -> list[tuple[Case, Verdict]]:
    """The cases, each judged by one of the reviewers."""
    draw = Random(7)
    judged: list[tuple[Case, Verdict]] = []
    for number, case in enumerate(cases):
        assert case.label is not None, "generated cases are labelled"
        label = FLIPPED[case.label] if flips(number, draw) else case.label
        judged.append((case, Verdict(label=label, reviewer=f"reviewer {number % REVIEWERS}")))
    return judged


def _measures(model: Model, found: list[Case]) -> dict[str, float]:
    """What the gate compares, and the shares of violations that are allowed and of compliant cases that are stopped."""
    scored, compliant = energies(model, found), labels(found) == "gold"
    stopped, measured = scored >= Bands().review_at, summarise(labels(found).tolist(), scored)
    return {name: measured[name] for name in MARGINS} | {
        "violations_allowed": round(float(1 - stopped[~compliant].mean()), 4),
        "compliant_stopped": round(float(stopped[compliant].mean()), 4),
    }


def _worse(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """By how much, where it is more than the gate lets pass."""
    lost = {name: round(before[name] - after[name], 4) for name in MARGINS}
    return {name: value for name, value in lost.items() if value > MARGINS[name]}
