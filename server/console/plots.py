"""How the model versions did on each evaluation set, as small plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from gatling_core.registry import Manifest
from gatling_core.schemas import LABELS

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 340, 170, 34, 26, 12
MAX_VERSIONS = 12
_TEXT = 14
"""Height of a written figure."""


@dataclass(frozen=True)
class Point:
    """A figure of a version; `low` and `high`, if known, are the ends of its interval, `beside` is where the figure is written."""

    version: str
    x: float
    y: float
    value: float
    beside: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Series:
    name: str
    points: list[Point]

    @property
    def line(self) -> str:
        return " ".join(f"{point.x:g},{point.y:g}" for point in self.points)


@dataclass(frozen=True)
class Tick:
    y: float
    text: str


@dataclass(frozen=True)
class Plot:
    """One evaluation set: `series` over the versions. What is drawn is also there to read."""

    title: str
    series: list[Series]
    ticks: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    bottom: int = HEIGHT - BOTTOM


def plots_of(manifests: Sequence[Manifest]) -> list[tuple[str, list[Plot]]]:
    """Per evaluation set the AUC, and the mean energies of the three labels, of the newest versions that have them."""
    shown = manifests[-MAX_VERSIONS:]
    names = sorted({name for manifest in shown for name in figures(manifest)})
    return [(name, [_auc(shown, name), _energies(shown, name)]) for name in names]


def figures(manifest: Manifest) -> dict[str, Mapping[str, Any]]:
    """The figures of each evaluation set that a manifest names."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, value in manifest.metrics.items():
        inner = value.get("all", value) if isinstance(value, dict) else None
        if isinstance(inner, dict) and isinstance(inner.get("auc"), int | float) and name != "gate_parent":
            found[name] = inner
    return found


def _auc(manifests: Sequence[Manifest], name: str) -> Plot:
    scale = _Scale(0.4, 1.0)
    points: list[Point] = []
    for x, manifest in _columns(manifests):
        found = figures(manifest).get(name, {})
        if (value := _number(found.get("auc"))) is not None:
            ends: Any = found.get("auc_interval")
            low, high = (scale.y(ends[0]), scale.y(ends[1])) if _is_interval(ends) else (None, None)
            points.append(Point(manifest.version, x, scale.y(value), value, scale.y(value), low, high))
    ticks = [Tick(scale.y(value), f"{value:g}") for value in (0.5, 0.75, 1.0)]
    return Plot("AUC, gold against adversarial", [Series("AUC", points)], ticks)


def _energies(manifests: Sequence[Manifest], name: str) -> Plot:
    rows = [(x, manifest.version, _means(figures(manifest).get(name, {}))) for x, manifest in _columns(manifests)]
    scale = _Scale(0.0, max([10.0, *(value for _, _, means in rows for value in means.values())]))
    points: dict[str, list[Point]] = {label: [] for label in LABELS}
    for x, version, means in rows:
        above = float("-inf")
        for label, value in sorted(means.items(), key=lambda item: -item[1]):
            above = max(scale.y(value), above + _TEXT)
            points[label].append(Point(version, x, scale.y(value), value, above))
    series = [Series(label, found) for label, found in points.items()]
    return Plot("Mean energy of each label", series, [Tick(scale.y(value), f"{value:g}") for value in (0, 2, 6, 10)])


def _means(found: Mapping[str, Any]) -> dict[str, float]:
    means = {label: _number(found.get(f"mean_{label}")) for label in LABELS}
    return {label: value for label, value in means.items() if value is not None}


def _columns(manifests: Sequence[Manifest]) -> list[tuple[float, Manifest]]:
    step = (WIDTH - LEFT) / len(manifests)
    return [(round(LEFT + step * (i + 0.5), 1), manifest) for i, manifest in enumerate(manifests)]


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float

    def y(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP), 1)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _is_interval(value: Any) -> bool:
    return isinstance(value, list) and [_number(end) is None for end in cast("list[Any]", value)] == [False, False]
