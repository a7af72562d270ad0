"""Mining: what the model does not see through comes first, what it sees through is dropped, and neighbours are of the other side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

pytest.importorskip("orjson", reason="the trainer is not installed")

from gatling_core.runtime import Score
from gatling_core.schemas import Case, LabelledPlan, Terms
from tests.trainer.test_minimal_pairs import INBOX, SEND, case, judged, rows
from trainer.mining import HARDEST, hardest, mined, opposites


def score(energy: float = 0.0, place: Sequence[float] = (1.0, 0.0)) -> Score:
    latent = np.array(place, np.float32)
    return Score(energy, Terms(), (), "", latent, latent)


class ByRows:
    """The energy of a case is a hundredth of the rows it asks for."""

    def score(self, cases: Sequence[Case]) -> list[Score]:
        arguments: list[Any] = [c.execution_plan.nodes[-1].arguments for c in cases]
        return [score(given.get("rows", 0) / 100) for given in arguments]


def plan(energy: float, label: str = "adversarial") -> tuple[float, LabelledPlan]:
    return energy, LabelledPlan.model_validate({"nodes": [{"tool_name": str(energy)}], "label": label})


def test_the_lowest_come_first_and_the_high_are_dropped() -> None:
    found = hardest([plan(7.9), plan(0.1), plan(8.0), plan(1.9, "boundary"), plan(2.0, "boundary"), plan(3.0)])
    assert [p.nodes[0].tool_name for p in found] == ["0.1", "1.9", "3.0", "7.9"]
    assert len(hardest([plan(k / 10) for k in range(10)])) == HARDEST


def test_judged_cases_get_what_the_model_does_not_know() -> None:
    gold, bad = case(rows(100)), judged(case(SEND, rows(101)), "r", "numeric_edge")
    material = mined(ByRows(), [gold, bad])
    assert [p.kind for p in material.cases[0].hard_negatives] == ["numeric_edge"], "1,000 rows are an energy of 10: known"
    repair = material.cases[1].minimal_pair
    assert repair
    assert repair.nodes[1].arguments == {"rows": 100}
    assert (material.cases[0].minimal_pair, material.cases[1].hard_negatives) == (None, [])
    assert material.opposites == [1, 0]
    assert material.counts() == {"repaired": 1, "numeric_edge": 1}


def test_what_the_model_has_right_needs_no_training() -> None:
    right = case(rows(100), policy="Rows may be read.")
    assert mined(ByRows(), [right]).settled
    assert mined(ByRows(), []).settled
    assert not mined(ByRows(), [case(rows(100))]).settled, "a broken plan of it is not seen through"
    assert not mined(ByRows(), [right, case(rows(200), policy="Rows may be read.")]).settled


def test_nothing_to_mine() -> None:
    material = mined(ByRows(), [case(INBOX, request="")])
    assert (material.counts(), material.opposites) == ({}, [None])


def test_the_nearest_on_the_other_side() -> None:
    places = [(1.0, 0.0), (0.9, 0.1), (0.0, 1.0), (0.6, 0.4)]
    cases = [case(SEND, label=label) for label in ("gold", "boundary", "boundary", "gold")]
    assert opposites(cases, ["a", "b", "c", "d"], [score(place=place) for place in places]) == [1, 0, 3, 1]


def test_a_twin_is_nearer_than_the_nearest() -> None:
    bad = judged(case(INBOX, rows(101)), "r")
    cases = [bad, case(INBOX), case(rows(1)), case(rows(1))]
    scores = [score(place=place) for place in ((1.0, 0.0), (1.0, 0.0), (1.0, 0.0), (-1.0, 0.0))]
    assert opposites(cases, ["same", "same", "other", "same"], scores) == [3, 0, 0, 0], (
        "by the blamed tool, under the same governance"
    )


def test_an_argument_that_is_blamed_makes_pairs_of_both_cases() -> None:
    loud, silent = (
        {"node_id": "m", "tool_name": "stock.move", "arguments": {"to": 7, "audit": flag}} for flag in ("full", "thin")
    )
    material = mined(ByRows(), [case(loud, request=""), judged(case(silent, request=""), "m", "silenced", argument="audit")])
    (put_in,) = material.cases[0].hard_negatives
    assert (put_in.nodes[0].arguments, put_in.kind, put_in.label) == (silent["arguments"], "silenced", "adversarial")
    repair = material.cases[1].minimal_pair
    assert repair
    assert (repair.nodes[0].arguments, repair.label) == (loud["arguments"], "gold")
    assert material.counts() == {"silenced": 1, "repaired": 1}


def test_two_repairs_of_one_case_are_both_learnt() -> None:
    calls = [{"node_id": "m", "tool_name": "stock.move", "arguments": flags} for flags in ({"audit": True}, {}, {"audit": False})]
    gold = [case(call, request="") for call in calls[:2]]
    material = mined(ByRows(), [*gold, judged(case(calls[2], request=""), "m", argument="audit")])
    last = material.cases[-1]
    found = [last.minimal_pair, *last.hard_negatives]
    assert [(plan and plan.label, plan and plan.nodes[0].arguments) for plan in found] == [
        ("gold", {}),
        ("gold", {"audit": True}),
    ]
    assert material.counts() == {"argument": 2, "repaired": 2}
