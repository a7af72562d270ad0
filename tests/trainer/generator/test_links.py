"""Links: texts hold the addresses of pages, and users want something of what stands there."""

from __future__ import annotations

import pytest

from trainer.generator import links
from trainer.generator.goals import GoalMaker
from trainer.generator.plans import Call, Planner
from trainer.generator.worlds import domains
from trainer.generator.worlds.dice import SPLITS, Dice, Split
from trainer.generator.worlds.world import Record, World


def linked(seed: int, split: Split) -> World:
    dice = Dice(f"links/{seed}", split)
    world = World(dice, dice.pick(domains.DOMAINS[split]), dice.sample(domains.FACILITIES[split], 2))
    links.equip(world)
    return world


@pytest.fixture(scope="module", params=SPLITS)
def worlds(request: pytest.FixtureRequest) -> list[World]:
    return [world for seed in range(120) if (world := linked(seed, request.param)).links]


def test_many_worlds_have_texts_that_name_the_address_of_a_page(worlds: list[World]) -> None:
    assert 25 < len(worlds) < 90
    for world in worlds:
        for record, page in world.links:
            assert any(str(page.identity) in str(value) for value in record.values.values())
            assert record.entity is not page.entity


def test_an_offered_page_takes_no_other_record_s_place() -> None:
    entities = {e.name for split in SPLITS for d in (*domains.DOMAINS[split], *domains.FACILITIES[split]) for e in d.entities}
    assert not entities & {noun for noun, _ in links.PAGES}


def test_who_wants_something_of_a_page_has_the_link_read_first(worlds: list[World]) -> None:
    found = 0
    for world in worlds:
        maker, named = GoalMaker(world), {(id(record), id(page)) for record, page in world.links}
        for goal in (
            maker.inform(),
            maker.tellings.digest() if maker.tellings.carriers else None,
            (maker.delegate() or (None,))[0],
        ):
            if goal is None or tuple(map(id, goal.reads[:2])) not in named:
                continue
            record, page = goal.reads[:2]
            assert str(page.identity) not in goal.say
            calls = Planner(world).calls([goal])
            assert _first(calls, record) <= _first(calls, page)
            found += 1
    assert found > len(worlds) / 2


def _first(calls: list[Call], record: Record) -> int:
    """Where a record is first seen."""
    return next(k for k, call in enumerate(calls) if record in call.seen)
