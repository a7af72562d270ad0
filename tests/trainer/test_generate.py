"""The generator: deterministic, valid, balanced lines; whole domains held out; every phrase of every domain can be said."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import orjson
import pytest

from gatling_core import jsonl
from gatling_core.schemas import Case
from trainer import generate as generator
from trainer.cases import case
from trainer.goals import GoalMaker
from trainer.oracle import ATTACKS, BANDS, ENERGIES
from trainer.plans import Planner
from trainer.worlds import domains, values
from trainer.worlds.dice import SPLITS, Dice
from trainer.worlds.world import World

COUNT = 240


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    return [case(7, index) for index in range(COUNT)]


def test_the_bytes_do_not_depend_on_the_number_of_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator, "SHARD_CASES", 1_000)
    sums = []
    for workers in (1, 2):
        out = tmp_path / str(workers)
        generator.generate(out, 30, 5, workers)
        sums.append({p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in out.iterdir()})
    assert sums[0] == sums[1]
    assert set(sums[0]) == {"card.json", "cases-00000.jsonl.zst"}
    written = [orjson.loads(line) for line in jsonl.lines(tmp_path / "1" / "cases-00000.jsonl.zst")]
    assert written == [orjson.loads(orjson.dumps(case(5, index))) for index in range(30)]


def test_cases_of_one_split_are_that_split_s() -> None:
    assert [line["split"] for line in generator.cases(3, 4, "test")] == ["test"] * 4


def test_every_line_is_a_case(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        parsed = Case.model_validate(orjson.loads(orjson.dumps(line)))
        assert parsed.label == line["label"]
        assert 3 <= len(parsed.hard_negatives) <= 5
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
    assert 0.5 < labels["gold"] / COUNT < 0.72
    assert labels["adversarial"] > 5
    assert {line["world"]["family"] for line in lines} == {"agent", "access", "mixed"}
    assert len({plan["kind"] for line in lines for plan in plans(line)}) > 18


def test_length_alone_says_little(lines: list[dict[str, Any]]) -> None:
    """Hard negatives are as often shorter or equal as longer than the plan they are told from."""
    longer = [
        len(h["nodes"]) > len(line["execution_plan"]["nodes"])
        for line in lines
        if line["label"] == "gold"
        for h in line["hard_negatives"]
    ]
    assert 0.15 < sum(longer) / len(longer) < 0.6


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
