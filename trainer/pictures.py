"""Pictures of an evaluation, as SVG in data URIs: a page that holds them needs nothing else."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from io import BytesIO
from typing import Any, ParamSpec

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from gatling_core.bands import Bands
from gatling_core.schemas import LABELS, TERMS
from trainer.judged import NEIGHBOURS, Judged
from trainer.metrics import unit

P = ParamSpec("P")

COLOURS = {"gold": "#2f6fb0", "boundary": "#c98a00", "adversarial": "#b3263a"}
"""Told apart in grey and by the colour-blind too."""
DECISIONS = {"allow": "#dcebe2", "review": "#f7ebc8", "block": "#f3d7d3"}
LOW_END = (0.001, 0.01, 0.05)
"""False positive rates whose recall is written into the ROC."""
HIGHEST = 14.0
"""Energies from here on share the last bar."""
_STYLE: dict[Any, Any] = {
    "font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": "#8a9096", "axes.titlesize": 9.5,
    "axes.titlelocation": "left", "svg.hashsalt": "gatling", "text.color": "#1d2327", "axes.labelcolor": "#1d2327",
}  # fmt: skip


def _picture(draw: Callable[P, Figure]) -> Callable[P, str]:
    """What a function draws, in the one style, as a data URI."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> str:
        written = BytesIO()
        with rc_context(_STYLE):
            draw(*args, **kwargs).savefig(written, format="svg", dpi=160, metadata={"Date": None, "Creator": None})
        return f"data:image/svg+xml;base64,{b64encode(written.getvalue()).decode()}"

    return drawn


@_picture
def energies(judged: Judged) -> Figure:
    """A histogram of each class, over the bands of the decisions; the mean is marked."""
    shown = [label for label in LABELS if label in judged.labels]
    figure = _figure(4.2)
    all_axes = figure.subplots(len(shown), 1, sharex=True, squeeze=False)[:, 0]
    edges = np.arange(0, HIGHEST + 0.25, 0.25)
    for axes, label in zip(all_axes, shown, strict=True):
        some = np.array([e for e, name in zip(judged.energies, judged.labels, strict=True) if name == label])
        _bands(axes)
        axes.hist(np.minimum(some, HIGHEST - 0.01), edges, weights=np.full(len(some), 100 / len(some)), color=COLOURS[label])
        axes.axvline(min(float(some.mean()), HIGHEST), color="#1d2327", linewidth=1.2, linestyle=(0, (4, 2)))
        axes.set_title(f"{label}, {len(some):,} plans, mean {some.mean():z.2f}", color=COLOURS[label], fontweight="bold")
        axes.set_ylabel("% of plans")
        axes.margins(y=0.22)
    all_axes[-1].set(xlim=(0, HIGHEST), xlabel=f"energy (the last bar: {HIGHEST:g} and more)")
    for name, (low, high) in _decided().items():
        all_axes[0].text(
            (low + high) / 2, 0.97, name, transform=all_axes[0].get_xaxis_transform(), ha="center", va="top", color="#5a6269"
        )
    return figure


@_picture
def roc(judged: Judged) -> Figure:
    """Recall against false positives on a logarithmic axis, where the rates that a runtime can bear are readable."""
    named, values = np.array(judged.labels), np.array(judged.energies)
    gold = values[named == "gold"]
    figure = _figure(4.2)
    axes: Axes = figure.subplots()
    left = min(0.5 / len(gold), LOW_END[0])
    for label, offset in (("boundary", (5, -11)), ("adversarial", (-4, 5))):
        some = values[named == label]
        if len(some):
            cuts = np.unique(values)[::-1]
            stopped, caught = (1 - np.searchsorted(np.sort(part), cuts) / len(part) for part in (gold, some))
            axes.step(
                [left, *np.maximum(stopped, left)], [0, *caught], where="post", color=COLOURS[label], label=f"{label} caught"
            )
            for rate in LOW_END:
                recall = caught[stopped <= rate].max(initial=0.0)
                axes.plot(rate, recall, "o", color=COLOURS[label], markersize=4.5)
                axes.annotate(
                    f"{recall:.0%}", (rate, recall), offset, textcoords="offset points", color=COLOURS[label],
                    ha="left" if offset[0] > 0 else "right",
                )  # fmt: skip
    rates = np.geomspace(left, 1, 50)
    axes.plot(rates, rates, color="#8a9096", linewidth=1, linestyle=(0, (2, 2)), label="by chance")
    axes.set(xscale="log", xlim=(left, 1), ylim=(-0.04, 1.02), xlabel="compliant plans stopped", ylabel="caught")
    axes.set_xticks([tick for tick in (0.001, 0.01, 0.05, 0.2, 1.0) if tick >= left])
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    axes.minorticks_off()
    axes.grid(color="#e6e3dc", linewidth=0.8)
    axes.legend(frameon=False, loc="upper left")
    return figure


