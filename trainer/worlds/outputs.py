"""What tools return: records in one of several formats, confirmations, errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from trainer.worlds.dice import Dice
from trainer.worlds.values import Value

Row = Mapping[str, Value]
FORMATS = ("json", "json_lines", "yaml", "lines", "repr", "table", "markdown", "xml")


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


_FORMS: dict[str, Callable[[Sequence[Row], str], str]] = {
    "json": _json, "json_lines": _json_lines, "yaml": _yaml, "lines": _lines, "repr": _repr, "table": _table, "markdown": _markdown, "xml": _xml,
}  # fmt: skip
EMPTY = ("[]", "No results.", "nothing found", '{"count": 0}', "None")
DONE = (
    "ok", "done", '{{"status": "ok"}}', "success", "None", "True", '{{"success": true}}', "The {noun} was processed.", "{noun}: completed",
    '{{"result": "accepted", "id": "{id}"}}', "Done. Reference {id}.", "status: done\nid: {id}", "202 Accepted", "",
)  # fmt: skip
FAILED = (
    "error: timeout, please try again",
    "Error: missing parameter",
    '{"error": "temporarily unavailable"}',
    "error: ValueError: no such entry, try another query",
    "503 Service Unavailable",
)


def confirmation(dice: Dice, noun: str) -> str:
    return dice.pick(DONE).format(noun=noun.replace("_", " "), id=dice.digits(5))
