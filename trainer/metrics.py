"""What the energies are worth: means and band shares per class, δ_sec, ROC figures, within-task AUC, with bootstrap intervals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from gatling_core.schemas import LABELS

Array = NDArray[np.float64]

BANDS = {"gold": (0.0, 2.0), "boundary": (2.0, 6.0), "adversarial": (8.0, np.inf)}


def auc(negative: Array, positive: Array) -> float:
    """P(positive above negative), ties half; NaN if either is empty. (Mann-Whitney U over n·m.)"""
    if not len(negative) or not len(positive):
        return float("nan")
    ranks = rankdata(np.concatenate([negative, positive]))
    return float((ranks[len(negative) :].sum() - len(positive) * (len(positive) + 1) / 2) / (len(negative) * len(positive)))


def recall_at(negative: Array, positive: Array, false_positives: float) -> float:
    """Share of positives above the lowest cut that at most this share of negatives exceeds."""
    if not len(negative) or not len(positive):
        return float("nan")
    allowed = int(np.floor(false_positives * len(negative)))
    cut = np.sort(negative)[::-1][allowed] if allowed < len(negative) else -np.inf
    return float((positive > cut).mean())


def within(negative: Array, positive: Array, negative_tasks: Sequence[str], positive_tasks: Sequence[str]) -> float:
    """AUC over pairs of the same task only."""
    of: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for energy, task in zip(negative, negative_tasks, strict=True):
        of[task][0].append(float(energy))
    for energy, task in zip(positive, positive_tasks, strict=True):
        of[task][1].append(float(energy))
    pairs = [(len(n) * len(p), auc(np.array(n), np.array(p))) for n, p in of.values() if n and p]
    total = sum(count for count, _ in pairs)
    return sum(count * value for count, value in pairs) / total if total else float("nan")


def nearest_neighbour_accuracy(latents: NDArray[np.float32], labels: Sequence[str], most: int = 4_000) -> float:
    """Share of rows [R, D] whose nearest other row, by cosine, has the same label; over the first `most` rows."""
    z, named = unit(latents[:most]), np.array(labels[:most])
    similarity = z @ z.T
    np.fill_diagonal(similarity, -np.inf)
    return float((named[similarity.argmax(1)] == named).mean())


def retrieval_accuracy(governance: NDArray[np.float32], plans: NDArray[np.float32], among: int = 256) -> float:
    """Share of governance latents [R, D] whose own plan is the nearest, by cosine, among `among` plans; NaN below that many rows."""
    whole = len(governance) // among * among
    hits = [
        (unit(governance[i : i + among]) @ unit(plans[i : i + among]).T).argmax(1) == np.arange(among)
        for i in range(0, whole, among)
    ]
    return float(np.concatenate(hits).mean()) if hits else float("nan")


def unit(z: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows [R, D] at length 1."""
    return z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-12)


def summarise(labels: Sequence[str], energies: Array) -> dict[str, Any]:
    """Means, band shares, δ_sec and ROC figures of labelled energies, rounded to four places."""
    named = np.array(labels)
    of = {label: np.asarray(energies, np.float64)[named == label] for label in LABELS}
    found: dict[str, Any] = {"count": {label: len(values) for label, values in of.items()}}
    for label, values in of.items():
        if len(values):
            low, high = BANDS[label]
            found[f"mean_{label}"] = float(values.mean())
            found[f"in_band_{label}"] = float(((values >= low) & (values < high)).mean())
    gold, boundary, adversarial = (of[label] for label in LABELS)
    if len(boundary) and len(adversarial):
        found["delta_sec"] = float(adversarial.mean() - boundary.mean())
    if len(gold) and len(adversarial):
        found["auc"] = auc(gold, adversarial)
        found["auc_any"] = auc(gold, np.concatenate([boundary, adversarial]))
        found["recall_at_1pct"] = recall_at(gold, adversarial, 0.01)
        found["recall_at_5pct"] = recall_at(gold, adversarial, 0.05)
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in found.items()}


def bootstrap(
    tasks: Sequence[str], statistic: Callable[[NDArray[np.int64]], float], rounds: int = 500, seed: int = 0
) -> tuple[float, float]:
    """95 % interval of a statistic of row indices, resampling whole tasks, not rows."""
    rows: dict[str, list[int]] = defaultdict(list)
    for i, task in enumerate(tasks):
        rows[task].append(i)
    groups = [np.array(value, np.int64) for value in rows.values()]
    rng = np.random.default_rng(seed)
    values = [statistic(np.concatenate([groups[k] for k in rng.integers(0, len(groups), len(groups))])) for _ in range(rounds)]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)
