"""Rule sets around a plan: clauses that it keeps, often only just, among others that bind somebody else or nobody."""

# ruff: noqa: ARG001  (the makers of clauses share one signature)
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from trainer.access import QUERY
from trainer.breaches import breaches
from trainer.mutations import Scene
from trainer.oracle import Situation
from trainer.plans import Call
from trainer.worlds import values
from trainer.worlds.dice import Dice
from trainer.worlds.rules import ATTRIBUTES, Clause


def lay_down(scene: Scene, situation: Situation) -> None:
    """Rules that the honest plan keeps: some bind it, some bind others, some nobody here. Changes the situation."""
    dice, world = scene.dice, scene.world
    calls = scene.honest.calls
    clauses: list[Clause] = []
    binding = [dice.sample(made, 2) for make in dice.shuffled(_MAKERS) if (made := make(scene, situation, calls))]
    bound = [clause for made in binding[: dice.between(1, 5)] for clause in made]
    clauses += [_for_roles(clause, world.user.role, world.domain.roles, dice) for clause in bound]
    if dice.chance(0.6):
        clauses += _tool_lists(scene, calls)
    if any(c.tool.key == QUERY for c in calls) or dice.chance(0.25):
        clauses += _column_lists(scene, calls)
    clauses += _strangers(scene, {c.tool.key for c in calls}, dice.between(0, 4))
    situation.clauses = tuple(c for c in clauses if not breaches(replace(situation, clauses=(c,)), calls))


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
    found: list[Clause] = []
    dice = scene.dice
    for name, value in situation.user.attributes.items():
        attribute = ATTRIBUTES[name]
        demand: Any = attribute.demand(dice)
        if attribute.op == ">=":
            assert isinstance(value, int)
            demand = max(0, value - dice.pick((0, 0, 1, 2, 5)))
        elif attribute.op == "in":
            demand = sorted({str(value), *dice.sample(demand, dice.between(0, 2))})
        elif not value:
            continue
        call = dice.pick(calls)
        found.append(Clause("attribute", (call.tool.key,), subject=name, op=attribute.op, value=demand))
    return found[:2]


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


_MAKERS: tuple[Callable[[Scene, Situation, Sequence[Call]], list[Clause]], ...] = (
    _limits, _windows, _owned, _attributes, _approvals, _destinations, _states, _counts, _firsts, _hours,
)  # fmt: skip


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
