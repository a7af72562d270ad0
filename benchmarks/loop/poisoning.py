"""Flipped verdicts: an attacker among the reviewers must not get a worse model published."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.loop.stage import energies, generated, labels, staged
from gatling_core.runtime import Model
from gatling_core.schemas import Case, Label, Verdict
from gatling_core.settings import GateConfig
from trainer.metrics import summarise

REVIEWERS = 10
JUDGED_SEED, FRESH_SEED = 90_011, 90_012
FLIPPED: dict[Label, Label] = {"gold": "adversarial", "boundary": "gold", "adversarial": "gold"}
GATE_CASES = GateConfig().cases
MEASURES = ("auc", "auc_any", "recall_at_5pct", "in_band_gold")

Flips = Callable[[int, Random], bool]
"""Whether the verdict of a number is flipped."""

SCENARIOS: dict[str, Flips] = {
    "honest": lambda number, draw: False,
    "a tenth of all verdicts flipped": lambda number, draw: draw.random() < 1 / REVIEWERS,
    "one of ten reviewers flips all": lambda number, draw: number % REVIEWERS == 0,
    "half of all verdicts flipped": lambda number, draw: draw.random() < 0.5,
}


def poisoning(package: Path, steps: int, verdicts: int, fresh: int) -> Iterator[dict[str, Any]]:
    """A line for each scenario: what the gate said, and how old and new model do on cases that nobody used before."""
    measured = generated(FRESH_SEED, fresh, "test")
    before = _measures(Model.load(package), measured)
    for name, flips in SCENARIOS.items():
        with staged(package, steps, GateConfig(cases=min(fresh, GATE_CASES))) as stage:
            stage.judge(_judged(stage.model, verdicts, flips))
            report = stage.retrain()
            tried = stage.tried(report)
            yield {
                "verdicts": name,
                "outcome": report.outcome,
                "reason": report.reason,
                "trained": report.trained,
                "outliers": report.outliers,
                "before": before,
                "tried": _measures(tried, measured) if tried else None,
            }


def _judged(model: Model, count: int, flips: Flips) -> list[tuple[Case, Verdict]]:
    """Cases that the model is unsure of, as the queue holds them, each judged by one of the reviewers."""
    draw = Random(7)
    found = generated(JUDGED_SEED, 4 * count, "train")
    unsure = [case for case, energy in zip(found, energies(model, found), strict=True) if 2 <= energy <= 8][:count]
    judged: list[tuple[Case, Verdict]] = []
    for number, case in enumerate(unsure):
        label = FLIPPED[case.label or "gold"] if flips(number, draw) else case.label or "gold"
        judged.append((case, Verdict(label=label, reviewer=f"reviewer {number % REVIEWERS}")))
    return judged


def _measures(model: Model, found: list[Case]) -> dict[str, float]:
    measured = summarise(labels(found).tolist(), energies(model, found))
    return {name: measured[name] for name in MEASURES}
