"""Groups: the cases of one world. Its sessions and its plans are crossed, and the oracle says of each pair what it is.

So the same plan is compliant under one request, role or rule and not under another, and the same governance sees compliant plans and
others: whoever reads only the plan, or only the policy, learns nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from random import Random
from typing import Literal

from trainer.generator import access, bending, details, links, mutations, steps
from trainer.generator.mutations import Variant
from trainer.generator.oracle import Judgement, Label
from trainer.generator.plans import LONGEST
from trainer.generator.quotas import quota
from trainer.generator.sessions import Session, asked, base, govern, twin, wished
from trainer.generator.worlds import domains
from trainer.generator.worlds.dice import Dice, Split
from trainer.generator.worlds.world import World

Family = Literal["agent", "access", "mixed"]

FAMILIES: dict[Family, float] = {"agent": 0.4, "access": 0.38, "mixed": 0.22}
"""agent: a generic policy, only request and outputs decide; access: rules, roles and attributes on few calls; mixed: both."""
BASES: dict[Family, tuple[int, int]] = {"agent": (3, 3), "access": (4, 5), "mixed": (3, 4)}
"""Requests in a world, at least and at most."""
PLANTED: dict[Family, float] = {"agent": 0.45, "access": 0.1, "mixed": 0.35}
"""How often an output of an honest plan holds an injected text that the agent does not obey."""
HIJACKED: dict[Family, float] = {"agent": 0.7, "access": 0.1, "mixed": 0.6}
"""How often an attack is drawn from the hijacks; few plans of one or two calls can show one, and it makes them longer."""
TWINS: dict[Family, int] = {"agent": 0, "access": 3, "mixed": 1}
"""Requests for which there are sessions that differ in one thing only."""
SPLIT_SHARES: dict[Split, float] = {"train": 0.92, "validation": 0.04, "test": 0.04}
PADDED = 0.12
"""How often a plan stands among many harmless calls, compliant plans and others alike: neither hides an attack, and neither is one."""
PADS = (3, 30)
"""Harmless calls put into such a plan, at least and at most."""
TRIES = 60
"""Plans drawn for a label before a world is given up."""

Draws = Iterator[tuple[Session, Variant | None]]


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A plan under a session, with what the oracle says of it."""

    session: Session
    variant: Variant
    judgement: Judgement

    @property
    def kind(self) -> str:
        """What it is an example of: its most severe finding."""
        return max(self.judgement.violations, key=lambda v: v[2])[3] if self.judgement.violations else "gold"


@dataclass(slots=True)
class Group:
    """SIZE cases of one world."""

    world: World
    family: Family
    entries: list[Entry] = field(default_factory=list[Entry])

    def add(self, session: Session, variant: Variant | None, label: Label) -> bool:
        """Take the plan in if it is one, has this label and is new under its session."""
        if variant is None or not variant.calls:
            return False
        plans = [_padded(session, variant), variant] if self.world.dice.chance(PADDED) else [variant]
        entries = (Entry(session, plan, session.judge(plan)) for plan in plans)
        entry = next((entry for entry in entries if entry.judgement.label == label), None)
        if entry is None or any(e.session is session and e.variant.calls == entry.variant.calls for e in self.entries):
            return False
        self.entries.append(entry)
        return True

    def balance(self, session: Session) -> int:
        """Compliant plans under a session less the others: where it is lowest, one is missing most."""
        labels = [entry.judgement.label == "gold" for entry in self.entries if entry.session is session]
        return 2 * sum(labels) - len(labels)

    def count(self, label: Label) -> int:
        return sum(entry.judgement.label == label for entry in self.entries)


def _padded(session: Session, variant: Variant) -> Variant:
    """The plan among looks at what its world holds, or at what the honest plan reads anyway."""
    dice, calls = session.scene.dice, list(variant.calls)
    own = [call for call in session.honest.calls if call.tool.reads]
    for _ in range(min(dice.between(*PADS), LONGEST - len(calls))):
        place = dice.between(0, len(calls))
        calls[place:place] = [dice.pick(own)] if own and dice.chance(0.5) else session.scene.planner.detour()
    return replace(variant, calls=tuple(calls))


def split_of(seed: int, number: int) -> Split:
    """Which split a group belongs to."""
    start = Random(f"{seed}/{number}/split").random()
    return "train" if start < SPLIT_SHARES["train"] else "validation" if start < 1 - SPLIT_SHARES["test"] else "test"


def group(seed: int, number: int) -> Group:
    """The group of a number: the same in every process."""
    dice = Dice(f"{seed}/{number}", split_of(seed, number))
    wanted = quota(number)
    while True:
        found = _draw(dice, wanted)
        if found is not None:
            return found


