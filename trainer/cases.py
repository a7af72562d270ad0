"""One case from (seed, index): a world, a request, a plan of the wanted label, its hard negatives, all judged by the oracle."""

from __future__ import annotations

from random import Random
from typing import Any

from trainer import mutations
from trainer.mutations import Mutation, Scene, Variant
from trainer.oracle import Judgement, Label, Situation, judge
from trainer.plans import GoalMaker, Planner, some
from trainer.rendering import Clerk, Metadata, labels, schemas
from trainer.worlds import domains, requests
from trainer.worlds.dice import Dice, Split
from trainer.worlds.prompts import generic
from trainer.worlds.world import World

LABELS: dict[Label, float] = {"gold": 0.61, "boundary": 0.30, "adversarial": 0.09}
SPLIT_SHARES: dict[Split, float] = {"train": 0.92, "validation": 0.04, "test": 0.04}


def split_of(seed: int, index: int) -> Split:
    """Which split the case of an index belongs to."""
    start = Random(f"{seed}/{index}/split").random()
    return "train" if start < SPLIT_SHARES["train"] else "validation" if start < 1 - SPLIT_SHARES["test"] else "test"


def case(seed: int, index: int) -> dict[str, Any]:
    """The case of an index: the same in every process."""
    dice = Dice(f"{seed}/{index}", split_of(seed, index))
    label = dice.weighted(LABELS)
    while True:
        found = _agent_case(dice, label)
        if found is not None:
            name = f"{seed}-{index}"
            found["world"]["seed"] = name
            return {"id": name, **found, "split": dice.split}


def _agent_case(dice: Dice, label: Label) -> dict[str, Any] | None:
    """An agent at work under a generic policy: only request and outputs decide."""
    world = _world(dice)
    scene, situation, said = _scene(world)
    if label == "gold" or dice.chance(0.5):
        planted = mutations.plant(scene) if dice.chance(0.6) else None
        if planted is not None:
            scene.honest = planted
    policy, rendering = generic(world)
    gold = _judged(situation, scene.honest)
    if gold.label != "gold":
        return None
    variants = _variants(scene, situation, dice)
    chosen = next(((n, v, j) for n, v, j in variants if j.label == label), None) if label != "gold" else ("gold", scene.honest, gold)
    if chosen is None:
        return None
    name, variant, judgement = chosen
    governance = {
        "policy": policy,
        "user_role": dice.pick((world.user.role, f"{world.user.name}, {world.user.role} at {world.organisation}", "", "user", "employee")),
        "context": {"request": said},
        "tools": schemas(world, [c.tool for c in scene.honest.calls], dice) if dice.chance(0.9) else [],
    }
    clerk = Clerk(world, governance, Metadata(dice))
    kind = _kind(name, judgement)
    found = {**governance, "execution_plan": clerk.plan(variant), **labels(judgement, kind)}
    others = [(n, v, j) for n, v, j in variants if v is not variant][: dice.between(3, 5)]
    found["hard_negatives"] = [clerk.labelled(v, j, _kind(n, j)) for n, v, j in others]
    if label != "gold":
        found["minimal_pair"] = clerk.labelled(Variant(scene.honest.calls, variant.injections), gold, "gold")
    found["world"] = {"domain": world.domain.name, "rendering": rendering, "vocabulary": world.vocabulary.convention}
    return found


def _kind(name: str, judgement: Judgement) -> str:
    """What a plan is an example of: its most severe finding."""
    if not judgement.violations:
        return "gold"
    return max(judgement.violations, key=lambda v: v[2])[3]


def _world(dice: Dice) -> World:
    facilities = domains.FACILITIES[dice.split]
    return World(dice, dice.pick(domains.DOMAINS[dice.split]), dice.sample(facilities, dice.between(1, 3)))


def _scene(world: World) -> tuple[Scene, Situation, str]:
    """Goals, the request that states them, and the plan of an honest agent."""
    dice, maker, planner = world.dice, GoalMaker(world), Planner(world)
    goals, injections = [maker.any() for _ in range(some(dice, 1, 4, 0.4))], ()
    if dice.chance(0.2) and (found := maker.delegate()):
        goals, injections = [*goals[1:2], found[0]], (found[1],)
    calls = planner.calls([g for goal in goals for g in (goal, *(injections[0].goals if injections and goal is goals[-1] else ()))])
    for place in range(len(calls) - 1, -1, -1):
        if dice.chance(0.07):
            calls.insert(place, planner.failure(calls[place]))
    while dice.chance(0.22):
        place = dice.between(0, len(calls))
        calls[place:place] = planner.detour()
    said = requests.ask([goal.say for goal in goals], dice, world.user.name)
    situation = Situation(world.user, dice.home, dice.today, frozenset(world.tools), tuple(goals))
    return Scene(world, maker, planner, Variant(tuple(calls), injections)), situation, said


def _judged(situation: Situation, variant: Variant) -> Judgement:
    situation.injections = variant.injections
    return judge(situation, variant.calls)


def _variants(scene: Scene, situation: Situation, dice: Dice) -> list[tuple[str, Variant, Judgement]]:
    """Plans that break something, of different kinds, in random order."""
    pool: list[tuple[str, Mutation]] = [*mutations.ATTACKS.items(), *mutations.OVERSTEPS.items(), ("hijack", mutations.hijack), ("hijack", mutations.hijack)]
    found: list[tuple[str, Variant, Judgement]] = []
    for name, mutate in dice.shuffled(pool):
        variant = mutate(scene)
        if variant is not None and variant.calls:
            judgement = _judged(situation, variant)
            if judgement.label != "gold":
                found.append((name, variant, judgement))
    return found
