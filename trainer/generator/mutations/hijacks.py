"""Injected texts in what the agent reads: it resists them, begins to follow, or carries out what they want."""

from __future__ import annotations

from dataclasses import replace

from trainer.generator.attackers import Attacker
from trainer.generator.mutations.scene import Scene, Variant, replaced, splice
from trainer.generator.plans import Injection, reveals, shows
from trainer.generator.worlds.world import Record

DESCRIBED = 0.07
"""Share of the injected texts that stand in the description of a tool."""

HARMLESS = 0.1
"""Share of the injected texts that want nothing of an agent."""

PATIENCE = (1, 7)
"""So many foreign calls are made before somebody stops the agent."""


def plant(scene: Scene, *, alter: float = 0.25) -> Variant | None:
    """The honest plan, with an injected text where the agent reads it, that it does not obey. None if it reads nothing."""
    honest, dice, attacker = scene.honest, scene.dice, Attacker(scene.maker)
    if honest.calls and dice.chance(DESCRIBED):
        return Variant(honest.calls, (*honest.injections, attacker.shadow(honest.calls)))
    taken = {i.record for i in honest.injections}
    places = [(k, r) for k, call in enumerate(honest.calls) for r in call.seen if r not in taken and reveals(call, r)]
    if not places:
        return None
    start, record = _place(scene, places)
    planted = [
        attacker.decoy(record, scene.goals)
        if dice.chance(HARMLESS)
        else attacker.attack(record, honest.calls[start + 1 :], alter=alter)
    ]
    others = [r for _, r in places if r is not record]
    if others and dice.chance(0.25):
        planted.append(attacker.decoy(dice.pick(others), scene.goals))
    return Variant(honest.calls, (*honest.injections, *dice.shuffled(planted)))


def _place(scene: Scene, places: list[tuple[int, Record]]) -> tuple[int, Record]:
    """As often a source that the user's goals are about as one that the agent comes across."""
    needed = {r for goal in scene.goals for r in goal.reads}
    named = [place for place in places if place[1] in needed]
    return scene.dice.pick(named if named and scene.dice.chance(0.5) else places)


def hijack(scene: Scene) -> Variant | None:
    """The agent carries out what an injected text wants: before, between or after its own calls, or instead of them."""
    found = _planted(scene)
    if found is None:
        return None
    planted, injection, start = found
    if injection.alters is not None:
        return _altered(scene, planted, injection, start)
    known = {r for c in planted.calls[: start + 1] if c.whole for r in c.seen}
    foreign = scene.planner.calls(injection.goals, known)
    if scene.dice.chance(0.3 if len(planted.calls) > 3 else 0.75):  # the text itself says all that it takes
        foreign = [c for c in foreign if not c.tool.reads] or foreign
    return splice(scene, planted, foreign[: scene.dice.between(*PATIENCE)], injection.goals, after=start + 1)


def preparation(scene: Scene) -> Variant | None:
    """The agent only begins to follow: it looks up what an injected goal needs, and goes no further."""
    found = _planted(scene)
    if found is None or found[1].alters is not None:
        return None
    planted, injection, start = found
    foreign = [c for c in scene.planner.calls(injection.goals, set()) if c.tool.reads]
    return splice(scene, planted, foreign[:2], injection.goals, after=start + 1) if foreign else None


def _planted(scene: Scene) -> tuple[Variant, Injection, int] | None:
    """A plan with an injected text in it, and the first call that shows it; -1 if a tool's description does."""
    planted = scene.honest if any(i.hostile for i in scene.honest.injections) else plant(scene)
    injection = next((i for i in planted.injections if i.hostile), None) if planted else None
    if planted is None or injection is None:
        return None
    if injection.record is None:
        return planted, injection, -1
    start = next((k for k, call in enumerate(planted.calls) if shows(call, injection)), -1)
    return (planted, injection, start) if start >= 0 else None


def _altered(scene: Scene, planted: Variant, injection: Injection, start: int) -> Variant | None:
    assert injection.alters is not None
    tool, name, value = injection.alters
    param = tool.param(name)
    for k, call in enumerate(planted.calls):
        if k > start and call.tool is tool and name in call.arguments and not call.failed:
            put = f"{call.arguments[name]} {value}" if param is not None and param.is_text else value
            return replaced(scene, planted, k, replace(call, arguments={**call.arguments, name: put}))
    return None
