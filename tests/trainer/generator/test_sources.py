"""What a request leaves out: it stands in a text, in another record, or is worked out; and an agent reads it before it acts."""

from __future__ import annotations

import pytest

from trainer.generator import details
from trainer.generator.goals import GoalMaker
from trainer.generator.plans import Call, Goal, Planner, visible
from trainer.generator.worlds import dates, domains, requests
from trainer.generator.worlds.dice import SPLITS, Dice, Split
from trainer.generator.worlds.world import World


def maker(seed: str, split: Split = "train") -> GoalMaker:
    dice = Dice(seed, split)
    return GoalMaker(World(dice, dice.pick(domains.DOMAINS[split]), domains.FACILITIES[split]))


def texts(goal: Goal) -> str:
    """The texts that a goal reads."""
    return "\n".join(str(r.values[name]) for r in goal.reads for name in r.entity.free)


@pytest.mark.parametrize("split", SPLITS)
def test_what_an_act_needs_stands_in_the_text_that_the_request_names_and_not_in_the_request(split: Split) -> None:
    found = 0
    for seed in range(40):
        made = maker(f"noted/{seed}", split)
        dice = made.dice
        tools = [t for t in made.acts if not any(p.is_record for p in t.params) and any(p.required for p in t.params)]
        goal = made.noted(dice.pick(tools))
        for value in map(str, goal.slots.values()):
            assert any(way in texts(goal) for way in dates.ways(value, dice.today)), (value, texts(goal))
            found += value not in goal.say
        plan = Planner(made.world).calls([goal])
        assert plan[-1].tool is goal.tool
        assert goal.reads[-1] in {r for call in plan[:-1] for r in call.seen}
    assert found > 60


def test_a_value_that_is_left_to_a_text_is_pointed_to_there() -> None:
    pointed = 0
    for seed in range(200):
        made = maker(f"left/{seed}")
        tool = made.dice.pick([t for t in made.acts if t.say and not t.entity])
        goal = made.direct(tool)
        left = [str(v) for v in goal.slots.values() if len(str(v)) > 4 and str(v) in texts(goal) and str(v) not in goal.say]
        pointed += bool(left)
        assert len(goal.reads) == len(goal.queries)
    assert pointed > 8


def test_a_number_that_is_worked_out_is_that_part_of_what_the_records_hold() -> None:
    shares = dict(requests.SHARES)
    checked = 0
    for seed in range(400):
        made = maker(f"worked/{seed}")
        numbers = [t for t in made.acts if t.say and not t.entity and any(p.is_number for p in t.params)]
        if not numbers:
            continue
        tool = made.dice.pick(numbers)
        param = next(p for p in tool.params if p.is_number)
        slots, extra = {param.name: 7}, dict[str, str]()
        reads = made.sources._worked_out(param, slots, extra)
        if reads is None:
            continue
        (field,) = reads.wants
        whole = sum(float(str(r.values[field])) for r in reads.records)
        said = extra[param.name]
        assert any(
            slots[param.name] in (round(share * whole, 2), max(1, round(share * whole)))
            for form, share in shares.items()
            if said.startswith(form.split("{x}")[0]) and said.endswith(form.split("{x}")[1])
        )
        assert field.replace("_", " ") in said
        checked += 1
    assert checked > 100


def test_a_list_is_copied_as_it_stands() -> None:
    grown = 0
    for seed in range(60):
        made = maker(f"copies/{seed}")
        goal = made.tellings.copy()
        assert goal is not None
        plan = Planner(made.world).calls([goal])
        lines = [line.lstrip("-*• 0123456789.)") for line in str(goal.carries[0]).splitlines()]
        assert all(line.removeprefix("Step ").lstrip("0123456789: ") in texts(goal) for line in lines)
        assert any(str(goal.carries[0]) in str(v) for v in plan[-1].arguments.values())
        grown += goal.tool in made.tellings.growing
    assert 10 < grown < 50


# --- A tool for each detail


def detailed(split: Split = "train") -> list[GoalMaker]:
    """Worlds in which some records are seen a detail at a time."""
    found: list[GoalMaker] = []
    for seed in range(90):
        made = maker(f"details/{seed}", split)
        details.equip(made.world)
        if any(made.world.details(one) for one in made.world.entities.values()):
            found.append(made)
    return found


def test_some_worlds_have_a_tool_for_each_detail_and_none_for_all_of_it() -> None:
    found = detailed()
    assert 12 < len(found) < 45
    for made in found:
        world = made.world
        for one in world.entities.values():
            if tools := world.details(one):
                assert world.reader("get", one) is None
                assert {name for t in tools for name in t.shows} == {f.name for f in one.fields[details.SHOWN :]}
                assert all(t.key in world.areas for t in tools)
                assert len({world.name(t) for t in tools}) == len(tools)


def seen(calls: list[Call]) -> set[tuple[int, str]]:
    return {(id(r), name) for call in calls for r in call.seen for name in visible(call, r)}


@pytest.mark.parametrize("split", SPLITS)
def test_an_agent_asks_for_the_details_that_it_was_asked_about(split: Split) -> None:
    asked = several = 0
    for made in detailed(split):
        world, planner = made.world, Planner(made.world)
        for goal in [made.inform() for _ in range(6)] + [
            g for g in (made.choose(), made.tellings.gather(), made.tellings.digest()) if g
        ]:
            if not goal.wants or goal.every:
                continue
            calls = planner.calls([goal])
            first = goal.reads[0]
            if world.details(first.entity):
                wanted = goal.wants & {f.name for f in first.entity.fields}
                assert {(id(first), name) for name in wanted} <= seen(calls)
                asked += 1
                several += any(isinstance(v, list) and len(v) > 1 for c in calls for v in c.arguments.values())
    assert asked > 8
    assert several


def test_a_value_that_a_record_supplies_was_seen_before_the_act() -> None:
    acts = 0
    for made in detailed():
        world, planner = made.world, Planner(made.world)
        tools = [t for t in made.acts if t.say_via and t.entity and t.values and world.details(world.entities[t.entity])]
        for tool in tools:
            goal = made.via(tool)
            calls = planner.calls([goal])
            place = next(k for k, call in enumerate(calls) if call.tool is tool)
            assert {(id(goal.reads[0]), source) for _, source in tool.values} <= seen(calls[:place])
            acts += 1
    assert acts > 20
