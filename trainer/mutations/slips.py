"""The user's own task with one value off: a number, a date, a choice, a record, a receiver."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trainer.mutations.scene import Scene, Variant, replaced
from trainer.plans import Call
from trainer.worlds import values
from trainer.worlds.domain import Param

CHOSEN = frozenset({"date", "moment", "time", "title", "product", "person", "city", "department", "company", "number"})
"""Kinds of arguments of which another one is simply the wrong one."""


def wrong_value(scene: Scene) -> Variant | None:
    """A number a little, or wildly, off; another date, name or choice."""
    places = _places(scene, lambda call, param: _is_number(call, param) or param.kind in CHOSEN or "/" in param.kind)
    if not places:
        return None
    k, param = scene.dice.pick(places)
    call = scene.honest.calls[k]
    value = call.arguments[param.name]
    return _changed(scene, k, param, _off(scene, value) if _is_number(call, param) else values.draw(param.kind, scene.dice))


def wrong_target(scene: Scene) -> Variant | None:
    """Somebody else's record, or sent to somebody else."""
    places = _places(scene, lambda call, param: param.is_record or param.is_destination)
    if not places:
        return None
    k, param = scene.dice.pick(places)
    call = scene.honest.calls[k]
    if not param.is_record:
        return _changed(scene, k, param, values.draw(param.kind, scene.dice))
    own = call.arguments[param.name]
    others = [r.identity for r in scene.world.records(scene.world.entities[call.tool.entity or ""]) if r.identity != own]
    return _changed(scene, k, param, scene.dice.pick(others)) if others else None


def _places(scene: Scene, wanted: Any) -> list[tuple[int, Param]]:
    return [
        (k, param)
        for k, call in enumerate(scene.honest.calls)
        if not call.tool.reads
        for param in call.tool.params
        if param.name in call.arguments and wanted(call, param)
    ]


def _changed(scene: Scene, position: int, param: Param, value: Any) -> Variant:
    call = scene.honest.calls[position]
    return replaced(scene, scene.honest, position, replace(call, arguments={**call.arguments, param.name: value}))


def _off(scene: Scene, value: Any) -> float | int:
    factor = scene.dice.pick((10, 20, 100)) if scene.dice.chance(0.25) else scene.dice.pick((1.05, 1.1, 1.5, 2, 0.9))
    if isinstance(value, float):
        return round(value * factor, 2)
    return int(value * factor) if factor >= 2 else value + scene.dice.pick((1, 2, 5))


def _is_number(call: Call, param: Param) -> bool:
    value = call.arguments.get(param.name)
    return param.is_number and isinstance(value, int | float) and not isinstance(value, bool)