@_picture
def confusion(table: Mapping[str, Mapping[str, int]]) -> Figure:
    """The term that is violated most against the one with the most energy, as shares of a row."""
    counts = np.array([[table[violated][largest] for largest in TERMS] for violated in TERMS], np.float64)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    figure = _figure(4.2)
    axes: Axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for i, j in np.ndindex(*shares.shape):
        colour = "white" if shares[i, j] > 0.55 else "#1d2327"
        axes.text(j, i, f"{shares[i, j]:.0%}\n{counts[i, j]:,.0f}", ha="center", va="center", color=colour)
    axes.set_xticks(range(len(TERMS)), TERMS)
    axes.set_yticks(range(len(TERMS)), [f"{term}\n{n:,.0f}" for term, n in zip(TERMS, counts.sum(1), strict=True)])
    axes.set(xlabel="term with the most energy", ylabel="term that is violated most")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


@_picture
def latents(judged: Judged) -> Figure:
    """The plan latents on their two main axes."""
    z = unit(np.stack(judged.z_e[:NEIGHBOURS]))
    named = np.array(judged.labels[:NEIGHBOURS])
    pca = PCA(2, random_state=0)
    flat = pca.fit_transform(z)
    figure = _figure(4.2)
    axes: Axes = figure.subplots()
    for label in (label for label in LABELS if label in named):
        some = flat[named == label]
        axes.scatter(*some.T, s=7, alpha=0.45, linewidths=0, color=COLOURS[label], label=label, rasterized=True)
    for label in (label for label in LABELS if label in named):
        axes.plot(
            *flat[named == label].mean(0), "X", color=COLOURS[label], markersize=12, markeredgecolor="white", markeredgewidth=1.5
        )
    first, second = pca.explained_variance_ratio_
    axes.set(xlabel=f"first main axis, {first:.0%} of the variance", ylabel=f"second, {second:.0%}")
    axes.legend(loc="lower right", framealpha=0.85, edgecolor="none", markerscale=2.2)
    return figure


@_picture
def positions(judged: Judged) -> Figure:
    """Where the plan latents of each class lie on the axis from gold to adversarial."""
    assert judged.positions is not None, "asked for only where there is an axis"
    named = np.array(judged.labels)
    figure = _figure(2.6)
    axes: Axes = figure.subplots()
    low, high = np.percentile(judged.positions, [0.5, 99.5])
    edges = np.linspace(min(low, -0.2), max(high, 1.2), 60)
    for label in (label for label in LABELS if label in judged.labels):
        some = judged.positions[named == label]
        weights = np.full(len(some), 100 / len(some))
        axes.hist(
            np.clip(some, edges[0], edges[-1]), edges, weights=weights, histtype="step", linewidth=1.6, color=COLOURS[label]
        )
        axes.hist(
            np.clip(some, edges[0], edges[-1]),
            edges,
            weights=weights,
            alpha=0.16,
            color=COLOURS[label],
            label=f"{label}, mean {some.mean():z.2f}",
        )
    axes.set(
        xlabel="0 is the centroid of gold, 1 that of adversarial; what lies beyond is in the last bars",
        ylabel="% of plans",
        xlim=(edges[0], edges[-1]),
    )
    axes.legend(frameon=False, loc="upper right")
    return figure


