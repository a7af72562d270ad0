"""A clause as tests: what is looked at, how it is compared and with what. Data and expressions print the same tests in their own ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trainer.worlds.policies.names import Names
from trainer.worlds.rules import RANKS, Clause, Demand


@dataclass(frozen=True, slots=True)
class Ref:
    """An attribute of the user, to compare with."""

    name: str


@dataclass(frozen=True, slots=True)
class Test:
    """`look` says what is looked at (an argument, a user attribute, the hour …), `name` which one.

    `op` is one of <= < >= == != in subset lacks has rank excused; `excused` is ≤, unless there is an approval.
    """

    look: str
    name: str
    op: str
    right: Any


def tests(clause: Clause, names: Names) -> list[Test]:
    """What a clause demands; all of them have to hold. None for allow, deny and classes."""
    argument = names.argument(clause)
    value = clause.value
    match clause.kind:
        case "limit" | "rows":
            return [Test("arg", argument, "<=", value)]
        case "total":
            return [Test("sum", argument, "<=", value)]
        case "versus":
            return [Test("arg", argument, "<=", Ref(value))]
        case "window":
            return [Test("days", argument, "<=", value)]
        case "period":
            return [Test("date", argument, ">=", value[0]), Test("date", argument, "<=", value[1])]
        case "hours":
            return [Test("hour", "", ">=", f"{value[0]:02d}:00"), Test("hour", "", "<", f"{value[1]:02d}:00")]
        case "weekday":
            return [Test("weekday", argument, "in", list(value))]
        case "columns":
            return [Test("columns", table, "subset", list(columns)) for table, columns in value.items()]
        case "own" | "department":
            return [Test("arg", argument, "==", Ref("id" if clause.kind == "own" else "department"))]
        case "owned":
            return [Test("record", clause.subject, "==", Ref(value))]
        case "apart":
            return [
                Test("record", clause.subject, "!=", Ref(value))
                if clause.op == "record"
                else Test("arg", argument, "!=", Ref(value))
            ]
        case "attribute":
            return [demand(Demand(clause.subject, clause.op, value))]
        case "approval":
            return [Test("approval", "", "==", True) if value is None else Test("arg", argument, "excused", value)]
        case "destination":
            return [Test("host", argument, "in", list(value))]
        case "outflow":
            return [Test("sent", "", "<=", names.words.level(value))]
        case "ceiling":
            return [Test("sensitivity", "", "<=", names.words.level(value))]
        case "status":
            return [Test("record", clause.subject, "in", list(value))]
        case "first":
            return [Test("before", "", "has", names.tool(value))]
        case "count":
            return [Test("calls", "", "<=", value)]
        case "enum":
            return [Test("arg", argument, "in", list(value))]
        case "forbid":
            return [Test("arg", argument, "lacks", list(value))]
        case "source":
            return [Test("origin", argument, "==", names.words.by_user)]
        case "trusted":
            return [Test("origin", "", "!=", names.words.by_others)]
        case _:
            return []


def demand(asked: Demand) -> Test:
    """What is asked of the user."""
    return Test("user", asked.subject, asked.op, list(asked.value) if asked.op in ("in", "rank") else asked.value)


def order(name: str) -> tuple[str, ...]:
    """The levels of a ranked attribute, the lowest first."""
    return RANKS[name]
