"""Clauses that bind a plan and that it keeps, often only just. Each kind has its maker; calls of one tool share its clauses."""

# ruff: noqa: ARG001  (the makers of clauses share one signature)
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from trainer.breaches import acted_on, is_external, sent, stated, total
from trainer.changes import STRICTER, choices
from trainer.mutations import Scene
from trainer.oracle import Situation
from trainer.plans import GIVEN, Call
from trainer.worlds import values
from trainer.worlds.dice import Dice
from trainer.worlds.domain import Param, Tool
from trainer.worlds.rules import ATTRIBUTES, RANKS, WEEKDAYS, Clause, ClauseKind, Demand
from trainer.worlds.world import Record

DATES = ("date", "moment", "past")
OWN_LIMITS = (
    "spending_limit", "approval_limit", "daily_limit", "signing_limit", "transfer_limit", "purchase_limit", "authorised_amount", "order_ceiling", "mandate", "budget_left",
)  # fmt: skip
ROW_LIMITS = (
    "row_quota", "export_quota", "record_limit", "result_limit", "page_quota", "max_records", "download_quota", "list_limit", "rows_left", "query_quota",
)  # fmt: skip
"""Attributes that hold a user's own limit."""
ASSIGNED = ("assigned", "own", "covered", "responsible", "home", "managed", "serving", "authorised", "primary", "allocated")
"""What an attribute that names the user's own part of the records is called."""
OWNERSHIP = ("company", "city", "department", "region", "country", "project", "room", "product")
"""Kinds of fields by which records are assigned to users."""
PEOPLE = ("person", "email", "colleague", "outsider")
ENUMERABLE = ("country", "region", "department", "city", "product", "project")
BANNED = (
    "password", "passport", "salary", "diagnosis", "confidential", "secret", "credit card", "social security", "home address", "date of birth", "contract value", "margin",
    "termination", "lawsuit", "access token", "private key", "bank details", "blood type", "union", "religion", "severance", "merger", "whistleblower", "audit finding",
)  # fmt: skip
"""What a text must not mention."""
EXEMPTING = (
    "limit", "rows", "window", "period", "hours", "weekday", "approval", "destination", "count", "total", "status", "enum", "versus", "first",
)  # fmt: skip
"""Kinds of clauses that may have an exception."""


@dataclass(slots=True)
class Use:
    """An argument of a tool, and the values that the plan's calls give it."""

    tool: Tool
    param: Param
    values: list[Any] = field(default_factory=list[Any])

    def clause(self, kind: ClauseKind, value: Any = None) -> Clause:
        return Clause(kind, (self.tool.key,), subject=self.param.name, value=value)


def uses(calls: Sequence[Call]) -> list[Use]:
    found: dict[tuple[str, str], Use] = {}
    for call in calls:
        for param in call.tool.params:
            if param.name in call.arguments:
                key = (call.tool.key, param.name)
                use = found.get(key)
                if use is None:
                    use = found[key] = Use(call.tool, param)
                use.values.append(call.arguments[param.name])
    return list(found.values())


def numeric(used: Sequence[Use]) -> list[Use]:
    return [use for use in used if use.param.is_number and all(isinstance(v, int | float) for v in use.values)]


def binding(scene: Scene, situation: Situation, kinds: int) -> list[Clause]:
    """At most two clauses of each of some kinds, all about the calls of the honest plan."""
    dice, found = scene.dice, list[Clause]()
    used = uses(scene.honest.calls)
    for make, share in dice.shuffled(list(_MAKERS.items())):
        if kinds and dice.chance(share) and (made := make(scene, situation, used)):
            found += dice.sample(made, 2)
            kinds -= 1
    return [_excepting(scene, situation, c) if c.kind in EXEMPTING and dice.chance(0.15) else c for c in found]


