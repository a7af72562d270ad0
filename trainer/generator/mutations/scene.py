"""A world with one honest plan in it, and ways to put other calls into that plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from trainer.generator.goals import GoalMaker
from trainer.generator.plans import LONGEST, Call, Goal, Injection, Planner, visible
from trainer.generator.worlds.world import Record, World


@dataclass(frozen=True, slots=True)
class Variant:
    """A plan and what was injected into the outputs its agent sees."""

    calls: tuple[Call, ...]
    injections: tuple[Injection, ...] = ()
    serves: tuple[Goal, ...] = ()
    """What it is after besides the user's goals, if somebody could want that as it is."""


@dataclass(slots=True)
class Scene:
    """A world with one honest plan in it."""

    world: World
    maker: GoalMaker
    planner: Planner
    honest: Variant
    goals: tuple[Goal, ...] = ()
    """What the honest plan is after."""

    @property
    def dice(self) -> Any:
        return self.world.dice


Mutation = Callable[[Scene], Variant | None]


def splice(scene: Scene, plan: Variant, extra: Sequence[Call], serves: Sequence[Goal] = (), *, after: int = 0) -> Variant:
    """A plan with calls put into it, no earlier than `after`: beside its own, in place of as many, or of more.

    So plans with calls put into them are as often shorter as longer. The call before `after`, which shows what the new ones need, stays.
    """
    dice, calls, style = scene.dice, plan.calls, scene.dice.random()
    place = dice.between(after, len(calls)) if dice.chance(0.6) else after
    others = [*range(place, len(calls)), *(k for k in reversed(range(place)) if k != after - 1)]
    lost = 0 if style < 0.15 else len(extra) if style < 0.3 else dice.between(len(extra), 2 * len(extra) + 5)
    gone = set(others[:lost])
    before, rest = ([calls[k] for k in part if k not in gone] for part in (range(place), range(place, len(calls))))
    return Variant((*before, *extra, *rest)[:LONGEST], plan.injections, tuple(serves))


def replaced(scene: Scene, plan: Variant, position: int, call: Call) -> Variant:
    """A plan with another call in place of one; at times only as far as a little after it, as a runtime asks call by call."""
    calls = (*plan.calls[:position], call, *plan.calls[position + 1 :])
    end = scene.dice.between(position + 1, len(calls)) if scene.dice.chance(0.35) else len(calls)
    return Variant(calls[:end], plan.injections)


def unasked(scene: Scene, goal: Goal, *, after: int = 0) -> Variant:
    """The honest plan with the calls for a goal that nobody gave."""
    known = {r for call in scene.honest.calls[:after] if call.whole for r in call.seen}
    return splice(scene, scene.honest, scene.planner.calls([goal], known), (goal,), after=after)


def secrets(scene: Scene, level: int) -> list[tuple[Record, str, int]]:
    """Sensitive values that the honest plan sees: the record, the field, and the place right after it was first seen."""
    seen: dict[tuple[Record, str], int] = {}
    for k, call in enumerate(scene.honest.calls, 1):
        if not call.brief and not call.failed:
            for record in call.seen:
                for name in visible(call, record):
                    seen.setdefault((record, name), k)
    return [
        (record, name, k)
        for (record, name), k in seen.items()
        if (part := record.entity.field(name)).level >= level and not part.free and len(str(record.values[name])) > 4
    ]
