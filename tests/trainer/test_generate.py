"""The generator: deterministic, valid, balanced lines; whole domains held out; every phrase of every domain can be said."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import orjson
import pytest

from gatling_core.errors import InvalidInput
from gatling_core.schemas import Case
from trainer import dataset
from trainer import generate as generator
from trainer.cases import cases, written
from trainer.goals import GoalMaker
from trainer.oracle import ATTACKS, BANDS, ENERGIES
from trainer.plans import Planner
from trainer.quotas import SHARES, SIZE, quota
from trainer.worlds import domains, values
from trainer.worlds.dice import SPLITS, Dice
from trainer.worlds.world import World

COUNT = 41 * SIZE


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    return list(cases(7, COUNT))


def test_the_bytes_do_not_depend_on_the_number_of_processes_or_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator, "SHARD_GROUPS", 2)
    one, many = tmp_path / "one", tmp_path / "many"
    generator.generate(one, 5 * SIZE, 5, workers=1)
    for part in ((1, 2), (0, 2)):
        generator.generate(many, 5 * SIZE, 5, workers=1, part=part)
    spread = tmp_path / "spread"
    with ProcessPoolExecutor(2, get_context("forkserver")) as pool:
        list(pool.map(generate_two, [(spread, (k, 2)) for k in range(2)]))
    sums = [{p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()} for folder in (one, many, spread)]
    assert sums[0] == sums[1] == sums[2]
    assert set(sums[0]) == {"card.json", "card.md", "card.png", *(f"cases-{k:05d}.parquet" for k in range(3))}
    assert list(dataset.lines([one])) == [orjson.loads(orjson.dumps(case)) for case in cases(5, 5 * SIZE)]


def generate_two(job: tuple[Path, tuple[int, int]]) -> None:
    generator.SHARD_GROUPS = 2
    generator.generate(job[0], 5 * SIZE, 5, workers=1, part=job[1])


def test_a_run_that_was_cut_off_goes_on_and_other_code_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator, "SHARD_GROUPS", 1)
    made: list[int] = []
    monkeypatch.setattr(generator, "written", lambda seed, number: made.append(number) or written(seed, number))
    generator.generate(tmp_path, 2 * SIZE, 5, workers=1)
    (tmp_path / "cases-00001.parquet").write_bytes(b"cut off")
    generator.generate(tmp_path, 3 * SIZE, 5, workers=1)
    assert made == [0, 1, 1, 2]
    monkeypatch.setattr(generator, "code", lambda: "changed")
    generator.generate(tmp_path, 3 * SIZE, 5, workers=1)
    assert made == [0, 1, 1, 2, 0, 1, 2]


def test_parts_are_named_from_one() -> None:
    assert generator.part_of("2/8") == (1, 8)
    for wrong in ("0/8", "9/8", "2", "a/b"):
        with pytest.raises(InvalidInput):
            generator.part_of(wrong)


def test_the_mix_is_exact_over_all_cases() -> None:
    total = Counter[str]()
    for number in range(41):
        total.update(quota(number))
    assert dict(total) == SHARES
    assert all(sum(quota(number).values()) == SIZE for number in (0, 7, 409_999))


def test_cases_of_one_split_are_that_split_s() -> None:
    assert [line["split"] for line in cases(3, 20, "test")] == ["test"] * 20


def test_every_line_is_a_case(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        parsed = Case.model_validate(orjson.loads(orjson.dumps(line)))
        assert parsed.label == line["label"]
        assert parsed.energy_labels is not None
        if "minimal_pair" in line:
            assert line["minimal_pair"]["label"] == "gold"


def plans(line: dict[str, Any]) -> list[dict[str, Any]]:
    own = {**line["execution_plan"], **{k: line[k] for k in ("label", "kind", "energy_labels", "violations")}}
    return [own, *line["hard_negatives"], *([line["minimal_pair"]] if "minimal_pair" in line else [])]


def test_labels_violations_and_energies_agree(lines: list[dict[str, Any]]) -> None:
    for plan in (plan for line in lines for plan in plans(line)):
        kinds = {v["kind"] for v in plan["violations"]}
        assert (plan["label"] == "gold") == (not kinds)
        assert (plan["label"] == "adversarial") == bool(kinds & ATTACKS)
        assert {v["node_id"] for v in plan["violations"]} <= {n["node_id"] for n in plan["nodes"]}
        assert {(v["kind"], v["term"]) for v in plan["violations"]} == {(k, t) for k in kinds for t in ENERGIES[k]}
        low, high = BANDS[plan["label"]]
        assert low - 0.02 <= sum(plan["energy_labels"].values()) <= high + 0.02


def test_hard_negatives_break_something(lines: list[dict[str, Any]]) -> None:
    assert all(plan["label"] != "gold" for line in lines for plan in line["hard_negatives"])


def test_all_labels_families_and_many_kinds_occur(lines: list[dict[str, Any]]) -> None:
    labels = Counter(line["label"] for line in lines)
    assert labels == SHARES
    assert {line["world"]["family"] for line in lines} == {"agent", "access", "mixed"}
    assert len({plan["kind"] for line in lines for plan in plans(line)}) > 18


def test_every_session_holds_both_what_is_compliant_and_what_is_not(lines: list[dict[str, Any]]) -> None:
    broken = [line for line in lines if line["label"] != "gold"]
    assert sum("minimal_pair" in line for line in broken) > 0.9 * len(broken)
    compliant = [line for line in lines if line["label"] == "gold"]
    assert sum(bool(line["hard_negatives"]) for line in compliant) > 0.7 * len(compliant)


def test_one_plan_has_several_labels_and_one_policy_many(lines: list[dict[str, Any]]) -> None:
    """Neither the plan nor the governance alone decides."""
    plans: dict[str, set[str]] = {}
    for line in lines:
        calls = [(node["tool_name"], node["arguments"]) for node in line["execution_plan"]["nodes"]]
        plans.setdefault(line["world"]["seed"] + str(calls), set()).add(line["label"])
    assert sum(len(labels) > 1 for labels in plans.values()) > 0.05 * len(plans)


def test_metadata_is_missing_now_and_then_and_alike_within_a_case(lines: list[dict[str, Any]]) -> None:
    for key, low, high in (
        ("provenance_tier", 0.45, 0.75),
        ("influence", 0.6, 0.9),
        ("output", 0.6, 0.92),
        ("scope_volume", 0.08, 0.35),
    ):
        having = [key in line["execution_plan"]["nodes"][0] for line in lines]
        assert low < sum(having) / COUNT < high, key
        assert all(
            (key in n) == has for line, has in zip(lines, having, strict=True) for plan in plans(line) for n in plan["nodes"]
        )


def test_no_domain_is_in_two_splits() -> None:
    found = {split: {d.name for d in domains.DOMAINS[split]} for split in SPLITS}
    assert all(not found[a] & found[b] for a, b in combinations(SPLITS, 2))
    assert len(set().union(*found.values())) >= 20


def test_every_split_draws_from_its_own_part_of_a_pool() -> None:
    pool = tuple(range(50))
    drawn = {split: {dice.draw(pool) for _ in range(500)} for split in SPLITS for dice in (Dice("x", split),)}
    assert all(not drawn[a] & drawn[b] for a, b in combinations(SPLITS, 2))


@pytest.mark.parametrize("split", SPLITS)
def test_every_act_can_be_said_and_done(split: Any) -> None:
    for domain in domains.DOMAINS[split]:
        world = World(Dice(domain.name, split), domain, domains.FACILITIES[split])
        maker, planner = GoalMaker(world), Planner(world)
        for tool in maker.acts:
            assert all(known(p.kind) for p in tool.params), tool.key
            parameters = {p.name for p in tool.params}
            assert all(set(re.findall(r"\{(\w+)\}", say)) <= parameters for say in tool.say), tool.key
            assert all("{it}" in say for say in tool.say_via), tool.key
            assert all(p.name in dict(tool.values) for p in tool.params if p.is_record), tool.key
            goal = maker.act(tool)
            assert planner.calls([goal])[-1].tool is tool
            assert "{" not in goal.say


def known(kind: str) -> bool:
    return kind == "@" or kind in values.KINDS or ".." in kind or "/" in kind