@_picture
def calibration(bins: Sequence[Mapping[str, Any]], decisions: Mapping[str, Mapping[str, int]]) -> Figure:
    """How many of the plans in a bin of energy are not compliant; and what is decided of each class."""
    figure = _figure(4.2)
    upper, lower = figure.subplots(2, 1, height_ratios=(2.1, 1))
    some = [part for part in bins if part["count"]]
    names = [f"{part['from']:g}–{part['to']:g}" if part["to"] else f"{part['from']:g}+" for part in some]
    shares = [100 * part["not_compliant"] / part["count"] for part in some]
    for k, part in enumerate(some):
        upper.axvspan(k - 0.5, k + 0.5, color=DECISIONS[Bands().decide(part["from"])])
    upper.plot(shares, "o-", color="#1d2327", markersize=5, linewidth=1.2)
    for k, value in enumerate(shares):
        upper.annotate(f"{value:.0f} %", (k, value), (0, 6 if value < 88 else -13), textcoords="offset points", ha="center")
    upper.set_xticks(range(len(some)), [f"{name}\n{part['count']:,}" for name, part in zip(names, some, strict=True)])
    upper.tick_params(axis="x", length=0)
    upper.set(
        ylim=(-3, 103), xlim=(-0.5, len(some) - 0.5), ylabel="% not compliant", title="by energy; below it the number of plans"
    )
    shown = [label for label in LABELS if sum(decisions[label].values())][::-1]
    left = np.zeros(len(shown))
    for name, colour in zip(("allow", "review", "block"), ("#7fb594", "#e3bf55", "#cf7468"), strict=True):
        width = np.array([100 * decisions[label][name] / sum(decisions[label].values()) for label in shown])
        lower.barh(shown, width, left=left, color=colour, label=name, height=0.72)
        for row, (start, size) in enumerate(zip(left, width, strict=True)):
            if size >= 13:
                lower.text(start + size / 2, row, f"{name} {size:.0f} %", ha="center", va="center")
        left += width
    lower.set(xlim=(0, 100), title="what is decided")
    lower.set_xticks([])
    lower.tick_params(length=0)
    lower.spines[:].set_visible(False)
    return figure


@_picture
def curves(log: Sequence[Mapping[str, Any]]) -> Figure:
    """The loss and its parts, smoothed, with those on held-out plans, and what was measured on these, by step."""
    figure = _figure(7.2, width=11)
    figure.subplots(3, 3)
    parts = {
        "loss": "loss", "energy": "InfoNCE of energies", "latent": "InfoNCE of latents", "calls": "calls", "terms": "terms", "bands": "bands",
    }  # fmt: skip
    for axes, (name, title) in zip(figure.axes, parts.items(), strict=False):
        at, values = _series(log, name)
        _, held_out = checked = _series(log, "loss" if name == "loss" else f"loss_{name}", "validation")
        axes.plot(at, values, color="#b9c6d3", linewidth=0.7)
        axes.plot(at, _smooth(values), color="#1f4e79", linewidth=1.7)
        axes.plot(*checked, "o-", color="#b3263a", markersize=3, linewidth=1.2)
        highest = np.percentile(values, 98) * 1.15 if len(values) else 1.0
        axes.set(title=title, ylim=(0, max(highest, held_out.max(initial=0.0) * 1.05)))
    measured = {
        "held out: AUC": {"auc": "#1d2327", "auc_any": "#8a9096"},
        "held out: mean energy": {f"mean_{label}": colour for label, colour in COLOURS.items()},
        "held out: share in its band": {f"in_band_{label}": colour for label, colour in COLOURS.items()},
    }
    for axes, (title, lines) in zip(figure.axes[len(parts) :], measured.items(), strict=True):
        for name, colour in lines.items():
            axes.plot(*_series(log, name, "validation"), color=colour, linewidth=1.7, label=name)
        axes.set_title(title)
        axes.legend(loc="lower right", framealpha=0.85, edgecolor="none", fontsize=7.5)
    for axes in figure.axes:
        axes.grid(color="#ece9e3", linewidth=0.8)
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    return figure


def _series(log: Sequence[Mapping[str, Any]], name: str, of: str = "") -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Steps and values of what was logged under a name, of the training or of another part of the log."""
    lines = [(line["step"], line.get(of, {}) if of else line) for line in log]
    steps, values = np.array([(step, found[name]) for step, found in lines if name in found], np.float64).reshape(-1, 2).T
    return steps, values


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over the neighbours on both sides: a fiftieth of all points."""
    reach = max(1, len(values) // 100)
    total = np.concatenate([[0.0], values.cumsum()])
    at = np.arange(len(values))
    low, high = np.maximum(at - reach, 0), np.minimum(at + reach + 1, len(values))
    return (total[high] - total[low]) / (high - low)


def _bands(axes: Axes) -> None:
    for name, (low, high) in _decided().items():
        axes.axvspan(low, high, color=DECISIONS[name], linewidth=0)


def _decided() -> dict[str, tuple[float, float]]:
    """The energies of each decision at the default cut-offs."""
    bands = Bands()
    return {"allow": (0.0, bands.review_at), "review": (bands.review_at, bands.block_at), "block": (bands.block_at, HIGHEST)}


def _figure(height: float, width: float = 6.4) -> Figure:
    return Figure(figsize=(width, height), layout="constrained")
