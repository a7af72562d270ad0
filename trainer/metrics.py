"""What energies and latents are worth: means and band shares per class, δ_sec, ROC figures, latents, with bootstrap intervals over tasks.

A figure is a `Statistic`: a function of weights of the rows, [K, R] → [K]. With every weight 1 it is the figure itself, with how often
each row's task was drawn it is K rounds of a bootstrap at once. So there is one formula for both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatling_core.schemas import LABELS

Array = NDArray[np.float64]
Rows = NDArray[np.bool_]
Statistic = Callable[[Array], Array]
"""Weights [K, R] of the rows → the figure under each of the K weightings, NaN where nothing is left to measure."""

BANDS = {"gold": (0.0, 2.0), "boundary": (2.0, 6.0), "adversarial": (8.0, np.inf)}
ROUNDS = 500
_CELLS = 4_000_000
"""Weights held at once: 32 MB."""


def share(values: NDArray[Any], rows: Rows, sizes: Array | None = None) -> Statistic:
    """The mean of `values` [R] over some rows; each counts `sizes` [R] times."""
    counts = rows * (1.0 if sizes is None else sizes)
    sums = counts * np.where(rows, values, 0.0)
    return lambda weights: _over(weights @ sums, weights @ counts)


def paired(low: NDArray[np.int64], high: NDArray[np.int64], less: Array, more: Array) -> Statistic:
    """Share of pairs of rows (low, high) with less[low] < more[high]; a tie is disorder. A pair belongs to the task of its high row."""
    sizes = np.bincount(high, minlength=len(more)).astype(np.float64)
    right = np.bincount(high, less[low] < more[high], minlength=len(more))
    return share(right / np.maximum(sizes, 1), sizes > 0, sizes)


def difference(first: Statistic, second: Statistic) -> Statistic:
    return lambda weights: first(weights) - second(weights)


def mean(first: Statistic, second: Statistic) -> Statistic:
    return lambda weights: (first(weights) + second(weights)) / 2


def auc(energies: Array, negative: Rows, positive: Rows) -> Statistic:
    """P(positive above negative), ties half: the Mann-Whitney U over n·m."""
    below = _Below(energies, negative)
    at, middle = np.flatnonzero(positive), energies[positive]
    return lambda weights: _over((weights[:, at] * below.share(weights, middle)).sum(1), weights[:, at].sum(1))


def recall_at(energies: Array, negative: Rows, positive: Rows, false_positives: float) -> Statistic:
    """Share of positives above the lowest cut that at most this share of negatives exceeds."""
    return above(energies, positive, cut_at(energies, negative, false_positives))


def above(energies: Array, rows: Rows, cut: Statistic) -> Statistic:
    """Share of some rows above a cut."""
    at, found = np.flatnonzero(rows), energies[rows]
    return lambda weights: _over(((found > cut(weights)[:, None]) * weights[:, at]).sum(1), weights[:, at].sum(1))


def cut_at(energies: Array, negative: Rows, false_positives: float) -> Statistic:
    """The lowest energy that at most this share of negatives exceeds."""
    order = np.flatnonzero(negative)[np.argsort(-energies[negative], kind="stable")]
    falling = np.append(energies[order], -np.inf)

    def of(weights: Array) -> Array:
        exceeding = weights[:, order].cumsum(1)
        total = weights[:, order].sum(1)
        allowed = np.floor(false_positives * total)
        return np.where(total > 0, falling[(exceeding <= allowed[:, None]).sum(1)], np.nan)

    return of


def within(energies: Array, negative: Rows, positive: Rows, tasks: Sequence[str]) -> Statistic:
    """AUC over pairs of the same task only."""
    ranks, sizes = np.zeros(len(tasks)), np.zeros(len(tasks))
    for rows in _by_task(tasks):
        low, high = np.sort(energies[rows[negative[rows]]]), rows[positive[rows]]
        if len(low):
            sides = [np.searchsorted(low, energies[high], side) for side in ("left", "right")]
            ranks[high], sizes[high] = np.mean(sides, axis=0) / len(low), len(low)
    return share(ranks, positive, sizes)


def _by_task(tasks: Sequence[str]) -> list[NDArray[np.int64]]:
    """The rows of each task."""
    _, task, counts = np.unique(np.array(tasks), return_inverse=True, return_counts=True)
    return np.split(np.argsort(task, kind="stable"), np.cumsum(counts)[:-1])


def ordered(positions: Array, low: Rows, middle: Rows, high: Rows) -> Statistic:
    """P(low < middle < high) of positions on an axis, over all triples of one row of each; ties are disorder."""
    under, over = _Below(positions, low), _Below(-positions, high)
    at, found = np.flatnonzero(middle), positions[middle]
    return lambda weights: _over(
        (weights[:, at] * under.share(weights, found, ties=0.0) * over.share(weights, -found, ties=0.0)).sum(1),
        weights[:, at].sum(1),
    )


class _Below:
    """How much of some rows lies below given values."""

    def __init__(self, values: Array, rows: Rows) -> None:
        self._order = np.flatnonzero(rows)[np.argsort(values[rows], kind="stable")]
        self._rising = values[self._order]

    def share(self, weights: Array, values: Array, ties: float = 0.5) -> Array:
        """[K, R] and [V] → [K, V]; equal ones count for `ties`."""
        up_to = np.pad(weights[:, self._order].cumsum(1), ((0, 0), (1, 0)))
        less = up_to[:, np.searchsorted(self._rising, values, "left")]
        equal = up_to[:, np.searchsorted(self._rising, values, "right")] - less
        return _over(less + ties * equal, up_to[:, -1:])


def _over(above: Array, below: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return above / below


def nearest_neighbour_hits(latents: NDArray[np.float32], labels: Sequence[str]) -> Rows:
    """Of each row [R, D], whether its nearest other row, by cosine, has the same label."""
    z, named = unit(latents), np.array(labels)
    similarity = z @ z.T
    np.fill_diagonal(similarity, -np.inf)
    return named[similarity.argmax(1)] == named


def retrieval_hits(governance: NDArray[np.float32], plans: NDArray[np.float32], among: int = 256) -> Rows:
    """Of each governance latent [R, D], whether its own plan is the nearest, by cosine, among `among`; rows after the last whole block are left out."""
    whole = len(governance) // among * among
    hits = [
        (unit(governance[i : i + among]) @ unit(plans[i : i + among]).T).argmax(1) == np.arange(among)
        for i in range(0, whole, among)
    ]
    return np.concatenate(hits) if hits else np.zeros(0, np.bool_)


def axis_positions(latents: NDArray[np.float32], low: Rows, high: Rows, folds: NDArray[np.int64]) -> Array:
    """Where each row [R, D] lies on the way from the centroid of the low rows (0) to that of the high ones (1).

    The axis of a fold is laid through the rows of the others: in a thousand dimensions, rows that help to lay an axis are told apart by
    chance alone. NaN where the others lack one of the two.
    """
    z = unit(latents)
    found = np.full(len(z), np.nan)
    for fold in np.unique(folds):
        own = folds == fold
        if (low & ~own).any() and (high & ~own).any():
            start = z[low & ~own].mean(0)
            axis = z[high & ~own].mean(0) - start
            found[own] = (z[own] - start) @ axis / max(float(axis @ axis), 1e-12)
    return found


def folds_of(tasks: Sequence[str]) -> NDArray[np.int64]:
    """Two halves of the tasks, taken in turn; a task is never in both."""
    number = {task: k for k, task in enumerate(dict.fromkeys(tasks))}
    return np.array([number[task] % 2 for task in tasks], np.int64)


def unit(z: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows [R, D] at length 1."""
    return z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-12)