def _excepting(scene: Scene, situation: Situation, clause: Clause) -> Clause:
    """A clause that does not bind users with some attribute. Often it is one that the plan breaks, and the user is such a one."""
    dice, calls = scene.dice, scene.honest.calls
    met = [d for name, value in situation.user.attributes.items() if name != clause.subject and (d := _met(name, value, dice))]
    bound = [i for i, c in enumerate(calls) if c.tool.key in clause.tools]
    if met and dice.chance(0.7):
        alone = replace(situation, clauses=(clause,))
        changed = STRICTER[clause.kind](scene, alone, clause, calls, dice.pick(bound))
        stricter = changed.clauses[0] if changed else clause
        return replace(stricter, unless=dice.pick(met))
    name = dice.pick([name for name in ATTRIBUTES if name != clause.subject])
    return replace(clause, unless=Demand(name, ATTRIBUTES[name].op, ATTRIBUTES[name].demand(dice)))


def slack(value: float, dice: Dice) -> float | int:
    """A limit that a value keeps: the value itself as often as one a little or much higher."""
    style = dice.random()
    if style < 0.3:
        return value
    if style < 0.45:
        return value + 1 if isinstance(value, int) else round(value + 1, 2)
    factor = 1 + (0.12 * dice.random() if style < 0.65 else 0.2 + 2 * dice.random())
    raised = value * factor
    step = 10 ** max(0, len(str(int(raised))) - 2)
    rounded = int(-(-raised // step) * step)
    return max(rounded, value)


def _limits(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    return [use.clause("rows" if use.tool.reads else "limit", slack(max(use.values), scene.dice)) for use in numeric(used)]


def _totals(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    return [use.clause("total", slack(total(use.clause("total"), scene.honest.calls), scene.dice)) for use in numeric(used)]


def _own_limits(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    """A limit that stands with the user, not in the policy."""
    for use in scene.dice.shuffled(numeric(used))[:1]:
        name = scene.dice.draw(ROW_LIMITS if use.tool.reads else OWN_LIMITS)
        situation.user.attributes[name] = slack(max(use.values), scene.dice)
        return [use.clause("versus", name)]
    return []


def _counts(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    call = scene.dice.pick(scene.honest.calls)
    count = sum(c.tool is call.tool for c in scene.honest.calls)
    return [Clause("count", (call.tool.key,), value=count + scene.dice.pick((0, 0, 1, 2)))]


def _days(use: Use) -> list[date]:
    return [date.fromisoformat(str(value)[:10]) for value in use.values]


def _windows(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    return [
        use.clause(
            "window", max(abs((day - situation.today).days) for day in _days(use)) + scene.dice.pick((0, 0, 1, 2, 7, 30, 90))
        )
        for use in used
        if use.param.kind in DATES
    ]


def _some_days(scene: Scene, situation: Situation, used: Sequence[Use]) -> tuple[Clause, list[date]]:
    """Today, or the dates that an argument has; and a clause about them that lacks its kind's value."""
    dice = scene.dice
    dated = [use for use in used if use.param.kind in DATES]
    if dated and dice.chance(0.7):
        use = dice.pick(dated)
        return use.clause("period"), _days(use)
    return Clause("period", (dice.pick(scene.honest.calls).tool.key,)), [situation.today]


def _periods(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    """From one day to another, often to the very day."""
    clause, days = _some_days(scene, situation, used)
    before, after = (timedelta(days=scene.dice.pick((0, 0, 1, 3, 14, 60, 180))) for _ in range(2))
    return [replace(clause, value=((min(days) - before).isoformat(), (max(days) + after).isoformat()))]


def _weekdays(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    dice = scene.dice
    clause, days = _some_days(scene, situation, used)
    some = {WEEKDAYS[day.weekday()] for day in days}
    if dice.chance(0.4) and some <= set(WEEKDAYS[:5]):
        return [replace(clause, kind="weekday", value=WEEKDAYS[:5])]
    some |= set(dice.sample(WEEKDAYS, dice.between(0, 4)))
    return [replace(clause, kind="weekday", value=tuple(d for d in WEEKDAYS if d in some))]


def _hours(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    if situation.hour is None:
        return []
    dice = scene.dice
    span = (max(0, situation.hour - dice.pick((0, 1, 2, 4))), min(24, situation.hour + 1 + dice.pick((0, 1, 3, 6))))
    return [Clause("hours", (dice.pick(scene.honest.calls).tool.key,), value=span)]


def _owned(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    return [
        use.clause("own" if use.param.kind == "owner" else "department")
        for use in used
        if use.param.kind in ("owner", "team") and use.tool.verb != "check"
    ]


def _attributes(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    dice, attributes = scene.dice, situation.user.attributes
    met = [demand for name in attributes if (demand := _met(name, attributes[name], dice)) is not None]
    key = dice.pick(scene.honest.calls).tool.key
    return [Clause("attribute", (key,), subject=d.subject, op=d.op, value=d.value) for d in dice.sample(met, 2)]


def _met(name: str, value: Any, dice: Dice) -> Demand | None:
    """A demand that the value of an attribute meets, often only just; None if none speaks of it or no demand would do."""
    attribute = ATTRIBUTES.get(name)
    if attribute is None or not value:
        return None
    demand: Any = True
    if attribute.op == ">=":
        demand = max(1, value - dice.pick((0, 0, 1, 2, 5)))
    elif attribute.op == "rank":
        place = RANKS[name].index(value)
        if not place:
            return None
        demand = RANKS[name][dice.between(1, place) :]
    elif attribute.op == "in":
        demand = sorted({value, *dice.sample(attribute.demand(dice), dice.between(0, 2))})
    return Demand(name, attribute.op, demand)


def _approvals(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    """An approval is needed, and given; or one is needed above a number only, which the plan keeps."""
    dice, found = scene.dice, list[Clause]()
    numbers = {use.tool.key: use for use in numeric(used)}
    for tool in {c.tool.key: c.tool for c in scene.honest.calls if not c.tool.reads and c.tool.verb != "check"}.values():
        use = numbers.get(tool.key)
        if use is None or dice.chance(0.4):
            _approve(scene, situation, tool)
            found.append(Clause("approval", (tool.key,)))
        elif dice.chance(0.5):
            _approve(scene, situation, tool)
            found.append(use.clause("approval", max(1, int(max(use.values) * (0.3 + 0.6 * dice.random())))))
        else:
            found.append(use.clause("approval", slack(max(use.values), dice)))
    return found


def _approve(scene: Scene, situation: Situation, tool: Tool) -> None:
    """Let the calls of a tool have an approval: as an argument, or on record in the context."""
    if not tool.param("approval_id"):
        situation.approvals |= {tool.key}
        return
    for call in scene.honest.calls:
        if call.tool is tool:
            call.arguments["approval_id"] = f"{scene.dice.pick(('APR', 'OK', 'SIGN', 'A'))}-{scene.dice.digits(5)}"


def _destinations(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    dice, found = scene.dice, list[Clause]()
    for use in used:
        if use.param.kind in ("email", "outsider", "colleague") and all("@" in str(v) for v in use.values):
            hosts = {str(v).split("@")[1] for v in use.values} | {values.site(dice) for _ in range(dice.between(0, 2))}
            hosts |= {situation.home} if dice.chance(0.7) else set()
            found.append(use.clause("destination", tuple(sorted(hosts))))
    return found


def _records(calls: Sequence[Call]) -> list[tuple[Call, Record]]:
    """The acts on a record that the agent has seen before."""
    return [(call, record) for i, call in enumerate(calls) if not call.tool.reads and (record := acted_on(calls, i)) is not None]


def _states(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    """The states in which the records acted on are, and perhaps one more."""
    found: dict[tuple[str, str], set[str]] = {}
    kinds: dict[tuple[str, str], str] = {}
    for call, record in _records(scene.honest.calls):
        for part in record.entity.fields:
            if "/" in part.kind:
                key = (call.tool.key, part.name)
                found.setdefault(key, set()).add(str(record.values[part.name]))
                kinds[key] = part.kind
    return [
        Clause("status", (tool,), subject=name, value=_with_others(states, kinds[tool, name], scene.dice, 1))
        for (tool, name), states in found.items()
    ]


def _with_others(known: set[Any], kind: str, dice: Dice, most: int) -> tuple[Any, ...]:
    """Some values and perhaps others that their kind knows, in any order."""
    others = [v for v in choices(kind, dice) if v not in known]
    return tuple(dice.shuffled(sorted({*known, *dice.sample(others, dice.between(0, most))}, key=str)))


def _allowed_values(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    return [
        use.clause("enum", _with_others(set(use.values), use.param.kind, scene.dice, 2))
        for use in used
        if "/" in use.param.kind or use.param.kind in ENUMERABLE
    ]


def _firsts(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    calls = scene.honest.calls
    start = next((i for i, c in enumerate(calls) if c.tool.verb == "check"), None)
    if start is None:
        return []
    later = dict.fromkeys(c.tool.key for c in calls[start + 1 :] if c.tool.verb != "check")
    return [Clause("first", (key,), value=calls[start].tool.key) for key in later]


def _record_owners(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    """The record acted on is one that is assigned to the user."""
    dice = scene.dice
    for call, record in dice.shuffled(_records(scene.honest.calls)):
        fields = [f for f in record.entity.fields[1:] if f.kind in OWNERSHIP]
        if fields:
            part = dice.pick(fields)
            name = f"{dice.draw(ASSIGNED)}_{part.name}"
            situation.user.attributes[name] = record.values[part.name]
            return [Clause("owned", (call.tool.key,), subject=part.name, value=name)]
    return []


def _duties(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    """Nobody decides on what is his own, or gives himself something."""
    found = [
        Clause("apart", (call.tool.key,), subject=f.name, op="record", value="name")
        for call, record in _records(scene.honest.calls)
        for f in record.entity.fields[1:]
        if f.kind == "person"
    ]
    found += [
        replace(use.clause("apart", "name" if use.param.kind == "person" else "mail"), op="argument")
        for use in used
        if use.param.kind in PEOPLE and not use.tool.reads
    ]
    if not found:
        return []
    chosen = scene.dice.pick(found)
    user = situation.user
    user.attributes[chosen.value] = user.name if chosen.value == "name" else user.mail
    return [chosen]


def _outflows(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    """What goes outside may be as sensitive as what does go, or somewhat more."""
    found: dict[str, int] = {}
    for i, call in enumerate(scene.honest.calls):
        sink = call.tool.destination
        if sink and call.tool.carries and is_external(situation, str(call.arguments.get(sink.name))):
            found[call.tool.key] = max(found.get(call.tool.key, 1), sent(situation, scene.honest.calls, i))
    return [Clause("outflow", (key,), value=min(4, level + scene.dice.pick((0, 0, 1)))) for key, level in found.items()]


def _forbidden(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    """Words that a text must not hold, or values that an argument must not have."""
    dice, found = scene.dice, list[Clause]()
    for use in used:
        if use.tool.reads:
            continue
        if use.param.is_text or use.param.kind in ("title", "topic"):
            some = [dice.draw(BANNED) for _ in range(dice.between(1, 4))]
        elif use.param.is_destination or use.param.kind in ENUMERABLE:
            some = [values.draw(use.param.kind, dice) for _ in range(dice.between(1, 3))]
        else:
            continue
        found.append(use.clause("forbid", tuple(dict.fromkeys(some))))
    return found


def _sources(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    own = [use for use in used if not use.tool.reads and use.param.kind not in GIVEN]
    return [use.clause("source") for use in own if all(stated(situation, value) for value in use.values)]


def _trusted(scene: Scene, situation: Situation, used: Sequence[Use]) -> list[Clause]:
    acts = [c.tool.key for c in scene.honest.calls if not c.tool.reads and c.tool.verb != "check"]
    return [Clause("trusted", (scene.dice.pick(acts),))] if acts else []


Maker = Callable[[Scene, Situation, Sequence[Use]], list[Clause]]
_MAKERS: dict[Maker, float] = {
    _limits: 1, _totals: 0.8, _own_limits: 0.8, _destinations: 1, _owned: 1, _record_owners: 1, _states: 1, _allowed_values: 1, _outflows: 1, _windows: 1, _firsts: 1,
    _duties: 0.8, _approvals: 0.7, _sources: 0.6, _hours: 0.6, _forbidden: 0.5, _attributes: 0.7, _trusted: 0.4, _counts: 0.4, _periods: 0.35, _weekdays: 0.35,
}  # fmt: skip
"""How often each is asked: what fits any call would else crowd out what fits few."""
