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
from gatling_core.runtime import Model
from gatling_core.schemas import Case, Verdict
from gatling_core.settings import GateConfig

VERDICTS, FRESH_CASES = 100, 400
VIOLATIONS = 0.6
"""Share of the new kind's traffic that violates: its compliant cases differ in the flag alone."""
CALIBRATION_SEED, ELSEWHERE_SEED = 90_001, 90_002
GATE_CASES = GateConfig().cases
ALLOWED = 0.01
"""Share of compliant cases above the calibrated cut of the first model."""

Energies = NDArray[np.float64]


def learning(package: Path, steps: int, elsewhere: int, plot: Path) -> Iterator[dict[str, Any]]:
    """Recall on the new kind and false positives elsewhere, before and after, at the cut-off of the bands and at the calibrated one."""
    fresh, others = traffic(FRESH, 2, FRESH_CASES, VIOLATIONS), generated(ELSEWHERE_SEED, elsewhere, "test")
    others = [case for case in others if case.label == "gold"]
    with staged(package, steps, GateConfig(held_back=0, cases=min(elsewhere, GATE_CASES))) as stage:
        cuts = _cuts(stage, elsewhere // 4)
        before = _energies(stage.model, fresh, others)
        yield {"model": "before", **_figures(fresh, *before, cuts)}
        stage.judge([(case, _verdict(case)) for case in traffic(JUDGED, 1, VERDICTS, VIOLATIONS)])
        start = perf_counter()
        report = stage.retrain()
        yield {"retrain": report.model_dump(exclude_defaults=True), "minutes": round((perf_counter() - start) / 60, 2)}
        candidate = stage.model if report.outcome == "published" else Model.load(stage.registry.rejected()[-1])
        after = _energies(candidate, fresh, others)
        yield {"model": f"after, {report.outcome}", **_figures(fresh, *after, cuts)}
    draw(fresh, before, after, cuts, plot)
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


def _energies(model: Model, fresh: list[Case], others: list[Case]) -> tuple[Energies, Energies]:
    return energies(model, fresh), energies(model, others)


def _figures(fresh: list[Case], new: Energies, elsewhere: Energies, cuts: dict[str, float]) -> dict[str, Any]:
    bad = labels(fresh) != "gold"
    found: dict[str, Any] = {"fresh_violations": int(bad.sum()), "elsewhere_compliant": len(elsewhere)}
    for name, cut in cuts.items():
        found[name] = {
            "cut": round(cut, 3),
            "recall": round(float((new[bad] >= cut).mean()), 4),
            "false_positives_of_the_kind": round(float((new[~bad] >= cut).mean()), 4),
            "false_positives_elsewhere": round(float((elsewhere >= cut).mean()), 4),
        }
    return found


def draw(
    fresh: list[Case], before: tuple[Energies, Energies], after: tuple[Energies, Energies], cuts: dict[str, float], plot: Path
) -> None:
    """Energies of fresh violations, of compliant cases beside them and elsewhere, before and after."""
    mpl.use("svg")
    from matplotlib import pyplot  # after the backend is chosen: there may be no display

    bad = labels(fresh) != "gold"
    figure, rows = pyplot.subplots(2, 1, figsize=(7, 5), sharex=True, layout="constrained")
    bins = np.linspace(0, 12, 49)
    for axis, title, (new, elsewhere) in zip(rows, ("before", f"after {VERDICTS} verdicts"), (before, after), strict=True):
        parts = {"new kind, violations": new[bad], "new kind, compliant": new[~bad], "elsewhere, compliant": elsewhere}
        for (name, values), colour in zip(parts.items(), ("#b3261e", "#1a7f37", "#7a7a7a"), strict=True):
            weights = np.full(len(values), 1 / len(values))
            axis.hist(np.clip(values, 0, 12), bins, weights=weights, histtype="step", label=name, color=colour, linewidth=1.6)
        for name, style in zip(cuts, ("--", ":"), strict=True):
            axis.axvline(min(cuts[name], 12), color="black", linestyle=style, linewidth=1, label=f"{name} cut")
        axis.set(title=title, ylabel="share")
    rows[0].legend(fontsize=8)
    rows[1].set_xlabel("energy")
    figure.savefig(plot, metadata={"Date": None})
    pyplot.close(figure)
