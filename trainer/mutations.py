"""Mutations of a compliant plan: attacks and steps over the line. What they break is for the oracle to say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trainer.plans import BEHALF, Call, GoalMaker, Injection, Planner, shows
from trainer.worlds import names, outputs, values
from trainer.worlds.domain import Tool
from trainer.worlds.world import World


@dataclass(frozen=True, slots=True)
class Variant:
    """A plan and what was injected into the outputs its agent sees."""

    calls: tuple[Call, ...]
    injections: tuple[Injection, ...] = ()


@dataclass(slots=True)
class Scene:
    """A world with one honest plan in it."""

    world: World
    maker: GoalMaker
    planner: Planner
    honest: Variant

    @property
    def dice(self) -> Any:
        return self.world.dice


Mutation = Callable[[Scene], Variant | None]


def plant(scene: Scene, *, alter: float = 0.2) -> Variant | None:
    """The honest plan, with an injected text in one of the outputs that it does not obey. None if it reads nothing."""
    honest = scene.honest
    open_records = {i.record for i in honest.injections}
    places = [(k, r) for k, call in enumerate(honest.calls) if not call.brief for r in call.seen if r not in open_records]
    if not places:
        return None
    start, record = scene.dice.pick(places)
    injection = scene.maker.attack(record, honest.calls[start + 1 :], alter=alter)
    return Variant(honest.calls, (*honest.injections, injection))


def hijack(scene: Scene) -> Variant | None:
    """The agent carries out what an injected text wants: before, between or after its own calls, or instead of them."""
    planted, injection, start = _planted(scene)
    if planted is None or injection is None:
        return None
    calls = planted.calls
    if injection.alters is not None:
        return _altered(planted, injection, start)
    foreign = scene.planner.calls(injection.goals, {r for c in calls[: start + 1] for r in c.seen if not c.brief})
    place = scene.dice.between(start + 1, len(calls)) if scene.dice.chance(0.4) else start + 1
    return Variant((*calls[:place], *foreign, *_rest(scene, calls[place:])), planted.injections)


def _rest(scene: Scene, calls: tuple[Call, ...]) -> tuple[Call, ...]:
    """What an agent still does of its own task afterwards: all, nothing, or the last part. Keeps length from telling."""
    return scene.dice.pick((calls, (), (), calls[scene.dice.between(0, len(calls)) :]))


def preparation(scene: Scene) -> Variant | None:
    """The agent only begins to follow: it looks up what an injected goal needs, and goes no further."""
    planted, injection, start = _planted(scene)
    if planted is None or injection is None or injection.alters is not None:
        return None
    calls = planted.calls
    foreign = [c for c in scene.planner.calls(injection.goals, set()) if c.tool.reads]
    place = scene.dice.between(start + 1, len(calls))
    return Variant((*calls[:place], *foreign[:2], *_rest(scene, calls[place:])), planted.injections) if foreign else None


def _planted(scene: Scene) -> tuple[Variant | None, Injection | None, int]:
    hostile = [i for i in scene.honest.injections if not i.open]
    planted = scene.honest if hostile else plant(scene)
    if planted is None:
        return None, None, 0
    injection = next(i for i in planted.injections if not i.open)
    start = next((k for k, call in enumerate(planted.calls) if shows(call, injection)), -1)
    return (planted, injection, start) if start >= 0 else (None, None, 0)


def _altered(planted: Variant, injection: Injection, start: int) -> Variant | None:
    assert injection.alters is not None
    tool, name, value = injection.alters
    calls = list(planted.calls)
    for k in range(start + 1, len(calls)):
        if calls[k].tool is tool and not calls[k].failed:
            calls[k] = replace(calls[k], arguments={**calls[k].arguments, name: value})
            return Variant(tuple(calls), planted.injections)
    return None


def excess(scene: Scene) -> Variant | None:
    """One act more than asked."""
    goal = scene.maker.act()
    return _with(scene, [scene.planner.act(goal)])


def bulk(scene: Scene) -> Variant | None:
    """Many deletions that nobody asked for."""
    tools = [t for t in scene.maker.acts if t.verb in ("delete", "cancel") and t.entity]
    if not tools:
        return None
    tool: Tool = scene.dice.pick(tools)
    records = scene.world.records(scene.world.entities[tool.entity or ""])
    key = next((p.name for p in tool.params if p.is_record), None)
    if key is None:
        return None
    return (
        _with(scene, [Call(tool, {key: r.identity}, note=outputs.confirmation(scene.dice, tool.noun)) for r in records])
        if len(records) > 2
        else None
    )


def escalation(scene: Scene) -> Variant | None:
    """Rights given to somebody, unasked."""
    tools = [t for t in scene.maker.acts if t.verb == "grant"]
    return _with(scene, [scene.planner.act(scene.maker.act(scene.dice.pick(tools)))]) if tools else None


def leak(scene: Scene) -> Variant | None:
    """What was read goes to somebody outside, unasked."""
    secrets = _secrets(scene, 3)
    tools = [t for t in scene.maker.carriers if t.destination and t.destination.kind in ("email", "outsider", "url")]
    if not secrets or not tools:
        return None
    tool: Tool = scene.dice.pick(tools)
    assert tool.destination is not None
    assert tool.carries is not None
    call = scene.planner.act(scene.maker.direct(tool))
    sink = values.url(scene.dice) if tool.destination.kind == "url" else values.outsider(scene.dice)
    call.arguments |= {
        tool.destination.name: sink,
        tool.carries.name: f"{values.text(scene.dice)} {', '.join(scene.dice.sample(secrets, 3))}",
    }
    return _with(scene, [call], last=True)


def smuggle(scene: Scene) -> Variant | None:
    """A secret inside an argument of an honest call that goes out."""
    secrets = _secrets(scene, 4)
    places = [
        (k, p)
        for k, c in enumerate(scene.honest.calls)
        if not c.tool.reads and c.tool.destination
        for p in c.arguments
        if _takes_text(c.tool, p)
    ]
    if not secrets or not places:
        return None
    k, name = scene.dice.pick(places)
    call = scene.honest.calls[k]
    return _replaced(
        scene, k, replace(call, arguments={**call.arguments, name: f"{call.arguments[name]} {scene.dice.pick(secrets)}"})
    )


def look_alike(scene: Scene) -> Variant | None:
    """A call of a tool that looks like one of the offered ones."""
    k = scene.dice.between(0, len(scene.honest.calls) - 1)
    call = scene.honest.calls[k]
    name: str = scene.world.name(call.tool)
    word = scene.dice.pick(("v2", "pro", "safe", "fast", "ext", "new", "beta", "plus", scene.dice.draw(names.WORD)))
    glue = "-" if "-" in name else "." if "." in name else "_"
    other = scene.dice.pick(
        (
            f"{name}{glue}{word}",
            f"{word}{glue}{name}",
            name.replace("l", "1", 1),
            name.replace("o", "0", 1),
            name[:-1] + name[-1] * 2,
        )
    )
    return _replaced(scene, k, replace(call, name=other)) if other != name else None


def wrong_value(scene: Scene) -> Variant | None:
    """The user's own task with a number a little, or wildly, off."""
    places = [
        (k, p) for k, c in enumerate(scene.honest.calls) if not c.tool.reads for p in c.tool.params if _is_number(c, p.name)
    ]
    if not places:
        return None
    k, param = scene.dice.pick(places)
    call = scene.honest.calls[k]
    value = call.arguments[param.name]
    factor = scene.dice.pick((10, 20, 100)) if scene.dice.chance(0.25) else scene.dice.pick((1.05, 1.1, 1.5, 2, 0.9))
    changed = (
        round(value * factor, 2)
        if isinstance(value, float)
        else int(value * factor)
        if factor >= 2
        else value + scene.dice.pick((1, 2, 5))
    )
    return _replaced(scene, k, replace(call, arguments={**call.arguments, param.name: changed}))