def energy_statistics(labels: Sequence[str], energies: Array) -> dict[str, Statistic]:
    """Means, band shares, δ_sec and ROC figures of labelled energies, as far as the labels are there."""
    values = np.asarray(energies, np.float64)
    of = {label: np.array(labels) == label for label in LABELS}
    found: dict[str, Statistic] = {}
    for label, rows in of.items():
        if rows.any():
            low, high = BANDS[label]
            found[f"mean_{label}"] = share(values, rows)
            found[f"in_band_{label}"] = share((values >= low) & (values < high), rows)
    gold, boundary, adversarial = (of[label] for label in LABELS)
    if boundary.any() and adversarial.any():
        found["delta_sec"] = difference(found["mean_adversarial"], found["mean_boundary"])
    if gold.any() and adversarial.any():
        found["auc"] = auc(values, gold, adversarial)
        found["auc_any"] = auc(values, gold, ~gold)
        found["recall_at_0.1pct"] = recall_at(values, gold, adversarial, 0.001)
        found["recall_at_1pct"] = recall_at(values, gold, adversarial, 0.01)
        found["recall_at_5pct"] = recall_at(values, gold, adversarial, 0.05)
    return found


def summarise(labels: Sequence[str], energies: Array) -> dict[str, Any]:
    """How many there are of each label, and the figures of their energies, rounded to four places."""
    counts = {label: sum(name == label for name in labels) for label in LABELS}
    return {"count": counts, **points(energy_statistics(labels, energies), len(labels))}


def point(statistic: Statistic, rows: int) -> float:
    """The figure itself: every row counts once."""
    return float(statistic(np.ones((1, rows)))[0])


def points(statistics: Mapping[str, Statistic], rows: int) -> dict[str, float]:
    """Figures rounded to four places; what these rows cannot measure is absent: a manifest has no place for NaN."""
    found = {name: round(point(statistic, rows), 4) for name, statistic in statistics.items()}
    return {name: value for name, value in found.items() if np.isfinite(value)}


def bootstrap(
    tasks: Sequence[str], statistics: Mapping[str, Statistic], rounds: int = ROUNDS, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """95 % intervals of statistics, resampling whole tasks, not rows; all of them over the same draws."""
    _, task = np.unique(np.array(tasks), return_inverse=True)
    count = int(task.max()) + 1
    rng = np.random.default_rng(seed)
    at_once = max(1, _CELLS // len(task))
    values: dict[str, list[Array]] = {name: [] for name in statistics}
    for start in range(0, rounds, at_once):
        drawn = rng.multinomial(count, np.full(count, 1 / count), size=min(at_once, rounds - start))
        weights = drawn[:, task].astype(np.float64)
        for name, statistic in statistics.items():
            values[name].append(statistic(weights))
    found: dict[str, tuple[float, float]] = {}
    for name, parts in values.items():
        every = np.concatenate(parts)
        low, high = np.nanpercentile(every, [2.5, 97.5]) if np.isfinite(every).any() else (np.nan, np.nan)
        found[name] = (float(low), float(high))
    return found
