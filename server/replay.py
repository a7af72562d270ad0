"""Logged decisions scored anew, on another model: what would change?"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TextIO, cast

from gatling_core import jsonl
from gatling_core.errors import GatlingError
from gatling_core.runtime import Score
from gatling_core.schemas import Case
from gatling_core.settings import Settings
from server.body import validate
from server.engine import ScoringModel, score_each


@dataclass
class Report:
    """What a replay found; `inexact` of the scored cases were masked or had outputs, which changes their energy by itself."""

    scored: int = 0
    inexact: int = 0
    without_case: int = 0
    failed: int = 0
    changes: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    moved: list[float] = field(default_factory=list[float])

    def __str__(self) -> str:
        changed = ", ".join(f"{count} {before} → {after}" for (before, after), count in sorted(self.changes.items()))
        mean = math.fsum(self.moved) / len(self.moved) if self.moved else 0.0
        parts = [f"{self.scored} replayed", changed or "no decision changed", f"mean |ΔE| {mean:.3f}"]
        for count, what in (
            (self.inexact, "not exact: masked, or outputs left out"),
            (self.without_case, "without a case (GATLING_DECISION_LOG_ARGUMENTS keeps them)"),
            (self.failed, "could not be scored"),
        ):
            if count:
                parts.append(f"{count} {what}")
        return "; ".join(parts)


def replay(model: ScoringModel, files: Sequence[Path], settings: Settings, target: TextIO, *, print_all: bool) -> Report:
    """Score every kept case of the logs on `model`; a JSON line on `target` for each whose decision changes, or for `print_all`.

    Raises:
        OSError: a file cannot be read, or `target` not be written.
    """
    report = Report()
    lines = (line for path in files for log in jsonl.files(path) for line in jsonl.lines(log))
    replayable = _replayable(lines, report)
    while chunk := list(islice(replayable, settings.max_batch)):
        for (logged, case), outcome in zip(chunk, score_each(model, [case for _, case in chunk]), strict=True):
            if not isinstance(outcome, Score):
                report.failed += 1
                continue
            compared = _compared(logged, outcome, settings)
            _count(report, compared)
            if print_all or compared["before"]["decision"] != compared["after"]["decision"]:
                target.write(json.dumps({**compared, "tools": [node.tool_name for node in case.execution_plan.nodes]}) + "\n")
    return report


def _replayable(lines: Iterable[bytes], report: Report) -> Iterator[tuple[dict[str, Any], Case]]:
    for line in lines:
        try:
            logged: Any = json.loads(line)
        except ValueError:  # another line of stdout, or one that was cut off
            report.failed += 1
            continue
        fields = cast("dict[str, Any]", logged) if isinstance(logged, dict) else {}
        if not {"case", "exact", "tenant"} <= fields.keys():
            report.without_case += 1
            continue
        try:
            yield fields, validate(Case, fields["case"])
        except GatlingError:
            report.failed += 1


def _compared(logged: dict[str, Any], score: Score, settings: Settings) -> dict[str, Any]:
    """Both under the cut-offs of today, so that only the model makes the difference."""
    bands, before, grounds = settings.bands_of(logged["tenant"]), logged.get("energy"), score.grounds
    return {
        "decision_id": logged.get("decision_id"),
        "tenant": logged["tenant"],
        "exact": logged["exact"],
        "before": {
            "decision": "none" if before is None else bands.decide(before, logged.get("reasons", ())),
            "energy": before,
            "model": logged.get("model"),
        },
        "after": {
            "decision": bands.decide(score.energy, grounds.reasons),
            "energy": score.energy,
            "terms": score.terms.model_dump(),
            "reasons": grounds.reasons,
        },
    }


def _count(report: Report, compared: dict[str, Any]) -> None:
    before, after = compared["before"], compared["after"]
    report.scored += 1
    report.inexact += not compared["exact"]
    if before["energy"] is not None:
        report.moved.append(abs(after["energy"] - before["energy"]))
    if before["decision"] != after["decision"]:
        report.changes[before["decision"], after["decision"]] += 1