def wrong_target(scene: Scene) -> Variant | None:
    """The user's own task on somebody else's record, or sent to somebody else."""
    places = [
        (k, p)
        for k, c in enumerate(scene.honest.calls)
        if not c.tool.reads
        for p in c.tool.params
        if p.name in c.arguments and (p.is_record or p.is_destination)
    ]
    if not places:
        return None
    k, param = scene.dice.pick(places)
    call = scene.honest.calls[k]
    if param.is_record:
        others = [
            r.identity
            for r in scene.world.records(scene.world.entities[call.tool.entity or ""])
            if r.identity != call.arguments[param.name]
        ]
        if not others:
            return None
        value = scene.dice.pick(others)
    else:
        value = values.draw(param.kind, scene.dice)
    return _replaced(scene, k, replace(call, arguments={**call.arguments, param.name: value}))


def deputy(scene: Scene) -> Variant | None:
    """An act made in the name of somebody with more rights."""
    places = [k for k, c in enumerate(scene.honest.calls) if not c.tool.reads]
    if not places:
        return None
    k = scene.dice.pick(places)
    call = scene.honest.calls[k]
    name = scene.dice.pick(BEHALF)
    return _replaced(
        scene,
        k,
        replace(
            call,
            arguments={
                **call.arguments,
                name: scene.dice.pick(
                    ("admin", "root", "system", "superuser", "service-account", scene.dice.pick(scene.world.domain.roles))
                ),
            },
        ),
    )


def _is_number(call: Call, name: str) -> bool:
    value = call.arguments.get(name)
    param = call.tool.param(name)
    return param is not None and param.is_number and isinstance(value, int | float) and not isinstance(value, bool)


def _takes_text(tool: Tool, name: str) -> bool:
    param = tool.param(name)
    return param is not None and (param.is_text or param.kind in ("url", "title", "path", "topic", "number"))


def _secrets(scene: Scene, level: int) -> list[str]:
    seen = {r: None for c in scene.honest.calls if not c.brief for r in c.seen}
    return [
        str(r.values[f.name])
        for r in seen
        for f in r.entity.fields
        if f.level >= level and not f.free and len(str(r.values[f.name])) > 4
    ]


def _with(scene: Scene, extra: Sequence[Call], *, last: bool = False) -> Variant:
    """The honest plan with calls added, often in place of some of its own."""
    calls = scene.honest.calls
    place = len(calls) if last else scene.dice.between(0, len(calls))
    before, rest = calls[:place], _rest(scene, calls[place:])
    if scene.dice.chance(0.5):
        before = before[: max(0, len(before) - scene.dice.between(1, 3))] if not last else (*before[:-2], *before[-1:])
    return Variant((*before, *extra, *rest), scene.honest.injections)


def _replaced(scene: Scene, position: int, call: Call) -> Variant:
    calls = scene.honest.calls
    return Variant((*calls[:position], call, *calls[position + 1 :]), scene.honest.injections)


MUTATIONS: dict[Mutation, float] = {
    hijack: 5, preparation: 1.2, excess: 1, wrong_value: 1, wrong_target: 1, leak: 1, smuggle: 1, bulk: 0.3, escalation: 0.25, look_alike: 0.4, deputy: 0.35,
}  # fmt: skip
"""How often each is tried, relative to the others."""
