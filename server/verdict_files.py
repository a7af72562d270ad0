"""Queued cases and their verdicts as files: JSON lines or CSV, out for whoever judges in a spreadsheet, and back in."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from gatling_core.errors import GatlingError, InvalidInput, QueueUnavailable
from gatling_core.jsonl import lines
from gatling_core.masking import Masker
from gatling_core.queue import CaseQueue, QueuedCase
from gatling_core.schemas import ToolCall, Verdict
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
    "policy",
)
"""Those before the tenant are read back; the others help to judge."""

_CELL = 16_000
"""Characters of a request, of calls, of a policy in a cell: spreadsheets cut off what is longer than twice that, without a word."""
_VALUE = 500
"""Of one argument."""

_PAGE = 50
_NEEDED = ("decision_id", "label")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
"""How a cell begins that gets an apostrophe in front on the way out, and loses it on the way in."""


def export(queue: CaseQueue, label: Judgement, target: TextIO, masker: Masker, *, as_csv: bool) -> int:
    """Write every open case with that label, newest first; how many there were. A file goes from hand to hand: secrets are masked in it."""
    rows = (_row(queued, masker) for queued in _cases(queue, Wanted(label=label)))
    if not as_csv:
        return sum(1 for row in rows if target.write(json.dumps(row, ensure_ascii=False) + "\n"))
    writer: csv.DictWriter[str] = csv.DictWriter(target, COLUMNS)
    writer.writeheader()
    return sum(1 for row in rows if writer.writerow({name: _inert(value) for name, value in row.items()}))


def judge_all(queue: CaseQueue, path: Path) -> tuple[int, list[str]]:
    """Take the verdicts of a file; how many were kept, and what is wrong with the others. A row without a label is passed over.

    Raises:
        InvalidInput: it is no CSV file with these columns in UTF-8; no verdict was taken.
        QueueUnavailable: the queue does not answer. The same file may be given again.
    """
    kept, wrong = 0, list[str]()
    for number, row in enumerate(_rows(path), 1):
        try:
            given = decode(row) if isinstance(row, bytes) else row
            if not isinstance(given, dict):
                raise InvalidInput("a verdict must be an object")
            if not given.get("label"):
                continue
            said = {name: given[name] for name in ("label", "reviewer", "reason") if given.get(name)}
            said["violations"] = violations_of(given)
            queue.set_verdict(str(given.get("decision_id")), validate(Verdict, said))
            kept += 1
        except QueueUnavailable:
            raise
        except (GatlingError, ValueError) as error:
            wrong.append(f"row {number}: {error}")
    return kept, wrong


def _cases(queue: CaseQueue, wanted: Wanted) -> Iterator[QueuedCase]:
    page = newest(queue, wanted, limit=_PAGE)
    yield from page.cases
    while page.next:
        page = newest(queue, wanted, limit=_PAGE, before=page.next)
        yield from page.cases


def _row(queued: QueuedCase, masker: Masker) -> dict[str, Any]:
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
        "request": _bounded(masker.text(entry.case.request)),
        "calls": _bounded("\n".join(_call(node, masker) for node in entry.case.execution_plan.nodes)),
        "policy": _bounded(_text(masker.value(entry.case.policy))),
    }


def _call(node: ToolCall, masker: Masker) -> str:
    """Name, arguments and id of a call; of a long value the beginning."""
    given = masker.value(node.arguments)
    return f"{node.tool_name}({', '.join(f'{name}={_bounded(_text(value), _VALUE)}' for name, value in given.items())})#{node.node_id}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _bounded(text: str, most: int = _CELL) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most} more characters)"


def _inert(value: Any) -> Any:
    """What an attacker wrote must not become a formula of the reviewer's spreadsheet."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _given(value: Any) -> Any:
    """The cell as it was before `_inert`."""
    return value[1:] if isinstance(value, str) and value.startswith("'") and value[1:].startswith(_FORMULA) else value


def _rows(path: Path) -> Iterator[Any]:
    if path.suffix != ".csv":
        yield from lines(path)
        return
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(f"{path} is not UTF-8: save it as CSV UTF-8") from None
    csv.field_size_limit(sys.maxsize)  # a cell may be longer than what csv allows by itself
    table = csv.DictReader(io.StringIO(text, newline=""))
    missing = set(_NEEDED).difference(table.fieldnames or ())
    if missing:
        raise InvalidInput(f"{path} has no column {' and no column '.join(sorted(missing))}: separate columns by commas")
    yield from ({name: _given(value) for name, value in row.items()} for row in table)
