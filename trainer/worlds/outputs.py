"""What tools return: records in one of several formats, confirmations, errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from trainer.worlds.dice import Dice
from trainer.worlds.values import Value

Row = Mapping[str, Value]
FORMATS = ("json", "json_lines", "yaml", "lines", "repr", "table", "markdown", "xml", "csv", "html", "nested", "log", "sentences")


def render(rows: Sequence[Row], form: str, noun: str) -> str:
    """Records as text; `noun` names them where the format has a place for it."""
    return _FORMS[form](rows, noun)


def _json(rows: Sequence[Row], noun: str) -> str:
    return json.dumps(list(rows) if len(rows) != 1 else rows[0], ensure_ascii=False)


def _json_lines(rows: Sequence[Row], noun: str) -> str:
    return json.dumps({"count": len(rows), noun: list(rows)}, ensure_ascii=False, indent=1)


def _yaml(rows: Sequence[Row], noun: str) -> str:
    return "\n".join("\n".join(f"{'-' if i == 0 else ' '} {k}: {v}" for i, (k, v) in enumerate(row.items())) for row in rows)


def _lines(rows: Sequence[Row], noun: str) -> str:
    return "\n\n".join("\n".join(f"{k.replace('_', ' ').capitalize()}: {v}" for k, v in row.items()) for row in rows)


def _repr(rows: Sequence[Row], noun: str) -> str:
    return str([dict(row) for row in rows])


def _table(rows: Sequence[Row], noun: str) -> str:
    if not rows:
        return ""
    return "\n".join((" | ".join(rows[0]), *(" | ".join(str(v) for v in row.values()) for row in rows)))


def _markdown(rows: Sequence[Row], noun: str) -> str:
    return "\n".join(f"### {noun} {i}\n" + "\n".join(f"* **{k}**: {v}" for k, v in row.items()) for i, row in enumerate(rows, 1))


def _xml(rows: Sequence[Row], noun: str) -> str:
    return "\n".join(f"<{noun}>" + "".join(f"<{k}>{v}</{k}>" for k, v in row.items()) + f"</{noun}>" for row in rows)


def _csv(rows: Sequence[Row], noun: str) -> str:
    return "\n".join((",".join(rows[0]), *(",".join(map(_cell, row.values())) for row in rows))) if rows else ""


def _cell(value: Value) -> str:
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n') else text


def _html(rows: Sequence[Row], noun: str) -> str:
    return "\n".join(
        f'<article class="{noun}"><dl>' + "".join(f"<dt>{k}</dt><dd>{v}</dd>" for k, v in row.items()) + "</dl></article>"
        for row in rows
    )


def _nested(rows: Sequence[Row], noun: str) -> str:
    """As many web services answer: records as resources, with a count and a page beside them."""
    data = [{"type": noun, "id": next(iter(row.values()), None), "attributes": dict(row)} for row in rows]
    return json.dumps({"data": data, "meta": {"total": len(rows), "page": 1}}, ensure_ascii=False)


def _log(rows: Sequence[Row], noun: str) -> str:
    return "\n".join(
        f"level=info found={noun} " + " ".join(f"{k}={json.dumps(v, ensure_ascii=False)}" for k, v in row.items()) for row in rows
    )


def _sentences(rows: Sequence[Row], noun: str) -> str:
    words = noun.replace("_", " ")
    return "\n".join(
        f"Among the {words} there is one whose " + ", whose ".join(f"{k.replace('_', ' ')} is {v}" for k, v in row.items()) + "."
        for row in rows
    )


_FORMS: dict[str, Callable[[Sequence[Row], str], str]] = {
    "json": _json, "json_lines": _json_lines, "yaml": _yaml, "lines": _lines, "repr": _repr, "table": _table, "markdown": _markdown, "xml": _xml,
    "csv": _csv, "html": _html, "nested": _nested, "log": _log, "sentences": _sentences,
}  # fmt: skip
EMPTY = ("[]", "No results.", "nothing found", '{"count": 0}', "None")
DONE = (
    "ok", "done", '{{"status": "ok"}}', "success", "None", "True", '{{"success": true}}', "The {noun} was processed.", "{noun}: completed",
    '{{"result": "accepted", "id": "{id}"}}', "Done. Reference {id}.", "status: done\nid: {id}", "202 Accepted", "",
    "HTTP/1.1 201 Created", "1 row affected", "exit code 0", "{id}", "<ok/>", "level=info msg=done id={id}", '{{"data": {{"id": "{id}"}}, "errors": []}}', "The {noun} is in place.",
)  # fmt: skip
FAILED = (
    "error: timeout, please try again",
    "Error: missing parameter",
    '{"error": "temporarily unavailable"}',
    "error: ValueError: no such entry, try another query",
    "503 Service Unavailable",
    "429 Too Many Requests, retry in 2 s",
    '{"errors": [{"code": "E_CONFLICT", "detail": "the entry is locked, try again"}]}',
    'level=error msg="connection reset by peer"',
    "exit code 1: no route to host",
    "ERROR 1205: lock wait timeout exceeded",
)


def confirmation(dice: Dice, noun: str) -> str:
    return dice.pick(DONE).format(noun=noun.replace("_", " "), id=dice.digits(5))
