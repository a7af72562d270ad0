"""One case from (seed, index): a world, a request, a plan of the wanted label, its hard negatives, all judged by the oracle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Literal

from trainer import access, bending, mutations, rulesets
from trainer.mutations import Scene, Variant
from trainer.oracle import Judgement, Label, Situation, judge
from trainer.plans import Call, Goal, GoalMaker, Injection, Planner, some
from trainer.rendering import Clerk, Metadata, labels, schemas
from trainer.worlds import domains, policies, prompts, requests
from trainer.worlds.dice import Dice, Split
from trainer.worlds.rules import WEEKDAYS
from trainer.worlds.world import World

Family = Literal["agent", "access", "mixed"]

LABELS: dict[Label, float] = {"gold": 0.61, "boundary": 0.30, "adversarial": 0.09}
FAMILIES: dict[Label, dict[Family, float]] = {
    "gold": {"agent": 0.42, "access": 0.32, "mixed": 0.26},
    "boundary": {"agent": 0.25, "access": 0.43, "mixed": 0.32},
    "adversarial": {"agent": 0.56, "access": 0.12, "mixed": 0.32},
}
"""agent: a generic policy, only request and outputs decide; access: rules, roles and attributes on few calls; mixed: both."""
SPLIT_SHARES: dict[Split, float] = {"train": 0.92, "validation": 0.04, "test": 0.04}
PLANTED: dict[Family, float] = {"agent": 0.65, "access": 0.1, "mixed": 0.45}
"""How often an output of an honest plan holds an injected text that the agent does not obey."""


@dataclass(frozen=True, slots=True)
class Option:
    """A plan that a case may show, with what the oracle says of it."""

    variant: Variant
    judgement: Judgement

    @property
    def kind(self) -> str:
        """What it is an example of: its most severe finding."""
        return max(self.judgement.violations, key=lambda v: v[2])[3] if self.judgement.violations else "gold"


def split_of(seed: int, index: int) -> Split:
    """Which split the case of an index belongs to."""
    start = Random(f"{seed}/{index}/split").random()
    return "train" if start < SPLIT_SHARES["train"] else "validation" if start < 1 - SPLIT_SHARES["test"] else "test"


def case(seed: int, index: int) -> dict[str, Any]:
    """The case of an index: the same in every process."""
    dice = Dice(f"{seed}/{index}", split_of(seed, index))
    label = dice.weighted(LABELS)
    family = dice.weighted(FAMILIES[label])
    while True:
        found = _attempt(dice, label, family)
        if found is not None:
            name = f"{seed}-{index}"
            found["world"] |= {"family": family, "seed": name}
            return {"id": name, **found, "split": dice.split}


def _attempt(dice: Dice, label: Label, family: Family) -> dict[str, Any] | None:
    """A case of this label and family; None if the world drawn holds none."""
    world = World(
        dice,
        dice.pick(domains.DOMAINS[dice.split]),
        dice.sample(domains.FACILITIES[dice.split], dice.between(1 - (family == "access"), 3)),
    )
    if family != "agent":
        access.equip(world)
    scene, situation, said = _scene(world, family)
    if dice.chance(PLANTED[family]):
        planted = mutations.plant(scene)
        if planted is None and family != "access":
            return None
        scene.honest = planted or scene.honest
    if family != "agent":
        rulesets.lay_down(scene, situation)
    gold = Option(scene.honest, _judged(situation, scene.honest))
    if gold.judgement.label != "gold":
        return None
    chosen: Option | None = None
    if label == "boundary" and family != "agent" and dice.chance(0.65) and (tightened := bending.tighten(scene, situation)):
        situation = tightened
        chosen = Option(scene.honest, _judged(situation, scene.honest))
        compliant = bending.comply(scene, situation)
        if chosen.judgement.label != label or compliant is None:
            return None
        gold = Option(compliant, _judged(situation, compliant))
        if gold.judgement.label != "gold":
            return None
    wanted = dice.between(3, 5)
    options = _options(scene, situation, family, None if chosen or label == "gold" else label, wanted)
    if label == "gold":
        chosen = gold
    elif chosen is None:
        chosen = next((o for o in options if o.judgement.label == label), None)
    others = [o for o in options if o is not chosen and o.variant.calls != (chosen or gold).variant.calls][:wanted]
    if chosen is None or len(others) < 3:
        return None
    return _written(scene, situation, said, family, chosen, gold, others)


def _written(
    scene: Scene, situation: Situation, said: str, family: Family, chosen: Option, gold: Option, others: list[Option]
) -> dict[str, Any]:
    world, dice = scene.world, scene.world.dice
    world.user = situation.user
    policy, rendering = (
        prompts.generic(world) if family == "agent" else policies.render(world, situation.clauses, situation.user.role)
    )
    governance = {
        "policy": policy,
        "user_role": _role(world, family),
        "context": _context(world, situation, said, family),
        "tools": schemas(world, [c.tool for c in (*scene.honest.calls, *chosen.variant.calls)], dice)
        if dice.chance(0.9 if family == "agent" else 0.7)
        else [],
    }
    clerk = Clerk(world, governance, Metadata(dice))
    found = {**governance, "execution_plan": clerk.plan(chosen.variant), **labels(chosen.judgement, chosen.kind)}
    found["hard_negatives"] = [clerk.labelled(o.variant, o.judgement, o.kind) for o in others]
    if chosen is not gold:
        pair = (
            gold.variant if gold.variant.calls != scene.honest.calls else Variant(scene.honest.calls, chosen.variant.injections)
        )
        found["minimal_pair"] = clerk.labelled(pair, gold.judgement, "gold")
    found["world"] = {"domain": world.domain.name, "rendering": rendering, "vocabulary": world.vocabulary.convention}
    return found


def _role(world: World, family: Family) -> str:
    user, dice = world.user, world.dice
    if family == "agent":
        return dice.pick(
            (user.role, f"{user.name}, {user.role} at {world.organisation}", "", "user", "employee", f"{user.role} ({user.name})")
        )
    return user.role if dice.chance(0.85) else f"{user.name}, {user.role}"


def _context(world: World, situation: Situation, said: str, family: Family) -> dict[str, Any]:
    """The request and what else a session knows: who the user is, what time it is, what was approved."""
    dice, user = world.dice, situation.user
    context: dict[str, Any] = {"request": said}
    if family == "agent" and dice.chance(0.8):
        return context
    about: dict[str, Any] = {"id": user.identity, **{k: user.attributes[k] for k in dice.shuffled(list(user.attributes))}}
    if dice.chance(0.4):
        about = {"name": user.name, **about}
    if dice.chance(0.8):
        context[dice.pick(("user", "user", "user_info", "profile", "subject", "caller"))] = about
    else:
        context |= {f"user_{k}" if k in ("id", "name") else k: v for k, v in about.items()}
    context[dice.pick(("today", "date", "current_date"))] = situation.today.isoformat()
    if any(c.kind == "weekday" for c in situation.clauses) or dice.chance(0.1):
        context[dice.pick(("weekday", "day_of_week", "day"))] = WEEKDAYS[situation.today.weekday()]
    if situation.hour is not None:
        context[dice.pick(("time", "local_time", "now"))] = f"{situation.hour:02d}:{dice.pick(('00', '10', '25', '40', '59'))}"
    approved = sorted(world.name(world.tools[key]) for key in situation.approvals if key in world.tools)
    if approved or dice.chance(0.15):
        others = [
            world.name(t) for t in dice.sample(list(world.tools.values()), dice.between(0, 1)) if t.key not in situation.approvals
        ]
        context[dice.pick(("approvals", "approved", "approved_actions"))] = [*approved, *others] if dice.chance(0.5) else approved
    return context


def _scene(world: World, family: Family) -> tuple[Scene, Situation, str]:
    """Goals, the request that states them, and the plan of an honest agent."""
    dice, maker, planner = world.dice, GoalMaker(world), Planner(world)
    scene = Scene(world, maker, planner, Variant(()))
    goals, calls, injections = _few(scene) if family == "access" else _several(scene)
    said = requests.ask([goal.say for goal in goals], dice, world.user.name)
    scene.honest = Variant(tuple(calls), injections)
    hour = dice.between(0, 23) if family != "agent" and dice.chance(0.3) else None
    return scene, Situation(world.user, dice.home, dice.today, frozenset(world.tools), tuple(goals), hour=hour), said


def _several(scene: Scene) -> tuple[list[Goal], list[Call], tuple[Injection, ...]]:
    """One to four goals, sometimes in a text that the user points to, with retries and detours."""
    dice, maker, planner = scene.dice, scene.maker, scene.planner
    goals, injections = [maker.any() for _ in range(some(dice, 1, 4, 0.45))], ()
    if dice.chance(0.2) and (found := maker.delegate()):
        goals, injections = [*goals[1:2], found[0]], (found[1],)
    calls = planner.calls(
        [g for goal in goals for g in (goal, *(injections[0].goals if injections and goal is goals[-1] else ()))]
    )
    for place in range(len(calls) - 1, -1, -1):
        if dice.chance(0.07):
            calls.insert(place, planner.failure(calls[place]))
    while dice.chance(0.3):
        place = dice.between(0, len(calls))
        calls[place:place] = planner.detour()
    return goals, [*_check(scene, 0.25), *calls], injections


def _few(scene: Scene) -> tuple[list[Goal], list[Call], tuple[Injection, ...]]:
    """A question about columns, or one or two acts with the least of lookups."""
    dice = scene.dice
    if dice.chance(0.45):
        asked = [access.query(scene) for _ in range(some(dice, 1, 2, 0.2))]
        return [goal for goal, _ in asked], [*_check(scene, 0.12), *(call for _, call in asked)], ()
    numeric = [t for t in scene.maker.acts if any(p.is_number or p.kind in ("date", "moment") for p in t.params)]
    goals = [scene.maker.act(dice.pick(numeric) if numeric and dice.chance(0.5) else None) for _ in range(some(dice, 1, 2, 0.25))]
    calls = scene.planner.calls(goals) if dice.chance(0.5) else [scene.planner.act(goal) for goal in goals]
    return goals, [*_check(scene, 0.2), *calls], ()


def _check(scene: Scene, share: float) -> list[Call]:
    checks = [tool for tool in scene.world.tools.values() if tool.verb == "check"]
    if not checks or not scene.dice.chance(share):
        return []
    tool = scene.dice.pick(checks)
    return [
        Call(
            tool,
            {tool.params[0].name: scene.world.user.identity},
            note=scene.dice.pick(("verified", "ok", '{"valid": true}', "yes", "confirmed")),
        )
    ]


def _judged(situation: Situation, variant: Variant) -> Judgement:
    return judge(replace(situation, injections=variant.injections), variant.calls)


def _options(scene: Scene, situation: Situation, family: Family, label: Label | None, wanted: int) -> list[Option]:
    """Plans that break something, of different kinds; one of them with the label, if one is asked for."""
    found: list[Option] = []
    labelled = label is None
    for variant in _variants(scene, situation, family, label):
        option = Option(variant, _judged(situation, variant))
        if option.judgement.label == "gold" or not variant.calls:
            continue
        fits = option.judgement.label == label
        if fits and not labelled:
            labelled = True
            found.insert(0, option)
        elif len(found) <= wanted and sum(o.kind == option.kind for o in found) < 2:
            found.append(option)
        if labelled and len(found) > wanted:
            break
    return found


def _variants(scene: Scene, situation: Situation, family: Family, label: Label | None) -> Iterator[Variant]:
    dice = scene.dice
    if family != "agent":
        bent = [variant for _, variant in bending.bend(scene, situation)]
        yield from bent[: 3 if family == "access" else 2]
    if family == "agent" or (label == "adversarial" and dice.chance(0.7)):
        yield from filter(None, (mutations.hijack(scene),))
    for _ in range(14):
        if (variant := dice.weighted(mutations.MUTATIONS)(scene)) is not None:
            yield variant
