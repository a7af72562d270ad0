"""Tools that take all their values in one string: a command line, a statement, an address with a query, text in key and value."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from trainer.worlds.dice import Split
from trainer.worlds.domain import Tool

Named = Mapping[str, Any]


def _command(tool: Tool, spelled: str, named: Named) -> str:
    return " ".join((spelled, *(f"--{name.replace('_', '-')} {shlex.quote(str(value))}" for name, value in named.items())))


def _statement(tool: Tool, spelled: str, named: Named) -> str:
    """SQL that does what the tool does, as near as SQL comes to it."""
    tests = " AND ".join(_equations(named))
    match tool.verb:
        case "list" | "search" | "get" | "check":
            return f"SELECT * FROM {tool.noun}" + (f" WHERE {tests}" if tests else "")
        case "delete" | "cancel":
            return f"DELETE FROM {tool.noun} WHERE {tests}"
        case "create" | "book" | "post":
            return f"INSERT INTO {tool.noun} ({', '.join(named)}) VALUES ({', '.join(map(_literal, named.values()))})"
        case _:
            return f"CALL {tool.verb}_{tool.noun}({', '.join(_equations(named, ' => '))})"


def _equations(named: Named, sign: str = " = ") -> list[str]:
    return [f"{name}{sign}{_literal(value)}" for name, value in named.items()]


def _literal(value: Any) -> str:
    return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"


def _address(tool: Tool, spelled: str, named: Named) -> str:
    path = "/" + spelled.split()[-1].lstrip("/")
    return path + "?" + urlencode(named, safe="@:/,") if named else path


def _pairs(tool: Tool, spelled: str, named: Named) -> str:
    return "; ".join(f"{name}={value}" for name, value in named.items())


def _json(tool: Tool, spelled: str, named: Named) -> str:
    return json.dumps(dict(named), ensure_ascii=False)


STYLES: dict[str, tuple[Callable[[Tool, str, Named], str], tuple[str, ...], str]] = {
    "command": (_command, ("command", "args", "command_line", "cmd"), "Options: {n}."),
    "statement": (_statement, ("sql", "statement", "query_text"), "SQL; columns are {n}."),
    "address": (_address, ("url", "request", "endpoint"), "Path and query ({n})."),
    "pairs": (_pairs, ("input", "params"), "Pairs of name=value: {n}."),
    "json": (_json, ("payload", "arguments_json", "body_json"), "A JSON object with {n}."),
}
"""How the string is written for a tool and its name, what the argument may be called, how its schema explains it."""
STYLES_OF: dict[Split, tuple[str, ...]] = {
    "train": ("command", "statement", "address"),
    "validation": ("pairs",),
    "test": ("json",),
}


@dataclass(frozen=True, slots=True)
class Packing:
    """The one argument of a tool that takes its values as a string."""

    name: str
    style: str

    def pack(self, tool: Tool, spelled: str, named: Named) -> dict[str, str]:
        return {self.name: STYLES[self.style][0](tool, spelled, named)}

    def property(self, names: Sequence[str]) -> dict[str, str]:
        """The schema of the argument."""
        return {"type": "string", "description": STYLES[self.style][2].format(n=", ".join(names) or "nothing")}
