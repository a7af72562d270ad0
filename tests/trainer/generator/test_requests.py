"""How requests and injected texts are worded: many ways, values untouched, the frames of a split its own."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest

from trainer.generator.goals import GoalMaker
from trainer.generator.plans import Planner
from trainer.generator.worlds import dates, domains, injections, requests
from trainer.generator.worlds.dice import SPLITS, Dice, Split
from trainer.generator.worlds.world import World

DO = "pay 99.5 EUR to X17"
SHARED = (
    "FRAMES",
    "JOINS",
    "OPENINGS",
    "CLOSINGS",
    "BACKGROUND",
    "DELEGATIONS",
    "REPORTS",
    "RELAYS",
    "PIECES",
    "ACCORDINGLY",
    "LINKS",
    "DIGESTS",
    "NOTES",
    "GATHERINGS",
    "COLLECTIONS",
    "EXTENSIONS",
)
INJECTED = (
    "ORDERS",
    "FACTS",
    "FOREIGN",
    "PRETEXTS",
    "ADDRESSEES",
    "URGENCIES",
    "WRAPPERS",
    "SIGNATURES",
    "ALTERATIONS",
    "ASIDES",
)


@pytest.mark.parametrize("words", [[DO], [DO, "delete note 7"], ["a", "b", "c", DO]])
def test_a_request_says_all_that_is_wanted_in_many_ways(words: list[str]) -> None:
    dice = Dice("requests")
    asked = [requests.ask(words, dice, "Ana") for _ in range(300)]
    assert all(word.lower() in text.lower() for text in asked for word in words)
    assert len(set(asked)) > 240
    assert not any(re.search(r"\{\w*\}", text) for text in asked)


def test_what_is_only_implied_is_said_as_well() -> None:
    dice = Dice("hints")
    asked = [requests.ask(words, dice, "Ana", ["The bill of May is due."]) for words in ([], [DO]) for _ in range(100)]
    assert all("bill of may" in text.lower() for text in asked)


def test_requests_are_terse_and_chatty() -> None:
    dice = Dice("lengths")
    lengths = [len(requests.ask([DO], dice, "Ana")) for _ in range(400)]
    assert min(lengths) <= len(DO) + 2
    assert max(lengths) > 200


def test_misspelling_changes_no_value() -> None:
    dice = Dice("typos")
    changed = {requests._misspelt("could you quickly {do}?", dice) for _ in range(50)}
    assert len(changed) > 5
    assert all("{do}" in frame for frame in changed)
    assert "could you quickly {do}?" not in changed


def test_hints_need_nothing_but_the_record_and_the_receiver() -> None:
    for pool in (*requests.HINTS.values(), requests.APPOINTMENTS):
        for hint in pool:
            assert set(re.findall(r"\{(\w+)\}", hint)) <= {"it", "to"}, hint
            assert "{it}" in hint, hint


def test_an_order_says_what_to_do_in_hundreds_of_ways() -> None:
    dice = Dice("orders")
    orders = [injections.order(DO, dice, "Bo") for _ in range(500)]
    assert all(DO.lower() in text.lower() for text in orders)
    assert len(set(orders)) > 350
    assert not any("{" in text.replace('{"', "") for text in orders)


@pytest.mark.parametrize("make", [injections.alteration, injections.addition])
def test_an_alteration_names_the_argument_and_its_value(make: Any) -> None:
    dice = Dice("alterations")
    texts = [make("due_date", "2031-02-03", dice, "Bo") for _ in range(300)]
    assert all("2031-02-03" in text and "due date" in text.lower() for text in texts)
    assert len(set(texts)) > 200


def test_a_shadow_names_the_tool() -> None:
    dice = Dice("shadows")
    assert all("mail.send" in injections.shadow("mail.send", DO, dice) for _ in range(50))
    assert all("mail.send" in injections.shadow_value("mail.send", "to", "x@y.z", dice) for _ in range(50))


def test_wording_of_a_split_is_its_own() -> None:
    """Pools are long enough to be divided; what a split draws from them, no other split does."""
    for module, names in ((requests, SHARED), (injections, INJECTED)):
        for name in names:
            pool = getattr(module, name)
            assert len(pool) >= Dice.SHARED, name
            drawn = {
                split: {pool.index(dice.draw(pool)) for _ in range(300)} for split in SPLITS for dice in (Dice(name, split),)
            }
            assert all(not {pool[i] for i in drawn[a]} & {pool[i] for i in drawn[b]} for a, b in combinations(SPLITS, 2)), name


def test_no_frame_stands_in_a_pool_twice_in_different_splits() -> None:
    for module, names in ((requests, SHARED), (injections, INJECTED)):
        for name in names:
            places: dict[str, set[int]] = {}
            for i, frame in enumerate(getattr(module, name)):
                places.setdefault(frame, set()).add(max(i % 10, 7))
            assert all(len(split) == 1 for split in places.values()), name


def _world(seed: str, split: Split = "train") -> World:
    dice = Dice(seed, split)
    return World(dice, dice.pick(domains.DOMAINS[split]), domains.FACILITIES[split])


@pytest.mark.parametrize("split", SPLITS)
def test_goals_of_all_sorts_can_be_said(split: Any) -> None:
    says: list[str] = []
    for seed in range(60):
        world = _world(f"goals/{seed}", split)
        maker = GoalMaker(world)
        goals = [maker.any() for _ in range(4)]
        goals += [maker.tellings.report(spelling=s) for s in requests.SPELLED] + [maker.tellings.pieces()]
        goals += [maker.tellings.relay()] if maker.tellings.relays else []
        goals += [maker.tellings.address()] if maker.visits else []
        goals += [maker.tellings.gather()] if maker.tellings.carriers else []
        goals += [
            goal
            for goal in (
                maker.choose(),
                maker.tellings.digest(),
                maker.tellings.extend(),
                maker.follow() if maker.visits else None,
            )
            if goal
        ]
        says += [text for goal in goals for text in (goal.say, goal.hint) if text]
        for goal in goals:
            assert goal.say
            assert len(goal.reads) == len(goal.queries)
            assert all(step.tool is not None for step in goal.steps[:-1])
    assert not any("{" in text for text in says)
    assert len(set(says)) > 0.9 * len(says)


def test_who_asks_for_the_most_has_all_of_them_looked_at() -> None:
    acts = 0
    for seed in range(40):
        world = _world(f"choices/{seed}")
        goal = GoalMaker(world).choose()
        if goal is None:  # a world without numbers
            continue
        chosen, *others = [r for r in goal.reads if r.entity is goal.reads[0].entity]
        assert {chosen, *others} == set(world.records(chosen.entity))
        plan = Planner(world).calls([goal])
        assert {r for call in plan for r in call.seen if not call.brief} >= {chosen, *others}
        acts += any(value == chosen.identity for value in plan[-1].arguments.values()) and not plan[-1].tool.reads
    assert acts > 10


def test_a_link_is_opened_as_the_record_has_it_and_a_digest_is_of_the_text() -> None:
    links = digests = 0
    for seed in range(200):
        world = _world(f"texts/{seed}")
        maker = GoalMaker(world)
        if maker.visits and (link := maker.follow()):
            assert set(link.slots.values()) <= set(link.reads[0].values.values())
            links += 1
        if maker.tellings.carriers and (digest := maker.tellings.digest()):
            texts = [str(r.values[r.entity.free[0]]).lower() for r in digest.reads if r.entity.free]
            words = [w.strip(".,;:") for w in str(digest.carries[0]).lower().split()]
            assert any(word in text for word in words if len(word) > 3 for text in texts)
            digests += 1
    assert digests > 100
    assert links, "few worlds have records with addresses"


def test_a_list_of_all_records_is_what_they_hold_and_all_are_looked_at() -> None:
    kept = 0
    for seed in range(60):
        world = _world(f"lists/{seed}")
        maker = GoalMaker(world)
        goal = maker.tellings.gather()
        records = world.records(goal.reads[0].entity)
        assert len(str(goal.carries[0]).splitlines()) >= len(records)
        assert any(all(str(r.values[f.name]) in str(goal.carries[0]) for r in records) for f in records[0].entity.fields[1:])
        plan = Planner(world).calls([goal])
        assert {r for call in plan for r in call.seen if not call.brief} >= set(records)
        assert any(str(goal.carries[0]) in str(v) for v in plan[-1].arguments.values())
        kept += plan[-1].tool in maker.tellings.stores
    assert 5 < kept < 55


def test_what_the_agent_adds_by_itself_goes_to_the_record_that_was_meant() -> None:
    longest = 0
    for seed in range(60):
        world = _world(f"own/{seed}")
        goal = GoalMaker(world).tellings.extend()
        assert goal is not None
        assert goal.tool is not None
        act = Planner(world).calls([goal])[-1]
        assert act.tool is goal.tool
        assert goal.slots.items() <= act.arguments.items()
        longest = max(longest, *(str(v).count("\n") for v in act.arguments.values()))
    assert longest > 3


def test_a_day_is_said_in_many_ways_all_of_which_count_as_said() -> None:
    dice = Dice("days")
    said: set[str] = set()
    for ahead in range(-3, 40):
        day = (dice.today + timedelta(days=ahead)).isoformat()
        for value in (day, f"{day} 09:30", f"{day} 14:00"):
            for _ in range(120):
                form = dates.spoken(value, dice)
                said.add(form)
                assert any(way in form for way in dates.ways(value, dice.today)), (value, form)
    assert len(said) > 400
    assert any("pm" in form for form in said)
    assert {"tomorrow", "today"} <= said


@pytest.mark.parametrize("value", ["12", "2031-02-30x", "FR76 2024-01-01", "a/b"])
def test_what_is_no_day_is_said_as_it_is(value: str) -> None:
    assert dates.ways(value, Dice("x").today) == (value,)
