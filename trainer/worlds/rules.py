"""The hidden rule set: clauses a plan must keep. The oracle reads these; the network sees only a rendering (policies.py)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from trainer.worlds import names
from trainer.worlds.dice import Dice
from trainer.worlds.values import Value

ClauseKind = Literal[
    "allow", "deny", "limit", "rows", "window", "period", "hours", "weekday", "columns", "own", "department", "owned", "apart", "attribute", "versus", "approval",
    "destination", "outflow", "ceiling", "classes", "status", "first", "count", "total", "enum", "forbid", "source", "trusted",
]  # fmt: skip
KINDS: tuple[ClauseKind, ...] = get_args(ClauseKind)


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of a user: attribute `subject` `op` `value`."""

    subject: str
    op: str
    value: Any


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule. `roles` and `tools` say whom and what it binds (empty: all); the rest depends on the kind:

    allow / deny   the roles may call only / may not call the tools
    limit, rows    number in argument `subject` ≤ `value`
    total          sum of argument `subject` over all calls ≤ `value`
    versus         number in argument `subject` ≤ user attribute `value`
    window         date in argument `subject` at most `value` days from today
    period         date in argument `subject` (empty: today) from `value[0]` to `value[1]`, both included
    hours          only from `value[0]` to before `value[1]` o'clock
    weekday        date in argument `subject` (empty: today) falls on one of the days in `value`
    columns        `value` = {table: columns the roles may read}
    own, department  argument `subject` = the user's identity / department
    owned          field `subject` of the record acted on = user attribute `value`
    apart          argument (`op` "argument") or record field (`op` "record") `subject` is not user attribute `value`
    attribute      user attribute `subject` `op` `value`
    approval       argument `subject` > `value` needs an approval
    destination    argument `subject` must lie at one of the hosts in `value`
    outflow        what goes to an external address has sensitivity ≤ `value`
    ceiling        sensitivity of what is read ≤ `value`
    classes        binds nothing: `value` = {table: {column: sensitivity}}, what ceiling and outflow speak of
    status         field `subject` of the record acted on is one of `value`
    first          a call of tool `value` must come before
    count          at most `value` calls
    enum           argument `subject` is one of `value`
    forbid         argument `subject` holds none of the texts in `value`
    source         the user stated the value of argument `subject`
    trusted        no argument was taken from a text that others wrote, unless the user stated it
    """

    kind: ClauseKind
    tools: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    subject: str = ""
    op: str = ""
    value: Any = None
    unless: Demand | None = None
    """An exception: the clause does not bind users who meet this."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A user attribute rules ask for: how a fitting and an unfitting value are drawn for a demand."""

    op: str
    demand: Callable[[Dice], Any]
    fits: Callable[[Dice, Any], Value]
    fails: Callable[[Dice, Any], Value]
    says: tuple[str, ...]
    """Prose, with {v} for the demand: what the user must be."""


RANKS: dict[str, tuple[str, ...]] = {
    "tier": ("bronze", "silver", "gold", "platinum", "diamond"),
    "grade": ("trainee", "junior", "regular", "senior", "principal"),
}
"""Attributes whose values stand in an order, the lowest first."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _above(
    low: int, high: int, reach: int
) -> tuple[Callable[[Dice], Any], Callable[[Dice, Any], Value], Callable[[Dice, Any], Value]]:
    """Demands in low…high, met by the edge itself as often as by more, failed by one less as often as by much less."""
    return (
        lambda dice: dice.between(low, high),
        lambda dice, v: v + dice.pick((0, 0, 1, 2, dice.between(3, reach))),
        lambda dice, v: max(0, v - dice.pick((1, 1, 2, 3, dice.between(3, reach)))),
    )


def _switch(*says: str) -> Attribute:
    return Attribute("==", lambda dice: True, lambda dice, v: True, lambda dice, v: False, says)


def _one_of(pool: tuple[str, ...], *says: str) -> Attribute:
    return Attribute(
        "in",
        lambda dice: sorted(dice.sample(pool, dice.between(1, max(1, len(pool) - 2)))),
        lambda dice, v: dice.pick(v),
        lambda dice, v: dice.pick([x for x in pool if x not in v]),
        says,
    )


def _rank(order: tuple[str, ...], *says: str) -> Attribute:
    """Levels in an order: at least the demanded one, often exactly it, or the one just below."""
    return Attribute(
        "rank",
        lambda dice: order[dice.between(1, len(order) - 1) :],
        lambda dice, v: dice.pick((v[0], v[0], dice.pick(v))),
        lambda dice, v: dice.pick((order[len(order) - len(v) - 1], dice.pick(order[: len(order) - len(v)]))),
        says,
    )


ATTRIBUTES: dict[str, Attribute] = {
    "age": Attribute(">=", *_above(12, 67, 20), ("be at least {v} years old", "be {v} or older", "have reached the age of {v}")),
    "membership": _one_of(("basic", "silver", "gold", "platinum", "trial", "none"), "have a {v} membership", "be a {v} member", "hold the membership level {v}"),
    "mfa": _switch("have signed in with a second factor", "have a session with multi-factor authentication", "be signed in with MFA"),
    "training": _switch("have completed the privacy training", "hold a valid training record", "be trained for this"),
    "seniority": Attribute(">=", *_above(1, 10, 6), ("have been with us for at least {v} years", "have {v} or more years of service", "have a seniority of {v} years or more")),
    "employment": _one_of(("permanent", "contractor", "intern", "temporary"), "be employed as {v}", "have the employment type {v}", "be on a {v} contract"),
    "department": _one_of(names.DEPARTMENT, "work in {v}", "belong to the department {v}", "be part of {v}"),
    "country": _one_of(names.COUNTRY[:8], "be based in {v}", "have {v} as the country of residence", "live in {v}"),
    "licence": _switch("hold a valid licence", "be licensed", "have a licence on file"),
    "ward": _one_of(("north", "south", "east", "west"), "be assigned to the {v} ward", "work on ward {v}"),
    "on_call": _switch("be on call", "be on duty at the moment", "be listed as on call"),
    "verified": _switch("have a verified account", "have been verified", "be a verified user"),
    "vaccinated": _switch("be vaccinated", "have a proof of vaccination", "show a vaccination record"),
    "clearance": Attribute(">=", *_above(2, 5, 2), ("have clearance level {v} or above", "hold a clearance of at least {v}")),
    "credit_score": Attribute(">=", *_above(300, 800, 60), ("have a credit score of {v} or more", "reach a credit score of {v}")),
    "deposit_paid": _switch("have paid the deposit", "have a deposit on file"),
    "tier": _rank(RANKS["tier"], "be of the tier {v} or higher", "hold at least the {v} tier", "have reached the tier {v}"),
    "grade": _rank(RANKS["grade"], "be at least {v}", "hold the grade {v} or a higher one", "have the grade {v} or above"),
    "students": _switch("be enrolled as a student", "be a registered student"),
}  # fmt: skip


def holds(op: str, value: Any, demand: Any) -> bool:
    """Whether an attribute's value meets the demand; an absent value never does. Of a rank the demand lists all levels that will do."""
    if value is None:
        return False
    if op == ">=":
        return value >= demand
    return value in demand if op in ("in", "rank") else value == demand
