"""Whether a test holds of a call: yes, no, or (None) that the case does not tell."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, cast

from gatling_core.oracle.rules import ALL, Ref, Rule, Test
from gatling_core.oracle.tools import Tools
from gatling_core.schemas import Case, ToolCall
from gatling_core.text import host
from gatling_core.values import is_number

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_DATE = re.compile(r"\d{4}-\d\d-\d\d(?=$|[T ])")
_TIME = re.compile(r"[0-2]\d:[0-5]\d(?=$|:)")
_SELECT = re.compile(r"SELECT ([\w., ]+?) FROM ([\w, ]+?)(?: WHERE .*)?(?: LIMIT \d+)?", re.IGNORECASE | re.DOTALL)
_TABLES = ("table", "tables", "collection", "dataset", "entity", "object", "source", "from")
_MISSING: Any = object()


class Facts:
    """What one case tells."""

    def __init__(self, case: Case, tools: Tools) -> None:
        self.calls = case.execution_plan.nodes
        self._context = case.context
        self._tools = tools

    def holds(self, rule: Rule, test: Test, position: int) -> bool | None:
        """Whether a test of a rule holds of the call at a position."""
        call = self.calls[position]
        if test.look == "arg" and rule.tools == ALL and self._tools.lacks(call.tool_name, test.name):
            packed = any(test.name in str(value) for value in call.arguments.values())  # as in `url: /invoices?limit=5`
            return None if packed else True
        match test.look:
            case "arg" if test.op == "excused":
                within, approved = self._compare(self._argument(call, test.name), "<=", test.right), self._approved(position)
                return True if within or approved else None if within is None or approved is None else False
            case "arg":
                return self._compare(self._argument(call, test.name), test.op, self._right(test.right), test.order)
            case "user":
                return self._compare(self._attribute(test.name), test.op, self._right(test.right), test.order)
            case "sum" | "calls" if test.op == "<=":
                counted = [other for other in self.calls[: position + 1] if rule.about(other.tool_name)]
                return self._compare(len(counted) if test.look == "calls" else self._total(counted, test.name), "<=", test.right)
            case "before" if test.op == "has":
                return any(other.tool_name == test.right for other in self.calls[:position])
            case "approval" if test.op == "==" and test.right is True:
                return self._approved(position)
            case "columns" | "host" | "date" | "days" | "weekday" | "hour":
                return getattr(self, f"_{test.look}")(call, test)
            case _:
                return None

    def asks(self, call: ToolCall) -> dict[str, list[str]] | None:
        """The columns by table that a call asks for; None if it does not say so."""
        for value in call.arguments.values():
            if isinstance(value, str) and (found := select(value)):
                return _qualified(*found)
            if isinstance(value, dict) and value and all(_are_texts(columns) for columns in value.values()):
                return cast("dict[str, list[str]]", value)
        tables = [value for name, value in call.arguments.items() if name.lower() in _TABLES and isinstance(value, str)]
        lists = [cast("list[str]", value) for value in call.arguments.values() if _are_texts(value)]
        return _qualified(lists[0], tables) if len(lists) == 1 else None

    # --- What is looked at

    def _argument(self, call: ToolCall, name: str) -> Any:
        """An argument; None if the tool has it and the call does not; missing if nobody knows that the tool has it."""
        if name in call.arguments:
            return call.arguments[name]
        return None if self._tools.declares(call.tool_name) and name in self._tools.parameters(call.tool_name) else _MISSING

    def _attribute(self, name: str) -> Any:
        """An attribute of the user, if the context has exactly one of that name."""
        places = [self._context, *(value for value in self._context.values() if isinstance(value, dict))]
        found = [place[key] for place in places for key in (name, f"user_{name}") if key in place]
        return found[0] if len(found) == 1 else _MISSING

    def _right(self, value: Any) -> Any:
        return self._attribute(value.name) if isinstance(value, Ref) else value

    def _approved(self, position: int) -> bool | None:
        """Whether somebody approved a call. If approvals are spoken of somewhere else, the case does not tell."""
        call = self.calls[position]
        given = [value for name, value in call.arguments.items() if "approv" in name.lower()]
        listed = [value for key, value in self._context.items() if "approv" in key.lower()]
        if any(given) or any(isinstance(value, list) and call.tool_name in value for value in listed):
            return True
        unclear = any(not isinstance(value, list) for value in listed)
        return None if unclear or any("approv" in other.tool_name.lower() for other in self.calls[:position]) else False

    def _total(self, calls: list[ToolCall], name: str) -> Any:
        """The sum of an argument, to the cent."""
        values = [self._argument(call, name) for call in calls]
        known = all(value is None or is_number(value) for value in values)
        return round(sum(value or 0 for value in values), 2) if known else _MISSING

    def _columns(self, call: ToolCall, test: Test) -> bool | None:
        asked = self.asks(call)
        if asked is None or test.op != "subset":
            return None
        return set(asked.get(test.name, ())) <= set(test.right)

    def _host(self, call: ToolCall, test: Test) -> bool | None:
        value = self._argument(call, test.name)
        if value is None:
            return True
        own = host(value) if isinstance(value, str) else None
        if own is None or test.op != "in":
            return None
        return any(own == known or own.endswith(f".{known}") for known in (str(right).lower() for right in test.right))

    def _date(self, call: ToolCall, test: Test) -> bool | None:
        day = self._day(call, test.name)
        if day is None or day is _MISSING:
            return True if day is None else None
        return self._compare(day, test.op, test.right)

    def _days(self, call: ToolCall, test: Test) -> bool | None:
        day, today = self._day(call, test.name), self._today()
        if day is None:
            return True
        if day is _MISSING or today is None:
            return None
        return self._compare(abs((day - today).days), test.op, test.right)

    def _weekday(self, call: ToolCall, test: Test) -> bool | None:
        day = self._day(call, test.name)
        if day is None or day is _MISSING or test.op != "in":
            return True if day is None else None
        return WEEKDAYS[day.weekday()] in {str(value).lower() for value in test.right}

    def _hour(self, call: ToolCall, test: Test) -> bool | None:
        del call  # the clock is the same for all
        times = [value for key, value in self._context.items() if key in ("time", "local_time", "now", "current_time")]
        return self._compare(times[0], test.op, test.right) if len(times) == 1 else None

    def _day(self, call: ToolCall, name: str) -> Any:
        """The date in an argument, or today without a name."""
        if not name:
            return self._today() or _MISSING
        value = self._argument(call, name)
        return value if value is None or value is _MISSING else _day_of(value) or _MISSING

    def _today(self) -> date | None:
        found = {_day_of(value) for key, value in self._context.items() if key in ("today", "date", "current_date")}
        return found.pop() if len(found) == 1 else None

    # --- Comparisons

    def _compare(self, left: Any, op: str, right: Any, order: tuple[Any, ...] = ()) -> bool | None:
        """None of what cannot be compared exactly; what is absent breaks no bound."""
        if left is _MISSING or right is _MISSING:
            return None
        if left is None:
            return True
        if op in ("<=", "<", ">="):
            pair = _ordered(left, right)
            return (
                None
                if pair is None
                else pair[0] <= pair[1]
                if op == "<="
                else pair[0] < pair[1]
                if op == "<"
                else pair[0] >= pair[1]
            )
        if op in ("==", "!="):
            return None if type(left) is not type(right) else (left == right) == (op == "==")
        if op == "in":
            return None if not any(type(left) is type(value) for value in right) else left in right
        if op == "lacks" and isinstance(left, str):
            return not any(str(value).lower() in left.lower() for value in right)
        if op == "rank":
            return None if left not in order else order.index(left) >= order.index(right)
        return None


def select(text: str) -> tuple[list[str], list[str]] | None:
    """The columns and the tables of a plain SQL query."""
    match = _SELECT.fullmatch(text.strip())
    return ([c.strip() for c in match[1].split(",")], [t.strip() for t in match[2].split(",")]) if match else None


def _ordered(left: Any, right: Any) -> tuple[Any, Any] | None:
    """Two numbers, two days or two times of day, to compare; None of anything else."""
    if is_number(left) and is_number(right):
        return left, right
    days = _day_of(left), _day_of(right)
    if None not in days:
        return days
    if isinstance(left, str) and isinstance(right, str) and _TIME.match(left) and _TIME.match(right):
        return left[:5], right[:5]
    return None


def _day_of(value: Any) -> date | None:
    if isinstance(value, date):  # YAML reads dates
        return value.date() if isinstance(value, datetime) else value
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) and _DATE.match(value) else None
    except ValueError:
        return None


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in cast("list[Any]", value))


def _qualified(columns: list[str], tables: list[str]) -> dict[str, list[str]] | None:
    """Columns by table, each with its table before it, or all of the only table."""
    found: dict[str, list[str]] = {}
    for column in columns:
        table, dot, name = column.rpartition(".")
        if not dot and len(tables) != 1:
            return None
        found.setdefault(table if dot else tables[0], []).append(name)
    return found
