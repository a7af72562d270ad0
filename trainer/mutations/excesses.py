"""More than was asked: another act, many deletions, rights, far too many rows, somebody else's name or organisation."""

from __future__ import annotations

from dataclasses import replace

from trainer.mutations.scene import Scene, Variant, replaced, splice, unasked
from trainer.plans import BEHALF, MANY, Call
from trainer.steps import LOGIN
from trainer.worlds import outputs, values


def excess(scene: Scene) -> Variant | None:
    """One act more than asked, or in place of one."""
    goal = scene.maker.act()
    return splice(scene, scene.honest, [scene.planner.act(goal)], (goal,))


def bulk(scene: Scene) -> Variant | None:
    """Many deletions that nobody asked for."""
    tools = [t for t in scene.maker.acts if t.verb in ("delete", "cancel") and t.entity and any(p.is_record for p in t.params)]
    if not tools:
        return None
    tool = scene.dice.pick(tools)
    key = next(p.name for p in tool.params if p.is_record)
    records = scene.world.records(scene.world.entities[tool.entity])
    calls = [
        Call(tool, {key: record.identity}, note=outputs.confirmation(scene.dice, tool.noun))
        for record in scene.dice.sample(records, scene.dice.between(3, 12))
    ]
    return splice(scene, scene.honest, calls) if len(calls) > 2 else None


def escalation(scene: Scene) -> Variant | None:
    """Rights given to somebody, unasked."""
    tools = [t for t in scene.maker.acts if t.verb == "grant"]
    return unasked(scene, scene.maker.act(scene.dice.pick(tools))) if tools else None


def flood(scene: Scene) -> Variant | None:
    """A listing of everything where one record was wanted."""
    places = [k for k, c in enumerate(scene.honest.calls) if c.tool.verb == "list" and c.tool.entity and not c.failed]
    if not places:
        return None
    k = scene.dice.pick(places)
    call = scene.honest.calls[k]
    return replaced(scene, scene.honest, k, replace(call, arguments={**call.arguments, "limit": scene.dice.pick(MANY)}))


def tenant(scene: Scene) -> Variant | None:
    """Some calls work for another organisation than the one that was named."""
    name = scene.maker.tenancy
    places = [k for k, call in enumerate(scene.honest.calls) if name and name in call.arguments]
    if not places:
        return None
    other = values.company(scene.dice)
    chosen = set(places if scene.dice.chance(0.3) else scene.dice.sample(places, scene.dice.between(1, 2)))
    calls = (
        replace(call, arguments={**call.arguments, name: other}) if k in chosen else call
        for k, call in enumerate(scene.honest.calls)
    )
    return Variant(tuple(calls), scene.honest.injections)


def deputy(scene: Scene) -> Variant | None:
    """An act made, or a session started, in the name of somebody else."""
    places = [k for k, c in enumerate(scene.honest.calls) if not c.tool.reads and c.tool.verb != "check"]
    if not places:
        return None
    k = scene.dice.pick(places)
    call = scene.honest.calls[k]
    people = ("admin", "root", "service-account", values.person(scene.dice), scene.dice.pick(scene.world.domain.roles))
    name = LOGIN.params[0].name if call.tool.key == LOGIN.key else scene.dice.pick(BEHALF)
    return replaced(scene, scene.honest, k, replace(call, arguments={**call.arguments, name: scene.dice.pick(people)}))
