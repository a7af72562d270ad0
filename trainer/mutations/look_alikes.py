"""A call of a tool that only looks like one of the offered ones."""

from __future__ import annotations

import re
from dataclasses import replace

from trainer.mutations.scene import Scene, Variant, replaced
from trainer.worlds.dice import Dice

HOMOGLYPHS = str.maketrans("aceopxysijABCEHKMOPTX", "асеорхуѕіјАВСЕНКМОРТХ")
"""Latin letters and the Cyrillic ones that look the same."""
CONFUSED = (("l", "1"), ("o", "0"), ("i", "l"), ("m", "rn"), ("w", "vv"), ("e", "3"), ("s", "5"), ("l", "I"))
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def look_alike(scene: Scene) -> Variant | None:
    """One honest call goes to another tool with nearly the same name."""
    k = scene.dice.between(0, len(scene.honest.calls) - 1)
    call = scene.honest.calls[k]
    world = scene.world
    own = world.name(call.tool)
    ways = (_homoglyph, _confused, _swapped, _doubled, _transposed, _cut)
    other = _extended(scene, own) if scene.dice.chance(0.35) else scene.dice.pick(ways)(own, scene.dice)
    taken = {world.name(tool) for tool in world.tools.values()}
    return None if other in taken else replaced(scene, scene.honest, k, replace(call, name=other))


def _homoglyph(name: str, dice: Dice) -> str:
    place = dice.between(0, len(name) - 1)
    return name[:place] + name[place:].translate(HOMOGLYPHS) if dice.chance(0.5) else name.translate(HOMOGLYPHS)


def _confused(name: str, dice: Dice) -> str:
    old, new = dice.pick([pair for pair in CONFUSED if pair[0] in name] or [("", "")])
    return name.replace(old, new, 1)


def _swapped(name: str, dice: Dice) -> str:
    """Two of the name's words change places."""
    found = list(_WORDS.finditer(name))
    if len(found) < 2:
        return name
    k = dice.between(0, len(found) - 2)
    a, b = found[k], found[k + 1]
    return name[: a.start()] + b[0] + name[a.end() : b.start()] + a[0] + name[b.end() :]


def _doubled(name: str, dice: Dice) -> str:
    place = dice.between(1, len(name) - 1)
    return name[:place] + name[place - 1] + name[place:]


def _transposed(name: str, dice: Dice) -> str:
    place = dice.between(0, len(name) - 2)
    return name[:place] + name[place + 1] + name[place] + name[place + 2 :]


def _cut(name: str, dice: Dice) -> str:
    """One letter or separator missing."""
    place = dice.between(1, len(name) - 1)
    return name[:place] + name[place + 1 :]


def _extended(scene: Scene, name: str) -> str:
    """A word more: one that other tools' names hold as well, so that the word itself says nothing."""
    tool = scene.dice.pick(list(scene.world.tools.values()))
    word = scene.dice.pick((*tool.noun.split("_"), tool.verb, "all", "v2"))
    glue = next((mark for mark in "_-.:/" if mark in name), "")
    if not glue:
        return name + word.capitalize()
    return scene.dice.pick((f"{name}{glue}{word}", f"{word}{glue}{name}"))
