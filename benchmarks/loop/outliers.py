"""Who is called an outlier (trainer/outliers.py): simulated reviewers, of cases that the model is unsure of. Nothing is trained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from benchmarks.loop.poisoning import FLIPPED, REVIEWERS, unsure
from benchmarks.loop.stage import entries
from gatling_core.queue import QueuedCase, QueueEntry
from gatling_core.runtime import Model
from gatling_core.schemas import Label, Verdict
from gatling_core.settings import Settings
from trainer.metrics import summarise
from trainer.outliers import standings

EACH = (20, 40, 60, 100)
"""Verdicts of each reviewer."""

Judged = tuple[QueueEntry, Label]
Oddity = Callable[[Judged, Sequence[Judged], Random], Judged]
"""What one of the reviewers has and says in place of a case and its label; others of the cases are at hand."""

ODDITIES: dict[str, Oddity] = {
    "is as honest as the others": lambda row, rows, draw: row,
    "flips all": lambda row, rows, draw: (row[0], FLIPPED[row[1]]),
    "has cases that the model ranks at random": lambda row, rows, draw: (draw.choice(rows)[0], row[1]),
}


def outliers(package: Path, cases: int, draws: int) -> Iterator[dict[str, Any]]:
    """First what the cases are like; then a line for each oddity and number of verdicts: in which share of the draws the odd one of ten
    reviewers is called an outlier, and which share of the others is."""
    model = Model.load(package)
    found = unsure(model, cases)
    rows: list[Judged] = [
        (entry, case.label or "gold") for entry, case in zip(entries(model, found, Settings()), found, strict=True)
    ]
    scored, labels = np.array([entry.answer.energy for entry, _ in rows]), [label for _, label in rows]
    over = sum(label != "gold" for label in labels) / len(labels)
    yield {"cases": len(rows), "over_the_line": round(over, 3), "auc_any": summarise(labels, scored)["auc_any"]}
    for name, odd in ODDITIES.items():
        for each in EACH:
            yield {"one_of_ten": name, "verdicts_each": each, **called(rows, odd, each, draws)}


def called(rows: Sequence[Judged], odd: Oddity, each: int, draws: int) -> dict[str, float]:
    """How often the odd reviewer, the first, is called an outlier, and how often one of the others is."""
    draw, first, others = Random(each), 0, 0
    for _ in range(draws):
        names = [standing.reviewer for standing in standings(_drawn(rows, odd, each, draw)) if standing.is_outlier]
        first += "0" in names
        others += len(names) - ("0" in names)
    return {"called": round(first / draws, 4), "others_called": round(others / (draws * (REVIEWERS - 1)), 4), "draws": draws}


def _drawn(rows: Sequence[Judged], odd: Oddity, each: int, draw: Random) -> list[QueuedCase]:
    """Cases drawn from all, as the reviewers judge them in turn."""
    found: list[QueuedCase] = []
    for number in range(each * REVIEWERS):
        row, reviewer = draw.choice(rows), number % REVIEWERS
        entry, label = row if reviewer else odd(row, rows, draw)
        found.append(QueuedCase(id=f"{number}-0", entry=entry, verdict=Verdict(label=label, reviewer=str(reviewer))))
    return found
