"""Tools that show one detail of what was found: some services have one for each, for a single record or for many at once."""

from __future__ import annotations

from dataclasses import replace

from trainer.generator.worlds import requests
from trainer.generator.worlds.domain import Entity, Field, Param, Tool
from trainer.generator.worlds.world import World

SHARE = 0.3
"""Of the worlds, those with such a service."""
SHOWN = 2
"""So many fields a listing still shows."""


def equip(world: World) -> None:
    """Give some worlds a tool for each detail of some of their records, in place of the one that shows a record with all its details."""
    if not world.dice.chance(SHARE):
        return
    for one in world.entities.values():
        listing, search, get = (world.reader(verb, one) for verb in ("list", "search", "get"))
        if not (listing and get and len(one.fields) > SHOWN + 1 and world.dice.chance(0.6)):
            continue
        for tool in filter(None, (listing, search)):
            world.tools[tool.key] = replace(tool, shows=tuple(f.name for f in one.fields[:SHOWN]))
        del world.tools[get.key]
        many = world.dice.chance(0.5)
        for part in one.fields[SHOWN:]:
            tool = detail(one, part, many=many)
            world.tools[tool.key], world.areas[tool.key] = tool, world.areas[get.key]


def detail(one: Entity, part: Field, *, many: bool) -> Tool:
    """The tool that shows a field of a record, or of many records."""
    param = Param(one.plural, "@*", True) if many else Param(one.identity, "@", True)
    whose = f"the given {requests.spaced(one.plural)}" if many else f"a {requests.spaced(one.name)}"
    about = f"Returns the {requests.spaced(part.name)} of {whose}."
    return Tool("get", f"{one.name}_{part.name}", (param,), about, one.name, shows=(part.name,))
