"""A limit against one more than it: of two plans that differ in that number alone, does the one over the limit have more energy?

The pairs are made of held-out worlds, whose limits, vocabularies and policies no model has seen: an argument that a rule bounds takes the
bound and one more, if the hidden rules then say that the first is compliant and the second is over that limit and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.figures import ordered_shares
from gatling_core.runtime import Model
from gatling_core.schemas import Case
from trainer.contrasts import EDGE
from trainer.generator.cases import apart
from trainer.generator.groups import Entry, Group, group, split_of
from trainer.generator.mutations import Variant
from trainer.generator.rendering import write
from trainer.generator.sessions import Session, asked_for

KINDS = ("limit", "rows", "versus")
"""Rules that compare one number of a call with a bound: of the rule itself, or of the user."""
SEED = 4_411
"""Other worlds than any that a model was trained or judged on here."""


def limits(package: Path, pairs: int) -> Iterator[dict[str, Any]]:
    """One line for each kind of rule and one for all: how many pairs, and the share ordered rightly with its 95 % interval over worlds."""
    model = Model.load(package)
    ordered: list[bool] = []
    kinds: list[str] = []
    worlds: list[str] = []
    for kind, low, high in _pairs():
        within, over = (score.energy for score in model.score([low, high]))
        ordered.append(within < over)
        kinds.append(kind)
        worlds.append((low.id or "").rpartition("-")[0])
        if len(ordered) == pairs:
            break
    yield from ordered_shares(KINDS, kinds, ordered, worlds)


def _pairs() -> Iterator[tuple[str, Case, Case]]:
    """The kind of the rule, the case at the limit, the case over it."""
    for number in (n for n in count() if split_of(SEED, n) == "test"):
        found = group(SEED, number)
        pairs = [pair for session in _sessions(found) for pair in _at_limits(session)]
        if pairs:
            entries = [entry for _, *both in pairs for entry in both]
            written = apart(write(Group(found.world, found.family, entries), f"{SEED}-{number}"))
            cases = dict(zip(map(id, entries), map(Case.model_validate, written), strict=True))
            yield from ((kind, cases[id(low)], cases[id(high)]) for kind, low, high in pairs)


def _sessions(found: Group) -> Iterator[Session]:
    yield from {id(entry.session): entry.session for entry in found.entries}.values()


def _at_limits(session: Session) -> Iterator[tuple[str, Entry, Entry]]:
    """One pair for each argument of the honest plan that a rule bounds."""
    for clause in session.situation.clauses:
        bound = session.situation.user.attributes.get(str(clause.value)) if clause.kind == "versus" else clause.value
        if clause.kind not in KINDS or not isinstance(bound, int) or isinstance(bound, bool):
            continue
        for position, call in enumerate(session.honest.calls):
            if call.tool.key in clause.tools and isinstance(call.arguments.get(clause.subject), int):
                low, high = (_entry(session, position, clause.subject, value) for value in (bound, bound + 1))
                if low and high and low.judgement.label == "gold" and high.judgement.kinds == frozenset((EDGE,)):
                    yield clause.kind, low, high


def _entry(session: Session, position: int, name: str, value: int) -> Entry | None:
    """The honest plan with this value in one argument, had the user asked for just that if it is the user's; None if that cannot be said."""
    calls = list(session.honest.calls)
    call = calls[position]
    old = call.arguments[name]
    calls[position] = replace(call, arguments={**call.arguments, name: value})
    variant = Variant(tuple(calls), session.honest.injections)
    if not any(goal.tool is call.tool and goal.slots.get(name) == old for goal in session.situation.goals):
        return Entry(session, variant, session.judge(variant))
    found = asked_for(session, call.tool, name, old, value)
    if found is None:
        return None
    asked = Session(session.scene, *found, session.root)
    return Entry(asked, variant, asked.judge(variant))
