"""Rule sets around a plan: clauses that it keeps, often only just, among others that bind somebody else or nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from trainer.generator.access import QUERY
from trainer.generator.binding import binding, slack
from trainer.generator.breaches import broken, max_level
from trainer.generator.mutations import Scene
from trainer.generator.oracle import Situation
from trainer.generator.plans import Call
from trainer.generator.worlds import values
from trainer.generator.worlds.dice import Dice
from trainer.generator.worlds.rules import ATTRIBUTES, Clause


def lay_down(scene: Scene, situation: Situation) -> None:
    """Rules that the honest plan keeps: some bind it, some bind others, some nobody here. Changes the situation."""
    dice, world = scene.dice, scene.world
    calls = scene.honest.calls
    shown = replace(situation, injections=scene.honest.injections)
    clauses = [_for_roles(c, world.user.role, world.domain.roles, dice) for c in binding(scene, shown, dice.between(1, 5))]
    situation.approvals = shown.approvals
    if dice.chance(0.75):
        clauses += _tool_lists(scene, calls)
    if any(c.tool.key == QUERY for c in calls) or dice.chance(0.25):
        clauses += _column_lists(scene, calls)
    if dice.chance(0.12):
        clauses += _ceilings(scene, calls)
    clauses += _strangers(scene, {c.tool.key for c in calls}, dice.between(0, 4))
    if any(c.kind in ("ceiling", "outflow") for c in clauses):
        clauses.append(_classes(scene, calls))
    situation.clauses = tuple(c for c in clauses if not broken(shown, c, calls))


def _for_roles(clause: Clause, role: str, roles: Sequence[str], dice: Dice) -> Clause:
    """Binding everyone, or the user's role and perhaps others."""
    if dice.chance(0.6):
        return clause
    others = dice.sample([r for r in roles if r != role], dice.between(0, 2))
    return replace(clause, roles=tuple(dice.shuffled([role, *others])))


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
    listing = dice.chance(0.8)
    for role in world.domain.roles:
        if not listing:
            banned = [k for k in dice.sample(keys, dice.between(1, 4)) if role != mine or k not in used]
            if banned and dice.chance(0.6):
                found.append(Clause("deny", tuple(banned), (role,)))
            continue
        share = dice.sample(keys, dice.between(2, max(3, len(keys) // 2)))
        shared = used if dice.chance(0.35) else dice.sample(used, dice.between(0, len(used) - 1)) if used else []
        tools = dict.fromkeys([*(used if role == mine else shared), *share])
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
                Clause("limit", (tool.key,), subject=param.name, value=slack(_as_number(values.draw(param.kind, dice)), dice))
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
