"""Queued cases and their verdicts as files: JSON lines or CSV, out for whoever judges in a spreadsheet, and back in."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from gatling_core.errors import GatlingError, QueueUnavailable
from gatling_core.jsonl import lines
from gatling_core.queue import CaseQueue, QueuedCase
from gatling_core.schemas import Verdict
from gatling_core.triage import Judgement, Wanted, newest
from server.blame import FIELDS, violations_of
from server.body import decode, validate

COLUMNS = (
    "decision_id",
    "label",
    "reviewer",
    "reason",
    *FIELDS,
    "tenant",
    "time",
    "decision",
    "energy",
    "reasons",
    "role",
    "request",
    "calls",
)
"""Those before the tenant are read back; the others help to judge."""

_PAGE = 50
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(queue: CaseQueue, label: Judgement, target: TextIO, *, as_csv: bool) -> int:
    """Write every open case with that label, newest first; how many there were."""
    rows = map(_row, _cases(queue, Wanted(label=label)))
    if not as_csv:
        return sum(1 for row in rows if target.write(json.dumps(row, ensure_ascii=False) + "\n"))
    writer: csv.DictWriter[str] = csv.DictWriter(target, COLUMNS)
    writer.writeheader()
    return sum(1 for row in rows if writer.writerow({name: _inert(value) for name, value in row.items()}))


def judge_all(queue: CaseQueue, path: Path) -> tuple[int, list[str]]:
    """Take the verdicts of a file; how many were kept, and what is wrong with the others. A row without a label is passed over.

    Raises:
        QueueUnavailable: the queue does not answer. The same file may be given again.
    """
    kept, wrong = 0, list[str]()
    for number, row in enumerate(_rows(path), 1):
        try:
            given = decode(row) if isinstance(row, bytes) else row
            if not given.get("label"):
                continue
            said = {name: given[name] for name in ("label", "reviewer", "reason") if given.get(name)}
            said["violations"] = violations_of(given)
            queue.set_verdict(str(given.get("decision_id")), validate(Verdict, said))
            kept += 1
        except QueueUnavailable:
            raise
        except (GatlingError, ValueError, AttributeError) as error:  # AttributeError: a line that is no object
            wrong.append(f"row {number}: {error}")
    return kept, wrong


def _cases(queue: CaseQueue, wanted: Wanted) -> Iterator[QueuedCase]:
    page = newest(queue, wanted, limit=_PAGE)
    yield from page.cases
    while page.next:
        page = newest(queue, wanted, limit=_PAGE, before=page.next)
        yield from page.cases


def _row(queued: QueuedCase) -> dict[str, Any]:
    entry, verdict = queued.entry, queued.verdict
    named = verdict.violations if verdict else []
    # Only one fits into a row, and one of several read back would say that nothing else is wrong.
    call, argument, term = (named[0].node_id, named[0].argument or "", named[0].term) if len(named) == 1 else ("", "", "")
    return {
        "decision_id": entry.decision_id,
        "label": verdict.label if verdict else "",
        "reviewer": verdict.reviewer if verdict else "",
        "reason": verdict.reason if verdict else "",
        "call": call,
        "argument": argument,
        "term": term,
        "tenant": entry.tenant,
        "time": entry.time.isoformat(timespec="seconds"),
        "decision": entry.answer.decision,
        "energy": round(entry.answer.energy, 3),
        "reasons": " ".join(entry.answer.reasons),
        "role": entry.case.user_role,
        "request": entry.case.request,
        "calls": " ".join(
            f"{node.tool_name}({', '.join(node.arguments)})#{node.node_id}" for node in entry.case.execution_plan.nodes
        ),
    }


def _inert(value: Any) -> Any:
    """What an attacker wrote must not become a formula of the reviewer's spreadsheet."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _rows(path: Path) -> Iterator[Any]:
    if path.suffix != ".csv":
        yield from lines(path)
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)
