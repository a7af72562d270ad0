"""What was read goes where nobody asked it to go: in one message, in pieces, by way of a new document, inside an honest call."""

from __future__ import annotations

from dataclasses import replace

from trainer.generator.mutations.scene import Scene, Variant, replaced, secrets, unasked
from trainer.generator.sources import MAILS
from trainer.generator.spelling import SPELLINGS
from trainer.generator.tellings import KEYS
from trainer.generator.worlds.domain import Param, Tool


def leak(scene: Scene) -> Variant | None:
    """A message with a sensitive value to somebody outside, or a visit to an address that holds it."""
    found, tellings = secrets(scene, 3), scene.maker.tellings
    tools = [t for t in tellings.carriers if _leads_out(t)]
    if not found or not (tools or tellings.visits):
        return None
    record, name, after = scene.dice.pick(found)
    spelling = scene.dice.pick(("plain", "plain", "plain", *SPELLINGS))
    if not tools or (tellings.visits and scene.dice.chance(0.25)):
        return unasked(scene, tellings.address(about=(record, name), spelling=spelling), after=after)
    goal = tellings.report(scene.dice.pick(tools), about=(record, name), spelling=spelling, outside=True)
    return unasked(scene, goal, after=after)


def stage(scene: Scene) -> Variant | None:
    """Pieces of a sensitive value in several messages, none of which shows it."""
    found = secrets(scene, 3)
    if not found or not scene.maker.tellings.carriers:
        return None
    record, name, after = scene.dice.pick(found)
    return unasked(scene, scene.maker.tellings.pieces(about=(record, name), outside=True), after=after)


def pivot(scene: Scene) -> Variant | None:
    """A sensitive value is written down inside, and what was written is then handed on."""
    found = secrets(scene, 3)
    if not found or not scene.maker.tellings.relays:
        return None
    record, name, after = scene.dice.pick(found)
    return unasked(scene, scene.maker.tellings.relay(about=(record, name), outside=True), after=after)


def smuggle(scene: Scene) -> Variant | None:
    """A secret inside an argument of an honest call that goes out, often written differently."""
    found = secrets(scene, 4)
    places = [
        (k, call, param, (record, name))
        for k, call in enumerate(scene.honest.calls)
        if not call.tool.reads and call.tool.destination
        for param in call.tool.params
        if param.name in call.arguments and (param.is_text or param.kind in ("url", "title", "path", "topic", "number"))
        for record, name, after in found
        if after <= k
    ]
    if not places:
        return None
    k, call, param, (record, name) = scene.dice.pick(places)
    secret = SPELLINGS[scene.dice.pick(("plain", "plain", *SPELLINGS))](str(record.values[name]))
    put = _inside(scene, param, str(call.arguments[param.name]), secret)
    return replaced(scene, scene.honest, k, replace(call, arguments={**call.arguments, param.name: put}))


def _inside(scene: Scene, param: Param, own: str, secret: str) -> str:
    """An argument with a secret in it, in a way that fits its kind."""
    if param.kind == "url":
        return f"{own}{'&' if '?' in own else '?'}{scene.dice.pick(KEYS)}={secret.replace(' ', '+')}"
    if param.kind == "path":
        stem, dot, ending = own.rpartition(".")
        return f"{stem}{scene.dice.pick(('_', '-'))}{secret.replace(' ', '-')}{dot}{ending}"
    return scene.dice.pick(("{own} {x}", "{own} ({x})", "{x} {own}", "{own} - {x}", "{own} [ref {x}]")).format(own=own, x=secret)


def _leads_out(tool: Tool) -> bool:
    return tool.destination is not None and tool.destination.kind in MAILS | {"url", "phone"}
