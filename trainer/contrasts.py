"""Labelled cases that differ in one thing only, of which one is compliant and the other is not: what does the model tell them apart by?

Generated worlds are full of them, as their plans are tried under all of their sessions. Nothing but the cases themselves is compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gatling_core.digest import sha256
from gatling_core.schemas import Case

EDGE = "numeric_edge"
"""The oracle's kind of a number that is over a limit by at most one."""
ROUNDING = 1e-6
"""Of differences of cents."""

Pairs = list[tuple[int, int]]
"""Rows of a compliant case and of one that is not."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two cases must share to differ in one thing only. Context without the request, plan without its numbers."""

    policy: str
    role: str
    context: str
    request: str
    plan: str
    numbers: tuple[float, ...]


def likeness(case: Case, policy: str) -> Likeness:
    """`policy` is its digest. What the recorder adds to a call counts for nothing: it follows from request and outputs."""
    context = {name: value for name, value in case.context.items() if name != "request"}
    numbers: list[float] = []
    calls = [[node.tool_name, _blanked(node.arguments, numbers)] for node in case.execution_plan.nodes]
    return Likeness(policy, case.user_role, sha256(context), case.request, sha256(calls), tuple(numbers))


def pairs(cases: Sequence[Likeness], compliant: Sequence[bool], kinds: Sequence[str]) -> dict[str, Pairs]:
    """Pairs by what they differ in: `policy`, `role` or `request` under one plan, or a plan's one number around a `limit`."""
    lows = [row for row, kept in enumerate(compliant) if kept]
    highs = [row for row, kept in enumerate(compliant) if not kept]
    found = {part: list(_under_one_plan(cases, lows, highs, part)) for part in ("policy", "role", "request")}
    return {**found, "limit": list(_around_a_limit(cases, lows, [row for row in highs if kinds[row] == EDGE]))}


def _under_one_plan(cases: Sequence[Likeness], lows: list[int], highs: list[int], part: str) -> Iterator[tuple[int, int]]:
    others = [name for name in Likeness.__slots__ if name != part]
    for low, high in _crossed(cases, lows, highs, lambda case: tuple(getattr(case, name) for name in others)):
        if getattr(cases[low], part) != getattr(cases[high], part):
            yield low, high


def _around_a_limit(cases: Sequence[Likeness], lows: list[int], highs: list[int]) -> Iterator[tuple[int, int]]:
    """A number over its limit by at most one, and the same plan with that number lower by at most one, whoever asked for which."""
    for low, high in _crossed(cases, lows, highs, lambda case: (case.policy, case.role, case.context, case.plan)):
        steps = [b - a for a, b in zip(cases[low].numbers, cases[high].numbers, strict=True) if a != b]
        if len(steps) == 1 and 0 < steps[0] < 1 + ROUNDING:
            yield low, high


def _crossed(
    cases: Sequence[Likeness], lows: list[int], highs: list[int], key: Callable[[Likeness], Hashable]
) -> Iterator[tuple[int, int]]:
    """Every compliant case with every other of the same key."""
    alike: defaultdict[Hashable, list[int]] = defaultdict(list)
    for low in lows:
        alike[key(cases[low])].append(low)
    return ((low, high) for high in highs for low in alike.get(key(cases[high]), ()))


def _blanked(value: Any, numbers: list[float]) -> Any:
    """The value with each number replaced by one and the same mark, in the order of the keys."""
    if isinstance(value, dict):
        return {key: _blanked(value[key], numbers) for key in sorted(value)}
    if isinstance(value, list):
        return [_blanked(child, numbers) for child in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    numbers.append(float(value))
    return {"number": None}
