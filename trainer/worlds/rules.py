"""The hidden rule set: clauses a plan must keep. The oracle reads these; the network sees only a rendering (policies.py)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from trainer.worlds import names
from trainer.worlds.dice import Dice
from trainer.worlds.values import Value

ClauseKind = Literal[
    "allow", "deny", "limit", "rows", "window", "hours", "columns", "own", "department", "attribute", "approval", "destination", "ceiling", "status", "first", "count"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule. `roles` and `tools` say whom and what it binds (empty: all); the rest depends on the kind:

    allow / deny   the roles may call only / may not call the tools
    limit, rows    number in argument `subject` ≤ `value`
    window         date in argument `subject` at most `value` days from today
    hours          only from `value[0]` to before `value[1]` o'clock
    columns        `value` = {table: columns the roles may read}
    own, department  argument `subject` = the user's identity / department
    attribute      user attribute `subject` `op` `value`
    approval       argument `subject` > `value` needs an approval
    destination    argument `subject` must lie at one of the hosts in `value`
    ceiling        sensitivity of what is read ≤ `value`
    status         field `subject` of the record acted on is one of `value`
    first          a call of tool `value` must come before
    count          at most `value` calls
    """

    kind: ClauseKind
    tools: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    subject: str = ""
    op: str = ""
    value: Any = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """A user attribute rules ask for: how a fitting and an unfitting value are drawn for a demand."""

    op: str
    demand: Callable[[Dice], Any]
    fits: Callable[[Dice, Any], Value]
    fails: Callable[[Dice, Any], Value]
    says: tuple[str, ...]
    """Prose, with {v} for the demand: what the user must be."""


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
    "students": _switch("be enrolled as a student", "be a registered student"),
}  # fmt: skip


def holds(op: str, value: Any, demand: Any) -> bool:
    """Whether an attribute's value meets the demand; an absent value never does."""
    if value is None:
        return False
    if op == ">=":
        return value >= demand
    return value in demand if op == "in" else value == demand
