"""Rule sets around a plan: clauses that it keeps, often only just, among others that bind somebody else or nobody."""

# ruff: noqa: ARG001  (the makers of clauses share one signature)
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from trainer.access import QUERY
from trainer.breaches import acted_on, amount, broken, is_external, max_level, sent, stated, total
from trainer.changes import STRICTER, choices
from trainer.mutations import Scene
from trainer.oracle import Situation
from trainer.plans import GIVEN, Call
from trainer.worlds import values
from trainer.worlds.dice import Dice
from trainer.worlds.rules import ATTRIBUTES, RANKS, WEEKDAYS, Clause, Demand
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


def lay_down(scene: Scene, situation: Situation) -> None:
    """Rules that the honest plan keeps: some bind it, some bind others, some nobody here. Changes the situation."""
    dice, world = scene.dice, scene.world
    calls = scene.honest.calls
    shown = replace(situation, injections=scene.honest.injections)
    clauses = [_for_roles(c, world.user.role, world.domain.roles, dice) for c in _binding(scene, shown, dice.between(1, 5))]
    situation.approvals = shown.approvals
    if dice.chance(0.6):
        clauses += _tool_lists(scene, calls)
    if any(c.tool.key == QUERY for c in calls) or dice.chance(0.25):
        clauses += _column_lists(scene, calls)
    if dice.chance(0.12):
        clauses += _ceilings(scene, calls)
    clauses += _strangers(scene, {c.tool.key for c in calls}, dice.between(0, 4))
    if any(c.kind in ("ceiling", "outflow") for c in clauses):
        clauses.append(_classes(scene, calls))
    situation.clauses = tuple(c for c in clauses if not broken(shown, c, calls))


def _binding(scene: Scene, situation: Situation, kinds: int) -> list[Clause]:
    """At most two clauses of each of some kinds, all about the calls of the honest plan."""
    dice, found = scene.dice, list[Clause]()
    for make, share in dice.shuffled(list(_MAKERS.items())):
        if kinds and dice.chance(share) and (made := make(scene, situation, scene.honest.calls)):
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


def _for_roles(clause: Clause, role: str, roles: Sequence[str], dice: Dice) -> Clause:
    """Binding everyone, or the user's role and perhaps others."""
    if dice.chance(0.6):
        return clause
    others = dice.sample([r for r in roles if r != role], dice.between(0, 2))
    return replace(clause, roles=tuple(dice.shuffled([role, *others])))


def _slack(value: float, dice: Dice) -> float | int:
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


