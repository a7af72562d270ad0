"""Upper bounds that a policy states of an argument, read only where its words leave no doubt."""

from __future__ import annotations

from collections.abc import Iterator

from gatling_core.policy import Clause, Policy, clauses
from gatling_core.schemas import Case, ToolCall
from gatling_core.text import words
from gatling_core.values import is_number

_MOST = frozenset(words("max maximum most limit ceiling cap"))
_PLACES = frozenset(
    words("role roles tool tools rule rules policy permission permissions argument arguments parameter parameters")
)
"""Words that only say where in a policy a bound stands."""


def bounds(case: Case, call: ToolCall) -> dict[str, float]:
    """The numeric arguments of a call that the policy bounds, with the bound.

    Every word on the way to the bound must say where it stands, name the user's role or this tool, mean "at most", or be the
    argument's name: `roles.clerk.max_rows` bounds `rows`; `max_rows_per_day`, another role's bound and prose bound nothing here.
    """
    names = {tuple(words(name)): name for name, value in call.arguments.items() if is_number(value)}
    found: dict[str, float] = {}
    for clause in _numbers(case.policy) if names else ():
        name = names.get(_bounded(clause.path, case.user_role, call.tool_name))
        if name is not None and clause.number is not None:
            found[name] = min(found.get(name, clause.number), clause.number)
    return found


def _numbers(policy: Policy) -> Iterator[Clause]:
    return (clause for clause in clauses(policy) if clause.kind == "number")


def _bounded(path: tuple[str, ...], role: str, tool: str) -> tuple[str, ...]:
    """The words of the argument that a clause bounds from above; none if it bounds nothing."""
    said = [word for part in path if part.casefold() not in (role.casefold(), tool.casefold()) for word in words(part)]
    named = tuple(word for word in said if word not in _PLACES and word not in _MOST)
    return named if any(word in _MOST for word in said) else ()