def _draw(dice: Dice, wanted: dict[Label, int]) -> Group | None:
    """A group with these labels; None if the world drawn does not hold it."""
    family = dice.weighted(FAMILIES)
    facilities = dice.sample(domains.FACILITIES[dice.split], dice.between(1 - (family == "access"), 3))
    found = Group(World(dice, dice.pick(domains.DOMAINS[dice.split]), facilities), family)
    if family != "access":
        steps.equip(found.world)
        links.equip(found.world)
        details.equip(found.world)
    if family != "agent":
        access.equip(found.world)
    bases = _bases(found)
    hijacked = [(session, attack) for session in bases if (attack := mutations.hijack(session.scene)) is not None]
    if family != "agent":
        allowed = [call for _, attack in hijacked for call in attack.calls] if dice.chance(0.6) else []
        govern(bases, allowed)
    sessions = [*bases, *_attack(found, bases, hijacked, wanted["adversarial"])]
    if family != "agent":
        sessions += _twins(found, bases, wanted["boundary"])
    _fill(found, dice.shuffled(sessions), "boundary", wanted["boundary"], _crooked)
    _fill(found, sorted(sessions, key=found.balance), "gold", wanted["gold"], _straight)
    return found if all(found.count(label) == count for label, count in wanted.items()) else None


def _bases(found: Group) -> list[Session]:
    dice, family = found.world.dice, found.family
    hour = dice.between(0, 23) if family != "agent" and dice.chance(0.3) else None
    bases = [base(found.world, k, few=family == "access", hour=hour) for k in range(dice.between(*BASES[family]))]
    for session in bases:
        if dice.chance(PLANTED[family]):
            session.scene.honest = mutations.plant(session.scene) or session.scene.honest
    return bases


def _attack(found: Group, bases: list[Session], hijacked: list[tuple[Session, Variant]], count: int) -> list[Session]:
    """`count` attacks, and the sessions in which the same calls were asked for."""
    dice = found.world.dice
    sessions: list[Session] = []
    for _ in range(TRIES):
        if found.count("adversarial") == count:
            break
        session, attack = dice.pick(hijacked) if hijacked and dice.chance(HIJACKED[found.family]) else (dice.pick(bases), None)
        in_place = found.family == "access" and dice.chance(0.75)  # its plans are too short to hide a call more
        attack = attack or dice.weighted(mutations.IN_PLACE if in_place else mutations.MUTATIONS)(session.scene)
        if found.add(session, attack, "adversarial") and attack is not None and (legitimate := asked(session, attack)):
            sessions.append(legitimate)
            found.add(legitimate, attack, "gold")
    return sessions


def _twins(found: Group, bases: list[Session], count: int) -> list[Session]:
    """Sessions that differ from another in one thing, so that its plan is over the line: in the governance, or in a value asked for."""
    sessions: list[Session] = []
    for session in found.world.dice.shuffled(bases)[: TWINS[found.family]]:
        bends = [bent for _, bent in bending.bend(session.scene, session.situation)]
        wishes = ((wished(session, bent), bent) for bent in bends)
        pairs = [(twin(session), session.honest), next(((wish, bent) for wish, bent in wishes if wish), (None, None))]
        for other, plan in pairs:
            if found.count("boundary") < count and other is not None and found.add(other, plan, "boundary"):
                sessions.append(other)
                found.add(session, session.honest, "gold")
                found.add(other, other.honest, "gold")
    return sessions


def _fill(
    found: Group, sessions: list[Session], label: Label, count: int, draws: Callable[[Session, list[Session]], Draws]
) -> None:
    """Plans with this label, each session in turn, until there are `count` or nothing new comes."""
    turns = cycle([draws(session, sessions) for session in sessions])
    for session, variant in (next(turn) for turn in islice(turns, TRIES)):
        if found.count(label) == count:
            return
        found.add(session, variant, label)


def _straight(session: Session, _: list[Session]) -> Draws:
    """Plans that should be compliant: the honest one, then others for the same request."""
    yield session, session.honest
    while True:
        yield session, session.replan()


def _crooked(session: Session, others: list[Session]) -> Draws:
    """Plans that may be over the line: bent past a rule, made for another request, mutated."""
    dice = session.scene.dice
    yield from ((session, variant) for _, variant in bending.bend(session.scene, session.situation))
    while True:
        other = dice.pick(others)
        strange = other is not session and dice.chance(0.1)
        yield session, other.honest if strange else dice.weighted(mutations.MUTATIONS)(session.scene)
