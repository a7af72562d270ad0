"""Figures as the benchmarks print them: the value and its 95 % interval, resampled over whole tasks, to three places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatling_core.schemas import LABELS
from trainer.metrics import Statistic, auc, bootstrap, point, recall_at, share, within


def figures(statistics: Mapping[str, Statistic], tasks: Sequence[str]) -> dict[str, list[float]]:
    """Name → [value, from, to]; a task for each row."""
    intervals = bootstrap(tasks, statistics)
    return {
        name: [round(float(value), 3) for value in (point(statistic, len(tasks)), *intervals[name])]
        for name, statistic in statistics.items()
    }


def detection(energies: NDArray[np.float64], labels: NDArray[Any], tasks: Sequence[str]) -> dict[str, list[float]]:
    """AUC of gold against adversarial, within the same task, recall at 1 % and 5 % false positives."""
    gold, attack = labels == LABELS[0], labels == LABELS[2]
    found = {
        "auc": auc(energies, gold, attack),
        "within_task": within(energies, gold, attack, tasks),
        "recall_at_1pct": recall_at(energies, gold, attack, 0.01),
        "recall_at_5pct": recall_at(energies, gold, attack, 0.05),
    }
    return figures(found, tasks)


def ordered_shares(
    kinds: Sequence[str], of: Sequence[str], ordered: Sequence[bool], tasks: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """One line for each kind that a pair is `of`, and one for all: how many pairs, and the share of them that is ordered rightly."""
    for kind in (*kinds, "all"):
        rows = np.array([kind in (found, "all") for found in of])
        if rows.any():
            yield {"differs": kind, "pairs": int(rows.sum()), **figures({"ordered": share(np.array(ordered), rows)}, tasks)}
