"""Clauses that decide nothing here: about tools and roles of other domains, as long policies of whole organisations are full of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trainer.worlds import domains, values
from trainer.worlds.dice import Dice
from trainer.worlds.domain import Domain, Param, Tool
from trainer.worlds.rules import ATTRIBUTES, WEEKDAYS, Clause
from trainer.worlds.world import World

SIZES = (2, 3, 4, 6)
LONG = (40, 400)
"""Rules of a long policy, each of one to eight clauses as they are read: as many orders of magnitude as sizes in between."""


def long(dice: Dice) -> int:
    """How many clauses a long policy has: many are of some dozens, few of hundreds."""
    low, high = LONG
    return round(low * (high / low) ** dice.random())


def draw(world: World, dice: Dice, count: int) -> tuple[list[Clause], dict[str, tuple[Tool, str]]]:
    """Clauses about tools that the world does not offer, and these tools by key with their areas. No two say the same thing."""
    foreign = [d for d in domains.DOMAINS[dice.split] if d not in world.parts]
    tools = {t.key: (t, d.name) for d in foreign for t in d.acts if t.key not in world.tools}
    places = {t.key: d for d in foreign for t in d.acts if t.key in tools}
    roles = {d.name: [r for r in d.roles if r != world.user.role] for d in foreign}
    keys = list(tools)
    found: dict[tuple[Any, ...], Clause] = {}
    for _ in range(3 * count):
        if len(found) == count or not keys:
            break
        key = dice.pick(keys)
        clause = _clause(tools[key][0], places[key], roles[places[key].name], dice)
        if clause is not None:
            found.setdefault((clause.kind, clause.tools, clause.subject, clause.roles), clause)
    clauses = list(found.values())
    return clauses, {key: tools[key] for clause in clauses for key in clause.tools}


def _clause(tool: Tool, place: Domain, roles: list[str], dice: Dice) -> Clause | None:
    bound = tuple(dice.sample(roles, dice.between(1, 2))) if dice.chance(0.6) else ()
    style = dice.random()
    if style < 0.1 and roles:
        others = [t.key for t in dice.sample(place.acts, 2) if t.key != tool.key]
        return Clause("deny", (tool.key, *others), bound or (dice.pick(roles),))
    if style < 0.5 and tool.params:
        param = dice.pick(tool.params)
        make = _BY_KIND.get(param.kind, _enumerated if "/" in param.kind else _limited if param.is_number else None)
        return make(tool, param, bound, dice) if make else None
    return dice.pick(_GENERAL)(tool, bound, dice)


def _limited(tool: Tool, param: Param, roles: tuple[str, ...], dice: Dice) -> Clause:
    value = values.draw(param.kind, dice)
    return Clause(dice.pick(("limit", "limit", "total", "approval")), (tool.key,), roles, param.name, value=value)


def _enumerated(tool: Tool, param: Param, roles: tuple[str, ...], dice: Dice) -> Clause:
    words = [word.replace("_", " ") for word in param.kind.split("/")]
    return Clause("enum", (tool.key,), roles, param.name, value=tuple(dice.sample(words, dice.between(1, len(words)))))


def _dated(tool: Tool, param: Param, roles: tuple[str, ...], dice: Dice) -> Clause:
    if dice.chance(0.5):
        return Clause("window", (tool.key,), roles, param.name, value=dice.pick((1, 2, 7, 14, 30, 60, 90, 180)))
    return Clause("period", (tool.key,), roles, param.name, value=(values.day(dice, -90, 0), values.day(dice, 0, 120)))


def _addressed(tool: Tool, param: Param, roles: tuple[str, ...], dice: Dice) -> Clause:
    if dice.chance(0.3):
        return Clause("source", (tool.key,), roles, param.name)
    return Clause(
        "destination", (tool.key,), roles, param.name, value=tuple(sorted({values.site(dice) for _ in range(dice.between(1, 3))}))
    )


_BY_KIND: dict[str, Callable[[Tool, Param, tuple[str, ...], Dice], Clause]] = {
    "date": _dated, "moment": _dated, "past": _dated, "email": _addressed, "outsider": _addressed, "colleague": _addressed,
}  # fmt: skip


def _approved(tool: Tool, roles: tuple[str, ...], dice: Dice) -> Clause:
    return Clause("approval", (tool.key,), roles)


def _counted(tool: Tool, roles: tuple[str, ...], dice: Dice) -> Clause:
    return Clause("count", (tool.key,), roles, value=dice.between(1, 9))


def _timed(tool: Tool, roles: tuple[str, ...], dice: Dice) -> Clause:
    if dice.chance(0.5):
        return Clause("weekday", (tool.key,), roles, value=dice.pick((WEEKDAYS[:5], WEEKDAYS[:6], WEEKDAYS[5:], WEEKDAYS[::2])))
    start = dice.between(5, 11)
    return Clause("hours", (tool.key,), roles, value=(start, start + dice.between(4, 12)))


def _attributed(tool: Tool, roles: tuple[str, ...], dice: Dice) -> Clause:
    name = dice.pick(list(ATTRIBUTES))
    return Clause("attribute", (tool.key,), roles, name, ATTRIBUTES[name].op, ATTRIBUTES[name].demand(dice))


_GENERAL: tuple[Callable[[Tool, tuple[str, ...], Dice], Clause], ...] = (_approved, _counted, _timed, _attributed, _attributed)