def _limits(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    found: list[Clause] = []
    for call in calls:
        for param in call.tool.params:
            value = call.arguments.get(param.name)
            if param.is_number and isinstance(value, int | float):
                found.append(
                    Clause(
                        "rows" if call.tool.reads else "limit",
                        (call.tool.key,),
                        subject=param.name,
                        value=_slack(value, scene.dice),
                    )
                )
    return found


def _windows(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    found: list[Clause] = []
    for call in calls:
        for param in call.tool.params:
            if param.kind in ("date", "moment", "past") and param.name in call.arguments:
                days = abs((date.fromisoformat(str(call.arguments[param.name])[:10]) - situation.today).days)
                found.append(
                    Clause("window", (call.tool.key,), subject=param.name, value=days + scene.dice.pick((0, 0, 1, 2, 7, 30, 90)))
                )
    return found


def _owned(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    return [
        Clause("own" if param.kind == "owner" else "department", (call.tool.key,), subject=param.name)
        for call in calls
        for param in call.tool.params
        if param.kind in ("owner", "team") and param.name in call.arguments and call.tool.verb != "check"
    ]


def _attributes(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    dice = scene.dice
    met = [demand for name, value in situation.user.attributes.items() if (demand := _met(name, value, dice)) is not None]
    return [Clause("attribute", (dice.pick(calls).tool.key,), subject=d.subject, op=d.op, value=d.value) for d in met[:2]]


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


def _approvals(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    found: list[Clause] = []
    dice = scene.dice
    for call in calls:
        numbers = [p.name for p in call.tool.params if p.is_number and isinstance(call.arguments.get(p.name), int | float)]
        if call.tool.reads or call.tool.verb == "check":
            continue
        if numbers and dice.chance(0.6):
            name = dice.pick(numbers)
            value = call.arguments[name]
            above = dice.chance(0.5) and _approve(scene, situation, call)
            threshold = max(1, int(value * (0.3 + 0.6 * dice.random()))) if above else _slack(value, dice)
            found.append(Clause("approval", (call.tool.key,), subject=name, value=threshold))
        elif _approve(scene, situation, call):
            found.append(Clause("approval", (call.tool.key,), value=None))
    return found


def _approve(scene: Scene, situation: Situation, call: Call) -> bool:
    """Let the call have an approval: as an argument, or on record in the context."""
    if call.tool.param("approval_id"):
        call.arguments["approval_id"] = f"{scene.dice.pick(('APR', 'OK', 'SIGN', 'A'))}-{scene.dice.digits(5)}"
    else:
        situation.approvals |= {call.tool.key}
    return True


def _destinations(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    found: list[Clause] = []
    for call in calls:
        for param in call.tool.params:
            value = str(call.arguments.get(param.name, ""))
            if param.kind in ("email", "outsider", "colleague") and "@" in value:
                hosts = {
                    value.split("@")[1],
                    situation.home if scene.dice.chance(0.7) else value.split("@")[1],
                    *(values.site(scene.dice) for _ in range(scene.dice.between(0, 2))),
                }
                found.append(Clause("destination", (call.tool.key,), subject=param.name, value=tuple(sorted(hosts))))
    return found


def _states(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    found: list[Clause] = []
    for i, call in enumerate(calls):
        for record in (r for c in calls[:i] for r in c.seen):
            if record.entity.name == call.tool.entity and record.identity in call.arguments.values() and not call.tool.reads:
                for part in record.entity.fields:
                    if "/" in part.kind:
                        value = str(record.values[part.name])
                        others = [w.replace("_", " ") for w in part.kind.split("/") if w.replace("_", " ") != value]
                        found.append(
                            Clause(
                                "status",
                                (call.tool.key,),
                                subject=part.name,
                                value=tuple(sorted({value, *scene.dice.sample(others, scene.dice.between(0, 1))})),
                            )
                        )
    return found


def _counts(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    call = scene.dice.pick(calls)
    count = sum(c.tool is call.tool for c in calls)
    return [Clause("count", (call.tool.key,), value=count + scene.dice.pick((0, 0, 1, 2)))]


def _firsts(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    checks = [i for i, c in enumerate(calls) if c.tool.verb == "check"]
    return (
        [
            Clause("first", (c.tool.key,), value=calls[checks[0]].tool.key)
            for c in calls[checks[0] + 1 :]
            if c.tool.verb != "check"
        ]
        if checks
        else []
    )


def _hours(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    if situation.hour is None:
        return []
    low, high = (
        max(0, situation.hour - scene.dice.pick((0, 1, 2, 4))),
        min(24, situation.hour + 1 + scene.dice.pick((0, 1, 3, 6))),
    )
    return [Clause("hours", (scene.dice.pick(calls).tool.key,), value=(low, high))]


def _totals(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    found: dict[tuple[str, str], Clause] = {}
    for call in calls:
        for param in call.tool.params:
            if param.is_number and isinstance(call.arguments.get(param.name), int | float):
                clause = Clause("total", (call.tool.key,), subject=param.name)
                found[call.tool.key, param.name] = replace(clause, value=_slack(total(clause, calls), scene.dice))
    return list(found.values())


def _own_limits(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    """A limit that stands with the user, not in the policy."""
    for call in calls:
        for param in call.tool.params:
            value = call.arguments.get(param.name)
            if param.is_number and isinstance(value, int | float):
                name = scene.dice.draw(ROW_LIMITS if call.tool.reads else OWN_LIMITS)
                highest = max(amount(c, param.name) for c in calls if c.tool is call.tool)
                situation.user.attributes[name] = _slack(type(value)(highest), scene.dice)
                return [Clause("versus", (call.tool.key,), subject=param.name, value=name)]
    return []


def _dates(call: Call) -> list[tuple[str, date]]:
    """The date arguments of a call."""
    return [
        (p.name, date.fromisoformat(str(call.arguments[p.name])[:10]))
        for p in call.tool.params
        if p.kind in DATES and p.name in call.arguments
    ]


def _periods(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    """From one day to another, often to the very day."""
    dice, call = scene.dice, scene.dice.pick(calls)
    name, day = dice.pick([("", situation.today), *_dates(call) * 3])
    reach = (0, 0, 1, 3, 14, 60, 180)
    span = ((day - timedelta(days=dice.pick(reach))).isoformat(), (day + timedelta(days=dice.pick(reach))).isoformat())
    return [Clause("period", (call.tool.key,), subject=name, value=span)]


def _weekdays(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    dice, call = scene.dice, scene.dice.pick(calls)
    name, day = dice.pick([("", situation.today), *_dates(call) * 3])
    if day.weekday() < 5 and dice.chance(0.4):
        return [Clause("weekday", (call.tool.key,), subject=name, value=WEEKDAYS[:5])]
    some = {WEEKDAYS[day.weekday()], *dice.sample(WEEKDAYS, dice.between(0, 4))}
    return [Clause("weekday", (call.tool.key,), subject=name, value=tuple(d for d in WEEKDAYS if d in some))]


def _records(calls: Sequence[Call]) -> list[tuple[Call, Record]]:
    """The acts on a record that the agent has seen before."""
    return [(call, record) for i, call in enumerate(calls) if not call.tool.reads and (record := acted_on(calls, i)) is not None]


def _record_owners(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    """The record acted on is one that is assigned to the user."""
    found: list[Clause] = []
    for call, record in _records(calls):
        fields = [f for f in record.entity.fields[1:] if f.kind in OWNERSHIP]
        if fields:
            part = scene.dice.pick(fields)
            name = f"{scene.dice.draw(ASSIGNED)}_{part.name}"
            situation.user.attributes[name] = record.values[part.name]
            found.append(Clause("owned", (call.tool.key,), subject=part.name, value=name))
    return found[:1]


def _duties(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    """Nobody decides on what is his own, or gives himself something."""
    found: list[Clause] = []
    for call, record in _records(calls):
        found += [
            Clause("apart", (call.tool.key,), subject=f.name, op="record", value="name")
            for f in record.entity.fields[1:]
            if f.kind == "person"
        ]
    for call in calls:
        found += [
            Clause("apart", (call.tool.key,), subject=p.name, op="argument", value="name" if p.kind == "person" else "mail")
            for p in call.tool.params
            if p.kind in PEOPLE and p.name in call.arguments and not call.tool.reads
        ]
    if not found:
        return []
    chosen = scene.dice.pick(found)
    user = situation.user
    user.attributes[chosen.value] = user.name if chosen.value == "name" else user.mail
    return [chosen]


def _outflows(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    return [
        Clause("outflow", (call.tool.key,), value=min(4, max(1, sent(situation, calls, i)) + scene.dice.pick((0, 0, 1))))
        for i, call in enumerate(calls)
        if (sink := call.tool.destination) and call.tool.carries and is_external(situation, str(call.arguments.get(sink.name)))
    ]


def _allowed_values(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    dice, found = scene.dice, list[Clause]()
    for call in calls:
        for param in call.tool.params:
            value = call.arguments.get(param.name)
            if value is None or not ("/" in param.kind or param.kind in ENUMERABLE):
                continue
            others = choices(param.kind, dice)
            some = {value, *dice.sample(others, dice.between(0, max(1, len(others) // 2)))}
            found.append(Clause("enum", (call.tool.key,), subject=param.name, value=tuple(dice.shuffled(sorted(some, key=str)))))
    return found


def _forbidden(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    """Words that a text must not hold, or values that an argument must not have."""
    dice, found = scene.dice, list[Clause]()
    for call in calls:
        for param in call.tool.params:
            if param.name not in call.arguments or call.tool.reads:
                continue
            if param.is_text or param.kind in ("title", "topic"):
                some = [dice.draw(BANNED) for _ in range(dice.between(1, 4))]
            elif param.is_destination or param.kind in ENUMERABLE:
                some = [values.draw(param.kind, dice) for _ in range(dice.between(1, 3))]
            else:
                continue
            found.append(Clause("forbid", (call.tool.key,), subject=param.name, value=tuple(dict.fromkeys(some))))
    return found


def _sources(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    return [
        Clause("source", (call.tool.key,), subject=param.name)
        for call in calls
        if not call.tool.reads
        for param in call.tool.params
        if param.name in call.arguments and param.kind not in GIVEN and stated(situation, call.arguments[param.name])
    ]


def _trusted(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    acts = [c.tool.key for c in calls if not c.tool.reads and c.tool.verb != "check"]
    return [Clause("trusted", (scene.dice.pick(acts),))] if acts else []


Maker = Callable[[Scene, Situation, Sequence[Call]], list[Clause]]
_MAKERS: dict[Maker, float] = {
    _limits: 1, _totals: 0.8, _own_limits: 0.8, _destinations: 1, _owned: 1, _record_owners: 1, _states: 1, _allowed_values: 1, _outflows: 1, _windows: 1, _firsts: 1,
    _duties: 0.8, _approvals: 0.7, _sources: 0.6, _hours: 0.6, _forbidden: 0.5, _attributes: 0.7, _trusted: 0.4, _counts: 0.4, _periods: 0.35, _weekdays: 0.35,
}  # fmt: skip
"""How often each is asked: what fits any call would else crowd out what fits few."""


def _ceilings(scene: Scene, calls: Sequence[Call]) -> list[Clause]:
    """For each role, how sensitive what it reads may be; for the user's, often just what it reads."""
    dice, world = scene.dice, scene.world
    mine = max([max_level(call) for call in calls])
    tools = (QUERY,) if all(c.tool.key == QUERY for c in calls) and dice.chance(0.5) else ()
    return [
        Clause("ceiling", tools, (role,), value=min(5, max(1, mine + dice.pick((0, 0, 1)))) if role == world.user.role else dice.between(1, 5))
        for role in world.domain.roles
    ]  # fmt: skip


def _classes(scene: Scene, calls: Sequence[Call]) -> Clause:
    """The sensitivity of every column above the lowest, for what the world is about and what the plan reads."""
    entities = dict.fromkeys([*scene.world.domain.entities, *(r.entity for c in calls for r in c.seen)])
    return Clause("classes", value={e.plural: {f.name: f.level for f in e.fields if f.level > 1} for e in entities})


def _tool_lists(scene: Scene, calls: Sequence[Call]) -> list[Clause]:
    """Who may call what: a list of what each role may call, or of what some roles may not."""
    dice, world = scene.dice, scene.world
    mine, used, keys = world.user.role, [c.tool.key for c in calls], list(world.tools)
    found: list[Clause] = []
    listing = dice.chance(0.65)
    for role in world.domain.roles:
        if not listing:
            banned = [k for k in dice.sample(keys, dice.between(1, 4)) if role != mine or k not in used]
            if banned and dice.chance(0.6):
                found.append(Clause("deny", tuple(banned), (role,)))
            continue
        share = dice.sample(keys, dice.between(2, max(3, len(keys) // 2)))
        tools = dict.fromkeys([*used, *share] if role == mine else [*share, *(used if dice.chance(0.5) else used[:-1])])
        found.append(Clause("allow", tuple(dice.shuffled(list(tools))), (role,)))
    return found


def _column_lists(scene: Scene, calls: Sequence[Call]) -> list[Clause]:
    """For each role, the columns it may read; what the user's role reads is among its own, and often just that."""
    dice, world = scene.dice, scene.world
    found: list[Clause] = []
    for role in world.domain.roles:
        tables: dict[str, tuple[str, ...]] = {}
        for one in world.domain.entities:
            fields = [f.name for f in one.fields]
            asked = (
                [c for call in calls if role == world.user.role for c in call.arguments.get("columns", {}).get(one.plural, ())]
                if calls
                else []
            )
            more = dice.sample(fields, dice.between(0 if asked else 1, max(1, len(fields) - 2)))
            if asked or dice.chance(0.7):
                tables[one.plural] = tuple(f for f in fields if f in asked or f in more)
        found.append(Clause("columns", (QUERY,), (role,), "columns", "subset", tables))
    return found


def _strangers(scene: Scene, used: set[str], count: int) -> list[Clause]:
    """Rules about tools that the plan does not use."""
    dice = scene.dice
    tools = [t for k, t in scene.world.tools.items() if k not in used and not t.reads and t.verb != "check"]
    found: list[Clause] = []
    for tool in dice.sample(tools, count):
        numbers = [p for p in tool.params if p.is_number]
        if numbers and dice.chance(0.5):
            param = dice.pick(numbers)
            found.append(
                Clause("limit", (tool.key,), subject=param.name, value=_slack(_as_number(values.draw(param.kind, dice)), dice))
            )
        elif dice.chance(0.3):
            found.append(Clause("approval", (tool.key,)))
        elif dice.chance(0.3):
            found.append(Clause("count", (tool.key,), value=dice.between(1, 5)))
        else:
            name = dice.pick(list(ATTRIBUTES))
            found.append(
                Clause("attribute", (tool.key,), subject=name, op=ATTRIBUTES[name].op, value=ATTRIBUTES[name].demand(dice))
            )
    return found


def _as_number(value: Any) -> float | int:
    assert isinstance(value, int | float)
    return value
