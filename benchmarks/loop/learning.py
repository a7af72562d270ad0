"""A new kind of violation, a hundred verdicts, one retraining: what the next model makes of fresh cases of that kind, and of all others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

from benchmarks.loop.silencing import FRESH, JUDGED, traffic
from benchmarks.loop.stage import Stage, energies, generated, labels, staged
from gatling_core.schemas import Case, Verdict
from gatling_core.settings import GateConfig

VERDICTS = 100
VIOLATIONS = 0.6
"""Share of the new kind's traffic that violates: its compliant cases differ in the flag alone."""
CALIBRATION_SEED, ELSEWHERE_SEED = 90_001, 90_002
GATE_CASES = GateConfig().cases
ALLOWED = 0.01
"""Share of compliant cases above the calibrated cut of the first model."""

HIGHEST = 12.0
"""Energy that is drawn; what is above stands there."""

Sets = dict[str, list[Case]]
Energies = dict[str, NDArray[np.float64]]
"""Of each set."""


def learning(package: Path, steps: int, fresh: int, elsewhere: int, plot: Path) -> Iterator[dict[str, Any]]:
    """Recall on the new kind and false positives elsewhere, before and after, at the cut-off of the bands and at the calibrated one."""
    sets = {"judged words": traffic(JUDGED, 2, fresh, VIOLATIONS), "other words": traffic(FRESH, 2, fresh, VIOLATIONS)}
    sets["elsewhere"] = [case for case in generated(ELSEWHERE_SEED, elsewhere, "test") if case.label == "gold"]
    with staged(package, steps, GateConfig(held_back=0, cases=min(elsewhere, GATE_CASES))) as stage:
        cuts = _cuts(stage, elsewhere // 2)
        before = {name: energies(stage.model, found) for name, found in sets.items()}
        yield {"model": "before", **_figures(sets, before, cuts)}
        stage.judge([(case, _verdict(case)) for case in traffic(JUDGED, 1, VERDICTS, VIOLATIONS)])
        start = perf_counter()
        report = stage.retrain()
        yield {"retrain": report.model_dump(exclude_defaults=True), "minutes": round((perf_counter() - start) / 60, 2)}
        tried = stage.tried(report)
        if tried is None:
            return
        after = {name: energies(tried, found) for name, found in sets.items()}
        yield {"model": f"after, {report.outcome}", **_figures(sets, after, cuts)}
    draw(sets, before, after, cuts, plot)
    yield {"plot": plot.name}


def _cuts(stage: Stage, count: int) -> dict[str, float]:
    """Where a case is stopped: the bands' review cut, and where the first model stops a hundredth of compliant cases."""
    known = generated(CALIBRATION_SEED, count, "validation")
    gold = energies(stage.model, [case for case in known if case.label == "gold"])
    return {"review": stage.settings.bands.review_at, "calibrated": float(np.quantile(gold, 1 - ALLOWED))}


def _verdict(case: Case) -> Verdict:
    assert case.label is not None
    return Verdict(
        label=case.label, reviewer="ann", violations=case.violations, reason="switches the record off" if case.violations else ""
    )


def _figures(sets: Sets, found: Energies, cuts: dict[str, float]) -> dict[str, Any]:
    """At each cut, of the new kind recall and false positives beside it, in either words, and false positives elsewhere."""
    return {
        name: {"cut": round(cut, 3)} | {of: _stopped(cases, found[of] >= cut) for of, cases in sets.items()}
        for name, cut in cuts.items()
    }


def _stopped(cases: list[Case], stopped: NDArray[np.bool_]) -> dict[str, float | int]:
    """How many violations and compliant cases there are, and the shares of them that are stopped."""
    bad, found = labels(cases) != "gold", {}
    for what, of in (("violations", bad), ("compliant", ~bad)):
        if of.any():
            found |= {what: int(of.sum()), f"{what}_stopped": round(float(stopped[of].mean()), 4)}
    return found


def draw(sets: Sets, before: Energies, after: Energies, cuts: dict[str, float], plot: Path) -> None:
    """Energies of fresh violations, of compliant cases beside them and elsewhere, before and after; a column for each of the words."""
    mpl.use("svg")
    from matplotlib import pyplot  # after the backend is chosen: there may be no display

    words = [name for name in sets if name != "elsewhere"]
    figure, axes = pyplot.subplots(2, len(words), figsize=(10, 5), sharex=True, sharey=True, layout="constrained")
    for row, title, found in zip(axes, ("before", f"after {VERDICTS} verdicts"), (before, after), strict=True):
        for axis, name in zip(row, words, strict=True):
            bad = labels(sets[name]) != "gold"
            _shares(
                axis, {"violations": found[name][bad], "compliant": found[name][~bad], "elsewhere, compliant": found["elsewhere"]}
            )
            for cut, style in zip(cuts, ("--", ":"), strict=True):
                axis.axvline(min(cuts[cut], HIGHEST), color="black", linestyle=style, linewidth=1, label=f"{cut} cut")
            axis.set(title=f"{name}, {title}")
    axes[0, 0].legend(fontsize=8)
    for axis in axes[1]:
        axis.set_xlabel("energy")
    figure.savefig(plot, metadata={"Date": None})
    pyplot.close(figure)


def _shares(axis: Any, parts: dict[str, NDArray[np.float64]]) -> None:
    """A histogram of each part, of shares."""
    bins = np.linspace(0, HIGHEST, 49)
    for (name, values), colour in zip(parts.items(), ("#b3261e", "#1a7f37", "#7a7a7a"), strict=True):
        weights = np.full(len(values), 1 / len(values))
        axis.hist(np.clip(values, 0, HIGHEST), bins, weights=weights, histtype="step", label=name, color=colour, linewidth=1.6)
