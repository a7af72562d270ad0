"""Renderings of a rule set: the same clauses as JSON or YAML in many shapes and vocabularies, as text, or mixed.

`documents` are the shapes that are data, `texts` those that are text; `words` holds the vocabularies. Whole shapes and vocabularies are held out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import orjson

from trainer.generator.worlds import prompts
from trainer.generator.worlds.dice import Dice, Split
from trainer.generator.worlds.policies import documents, fillers, texts
from trainer.generator.worlds.policies.data import Document
from trainer.generator.worlds.policies.renderer import Renderer
from trainer.generator.worlds.policies.yaml import to_yaml
from trainer.generator.worlds.rules import Clause
from trainer.generator.worlds.world import World

SHAPES: dict[Split, dict[str, float]] = {
    "train": {
        "role_table": 3, "rules": 3, "user_view": 2, "statements": 2, "per_tool": 2, "expressions": 2, "defaults": 1.5, "departments": 1.5, "triples": 1.5, "deny_list": 1.5,
        "matrix": 1.5, "scopes": 1.5, "schema": 1.5, "bullets": 4, "paragraph": 4, "chatty": 2, "plain": 7, "regulations": 2, "table": 2, "sections": 2, "script": 1.5,
    },
    "validation": {"flags": 1, "flat": 1, "handbook": 2},
    "test": {"grants": 1, "policy_set": 1, "letter": 1, "sheet": 1, "grid": 1},
}  # fmt: skip
"""How often each shape is drawn, relative to the others of its split."""
FORMS = ("json", "json", "json", "yaml", "yaml", "text")
MIXED = 0.15
"""Share of documents of which half the clauses are prose, and of texts inside an object."""
LONG, PADDED = 0.03, 0.2
"""Shares of policies with up to 500 clauses, and with a few about other things."""
PER_CLAUSE = 3
"""A document that is data has about as many times the leaves of a text of as many clauses: long ones have fewer clauses."""
NOISE: tuple[tuple[str, Any], ...] = (
    ("version", "2024-06"), ("owner", "security team"), ("review_date", "next quarter"), ("logging", {"level": "info", "retention_days": 90}), ("contact", "policy desk"),
    ("language", "en"), ("timeouts", {"seconds": 30}), ("status", "active"), ("description", "Governs what the agent may do."), ("tags", ["internal", "agents"]),
    ("retry", {"attempts": 2}), ("changelog", ["initial version", "wording"]), ("environment", "production"), ("enabled", True), ("ui", {"theme": "light"}), ("locale", "en-GB"),
    ("issued_by", "compliance"), ("revision", 7), ("cache", {"ttl": 300}), ("telemetry", {"sampling": 0.1}),
)  # fmt: skip
_PROMPT_KEYS = ("system_prompt", "prompt", "instructions", "policy", "text", "document", "briefing", "guidelines", "charter", "notice")  # fmt: skip


def render(world: World, clauses: Sequence[Clause], role: str) -> tuple[Document | str, str]:
    """The rule set as a policy document, and the name of its rendering.

    With dice of the same seed, two rule sets are written alike but for the clauses in which they differ.
    """
    dice = world.dice
    shape, mark = dice.weighted(SHAPES[dice.split]), dice.random()
    more = fillers.long(dice) if mark < LONG else dice.pick(fillers.SIZES) if mark < LONG + PADDED else 0
    if mark < LONG and shape in documents.SHAPES and shape not in ("expressions", "scopes"):
        more //= PER_CLAUSE
    return write(world, clauses, role, shape, more=more)


def write(world: World, clauses: Sequence[Clause], role: str, shape: str, *, more: int = 0) -> tuple[Document | str, str]:
    """The rule set in one shape, with some more clauses that decide nothing; and the name of the rendering."""
    dice = world.dice
    others, foreign = fillers.draw(world, dice.branch("fillers"), more) if more else ([], {})
    renderer = Renderer(world, [*clauses, *others], role, foreign)
    mixed = dice.chance(MIXED)
    if shape in texts.SHAPES:
        text = texts.SHAPES[shape](renderer)
        return (_wrapped(text, dice), f"{shape} object") if mixed else (text, shape)
    if mixed:
        return _half_prose(renderer, shape), f"mixed {shape}"
    document = _padded(renderer.classified(documents.SHAPES[shape](renderer)), dice)
    form = dice.pick(FORMS if shape != "flat" else ("json", "text"))  # keys as long as these are no YAML to the policy's reader
    return (document if form == "json" else _text(document, form, dice)), f"{shape} {form}"


def _text(document: Document, form: str, dice: Dice) -> str:
    if form == "yaml":
        return to_yaml(document)
    indented = dice.chance(0.6)
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() if indented else json.dumps(document, ensure_ascii=False)


def _wrapped(text: str, dice: Dice) -> Document:
    """A text inside an object, perhaps with settings beside it."""
    found: Document = {dice.draw(_PROMPT_KEYS): text}
    return {**found, dice.pick(("metadata", "info", "settings")): dict(dice.sample(NOISE, 2))} if dice.chance(0.5) else found


def _half_prose(renderer: Renderer, shape: str) -> Document | str:
    """Some clauses as prose in front, the others as data."""
    dice = renderer.dice
    half = [c for c in renderer.conditions() if renderer.mark(c) % 2]
    lines = [f"{renderer.prose.sentence(c)}." for c in half]
    said = set(map(id, half))
    renderer.clauses = [c for c in renderer.clauses if id(c) not in said]
    document = renderer.classified(documents.SHAPES[shape](renderer))
    intro = " ".join((prompts.introduction(renderer.world, dice), *lines))
    if dice.chance(0.5):
        return {dice.draw(_PROMPT_KEYS): intro, **document}
    return f"{intro}\n\n```json\n{_text(document, 'text', dice)}\n```\n"


def _padded(document: Document, dice: Dice) -> Document:
    """With settings that decide nothing, before and after."""
    noise = {k: v for k, v in dice.sample(NOISE, dice.between(0, 4)) if k not in document}
    front = list(noise)[::2]
    return {**{k: noise[k] for k in front}, **document, **{k: v for k, v in noise.items() if k not in front}}
