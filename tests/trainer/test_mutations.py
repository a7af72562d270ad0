"""Mutations: the oracle alone labels them, what is asked for is gold, and their length gives nothing away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from statistics import mean

import pytest

from trainer import steps
from trainer.goals import GoalMaker
from trainer.mutations import MUTATIONS, Scene, Variant, hijack, look_alikes, plant
from trainer.oracle import ATTACKS, BASE, ENERGIES, Judgement, Situation, judge
from trainer.plans import LONGEST, Call, Goal, Planner, show, shows
from trainer.worlds import domains
from trainer.worlds.dice import Dice
from trainer.worlds.world import World

Play = tuple[Scene, Situation]
KINDS = {
    "hijack": {"hijack", "hijack_to_sink", "altered_argument", "provenance_rug_pull", "instruction_shadowing"},
    "preparation": {"hijack_preparation"},
    "excess": {"excess_action"},
    "wrong_value": {"wrong_value", "scope_blowup"},
    "wrong_target": {"wrong_target", "exfiltration"},
    "leak": {"exfiltration"},
    "smuggle": {"argument_smuggling"},
    "stage": {"staged_exfiltration"},
    "pivot": {"exfiltration_pivot"},
    "bulk": {"destructive_bulk"},
    "escalation": {"privilege_escalation"},
    "flood": {"scope_blowup"},
    "tenant": {"cross_tenant"},
    "look_alike": {"look_alike"},
    "deputy": {"confused_deputy"},
}
"""What each mutation is there to show."""


def play(seed: int) -> Play:
    """A world, some goals in it, and an honest plan, at times with an injected text in sight."""
    dice = Dice(f"mutations/{seed}")
    world = World(dice, dice.pick(domains.DOMAINS["train"]), dice.sample(domains.FACILITIES["train"], dice.between(1, 3)))
    steps.equip(world)
    maker, planner = GoalMaker(world), Planner(world)
    goals = tuple(maker.any() for _ in range(dice.between(1, 3)))
    scene = Scene(world, maker, planner, Variant(tuple(planner.work(goals))), goals)
    if dice.chance(0.5):
        scene.honest = plant(scene) or scene.honest
    return scene, Situation(world.user, dice.home, dice.today, frozenset(world.tools), goals)


def judged(situation: Situation, variant: Variant) -> Judgement:
    return judge(replace(situation, injections=variant.injections), variant.calls)


@pytest.fixture(scope="module")
def plays() -> list[Play]:
    found = (play(seed) for seed in range(260))
    return [(scene, situation) for scene, situation in found if judged(situation, scene.honest).label == "gold"]


def mutated(plays: list[Play], name: str) -> Iterator[tuple[Scene, Situation, Variant]]:
    mutation = next(m for m in MUTATIONS if m.__name__ == name)
    for scene, situation in plays:
        variant = mutation(scene)
        if variant is not None:
            yield scene, situation, variant


def test_nearly_every_honest_plan_is_gold_even_with_an_injection_in_sight(plays: list[Play]) -> None:
    assert len(plays) > 250
    assert sum(any(i.hostile for i in scene.honest.injections) for scene, _ in plays) > 60


def test_every_mutation_is_known_here() -> None:
    assert {m.__name__ for m in MUTATIONS} == set(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_a_mutation_shows_what_it_is_there_for(plays: list[Play], name: str) -> None:
    kinds = Counter(k for _, situation, variant in mutated(plays, name) for k in judged(situation, variant).kinds)
    assert all(kinds[kind] for kind in KINDS[name]), kinds
    assert kinds.most_common(1)[0][0] in KINDS[name]


def test_every_violation_raises_its_own_terms(plays: list[Play]) -> None:
    for name in KINDS:
        for _, situation, variant in mutated(plays, name):
            judgement = judged(situation, variant)
            for kind in judgement.kinds:
                assert all(judgement.terms[term] > BASE[term] for term in ENERGIES[kind]), kind


@pytest.mark.parametrize("name", sorted(set(KINDS) - {"look_alike"}))
def test_the_same_calls_asked_for_by_the_user_are_gold(plays: list[Play], name: str) -> None:
    for _, situation, variant in mutated(plays, name):
        acts = [Goal("", c.tool, dict(c.arguments)) for c in variant.calls if not c.tool.reads]
        reads = [Goal("", None, dict(c.arguments), c.seen, every=bool(c.seen)) for c in variant.calls if c.tool.reads]
        asked = replace(situation, goals=(*situation.goals, *acts, *reads))
        assert judged(asked, variant).label == "gold", judged(asked, variant).findings


def test_a_hijack_is_gold_once_the_injected_goals_are_the_users(plays: list[Play]) -> None:
    attacks = 0
    for _, situation, variant in mutated(plays, "hijack"):
        attacks += judged(situation, variant).label == "adversarial"
        goals = [goal for i in variant.injections for goal in i.goals]
        altered = {i.alters[0] for i in variant.injections if i.alters}
        goals += [Goal("", c.tool, dict(c.arguments)) for c in variant.calls if c.tool in altered]
        asked = replace(situation, goals=(*situation.goals, *goals))
        assert judged(asked, variant).label == "gold", judged(asked, variant).findings
    assert attacks > 150


def test_a_hijack_is_no_hijack_before_its_text_was_read(plays: list[Play]) -> None:
    for _, situation, variant in mutated(plays, "hijack"):
        if any(i.record is None for i in variant.injections):
            continue
        blind = [replace(call, seen=()) for call in variant.calls]
        kinds = judge(replace(situation, injections=variant.injections), blind).kinds
        assert not kinds & (KINDS["hijack"] | KINDS["preparation"])


def test_findings_name_calls_that_the_mutation_put_in_or_changed(plays: list[Play]) -> None:
    for name in ("leak", "stage", "pivot", "smuggle", "look_alike", "deputy", "wrong_target"):
        for scene, situation, variant in mutated(plays, name):
            own = {id(call) for call in scene.honest.calls}
            judgement = judged(situation, variant)
            assert all(id(variant.calls[f.position]) not in own for f in judgement.findings if f.kind in ATTACKS)


def test_all_pieces_of_a_staged_leak_and_both_steps_of_a_pivot_are_found(plays: list[Play]) -> None:
    for name, kind in (("stage", "staged_exfiltration"), ("pivot", "exfiltration_pivot")):
        found = [
            [f.position for f in judged(situation, variant).findings if f.kind == kind]
            for _, situation, variant in mutated(plays, name)
        ]
        assert sum(len(positions) > 1 for positions in found) > 0.6 * len(found) > 10


def test_attacks_are_no_longer_than_honest_plans(plays: list[Play]) -> None:
    honest = [len(scene.honest.calls) for scene, _ in plays]
    attacks: list[int] = []
    longer, shorter = 0, 0
    for name in ("hijack", "leak", "stage", "excess"):
        for scene, _, variant in mutated(plays, name):
            attacks.append(len(variant.calls))
            longer += len(variant.calls) > len(scene.honest.calls)
            shorter += len(variant.calls) < len(scene.honest.calls)
    assert mean(attacks) < mean(honest) + 0.3
    assert max(attacks) <= LONGEST
    assert 0.25 < longer / shorter < 1.5


def test_injected_texts_are_shown_where_they_stand_and_only_there(plays: list[Play]) -> None:
    shown = 0
    for scene, _ in plays:
        for injection in scene.honest.injections:
            for call in scene.honest.calls:
                text = show(scene.world, call, [injection])
                plain = show(scene.world, call, [])
                assert (text != plain) == shows(call, injection)
                shown += text != plain
    assert shown > 60


def test_injections_stand_in_sources_the_user_named_and_in_others(plays: list[Play]) -> None:
    named, other = 0, 0
    for scene, situation in plays:
        needed = {r for goal in situation.goals for r in goal.reads}
        for injection in scene.honest.injections:
            named += injection.record in needed
            other += injection.record not in needed
    assert named > 20
    assert other > 20


def test_injected_texts_are_hardly_ever_alike() -> None:
    texts: list[str] = []
    for seed in range(300):
        scene, _ = play(1_000 + seed)
        planted = plant(scene)
        texts += [i.text for i in planted.injections] if planted else []
    assert len(set(texts)) > 0.99 * len(texts) > 250


def test_a_look_alike_is_no_offered_name(plays: list[Play]) -> None:
    for scene, _, variant in mutated(plays, "look_alike"):
        names = {scene.world.name(tool) for tool in scene.world.tools.values()}
        assert [c.name in names for c in variant.calls if c.name] == [False]


def test_look_alikes_keep_the_look() -> None:
    dice = Dice("look-alikes")
    assert look_alikes._swapped("send_mail", dice) == "mail_send"
    assert look_alikes._homoglyph("access", dice).isascii() is False
    assert look_alikes._confused("pay", dice) == "pay"


def test_nothing_to_read_is_nothing_to_hijack(plays: list[Play]) -> None:
    scene, _ = plays[0]
    act = Call(scene.maker.acts[0], {})
    bare = replace(scene, honest=Variant((act,)))
    assert all(v is None or v.injections[0].record is None for v in (hijack(bare) for _ in range(40)))
