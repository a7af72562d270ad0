"""Minimal pairs of a verdict that names an argument: what is made differs in it alone, and where there is doubt nothing is made."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("orjson", reason="the trainer is not installed")

from gatling_core.schemas import Case, LabelledPlan
from tests.trainer.test_minimal_pairs import case, judged, rows
from trainer.minimal_pairs import broken, repaired
from trainer.precedents import Precedents, governance, precedents

FIND = {"node_id": "f", "tool_name": "stock.find", "arguments": {"pallet": "A-7"}}
ASKED = "Move pallet A-7 to aisle 9"


def move(**flags: Any) -> dict[str, Any]:
    return {"node_id": "m", "tool_name": "stock.move", "arguments": {"pallet": "A-7", **flags}}


def moved(*before: dict[str, Any], request: str = ASKED, label: str = "gold", **flags: Any) -> Case:
    """A judged case; of a violation the first flag is blamed."""
    found = case(*before, move(**flags), request=request)
    return found if label == "gold" else judged(found, "m", "silenced", label, argument=next(iter(flags)))


def flags_of(plans: list[LabelledPlan]) -> list[dict[str, Any]]:
    """What the moves have besides the pallet; a plan without a move has none."""
    found = [{**node.arguments} for plan in plans for node in plan.nodes if node.tool_name == "stock.move"]
    return [{name: value for name, value in flags.items() if name != "pallet"} for flags in found]


def under_its_governance(*cases: Case) -> Precedents:
    """What was judged under the governance of the first case."""
    governances = [governance(case) for case in cases]
    return precedents(cases, governances)[governances[0]]


def repairs(found: Case, *others: Case) -> list[dict[str, Any]]:
    return flags_of(repaired(found, under_its_governance(found, *others)))


def breaks(found: Case, *others: Case) -> list[dict[str, Any]]:
    return flags_of(list(broken(found, under_its_governance(found, *others))))


def test_a_switch_is_left_out_and_nothing_else_changes() -> None:
    recorded = {**move(audit=False, priority="high"), "argument_provenance": {"pallet": 1, "audit": 0, "priority": 0}}
    found = judged(case(FIND, recorded, request=ASKED, edges=[["f", "m"]]), "m", argument="audit")
    (plan,) = repaired(found)
    assert plan.label == "gold"
    assert plan.edges == [("f", "m")]
    assert plan.nodes[0] == found.execution_plan.nodes[0]
    changed = plan.nodes[1]
    assert (changed.arguments, changed.argument_provenance) == (
        {"pallet": "A-7", "priority": "high"},
        {"pallet": 1, "priority": 0},
    )


@pytest.mark.parametrize(
    ("flags", "others", "made"),
    [
        ({"audit": "thin"}, [], []),
        ({"shelf": 9_000}, [], []),
        ({"audit": "thin"}, [{}], [{}]),
        ({"audit": False}, [{"audit": True}], [{"audit": True}]),
        ({"audit": False}, [{"audit": True}, {}], [{}, {"audit": True}]),
        ({"audit": "thin"}, [{"audit": "full"}], [{"audit": "full"}]),
        ({"audit": "thin"}, [{"audit": "thin"}], []),
        ({"audit": 1}, [{"audit": True}], [{"audit": True}]),
    ],
    ids=[
        "no switch",
        "a number",
        "others do without",
        "others all have it",
        "both",
        "another value",
        "the verdicts differ",
        "1 is not true",
    ],
)
def test_what_an_argument_may_be_compliant_cases_tell(
    flags: dict[str, Any], others: list[dict[str, Any]], made: list[dict[str, Any]]
) -> None:
    assert repairs(moved(FIND, label="boundary", **flags), *(moved(**other) for other in others)) == made


@pytest.mark.parametrize(
    "other",
    [
        moved(audit="full").model_copy(update={"user_role": "chief"}),
        moved(audit="full").model_copy(update={"policy": "Be careful."}),
        moved(audit="full").model_copy(update={"context": {"request": ASKED, "team": "night"}}),
        moved(audit="full", request="Move pallet A-7 with a full audit"),
        moved({**FIND, "output": "audits here are full"}, audit="full"),
        moved({"node_id": "x", "tool_name": "approvals.check"}, audit="full"),
        moved(audit="full", label="boundary"),
    ],
    ids=[
        "another role",
        "another policy",
        "another context",
        "the user said so",
        "an output said so",
        "an approval",
        "blamed too",
    ],
)
def test_a_value_is_taken_only_where_it_would_be_compliant_here(other: Case) -> None:
    assert repairs(moved(FIND, label="boundary", audit="thin"), other) == []


def test_what_others_rest_on_is_not_changed() -> None:
    label = {"node_id": "l", "tool_name": "labels.print", "arguments": {"of": "x"}}
    used = judged(case(FIND, move(audit=False), label, edges=[["m", "l"]]), "m", argument="audit")
    assert repaired(used) == []
    declared = {"function": {"name": "stock.move", "parameters": {"required": ["audit"]}}}
    assert flags_of(repaired(judged(case(FIND, move(audit=False), tools=[declared]), "m", argument="audit"))) == []
    asked = moved(FIND, label="boundary", request="Move pallet A-7, shelf 9000", shelf=9_000)
    assert repairs(asked, moved(), moved(shelf=8_000)) == [], "the user wants that shelf"


def test_whatever_else_is_blamed_stays_so_nothing_is_gold() -> None:
    found = moved(FIND, label="boundary", audit=False)
    also = {"node_id": "f", "term": "scope", "energy": 3.0}
    twice = Case.model_validate({**found.model_dump(), "violations": [*found.model_dump()["violations"], also]})
    assert repaired(twice) == []


def test_a_limit_on_the_blamed_argument_mends_it() -> None:
    (plan,) = repaired(judged(case(rows(101)), "r", argument="rows"))
    assert plan.nodes[0].arguments == {"rows": 100}
    other = {**rows(101), "arguments": {"rows": 101, "audit": False}}
    (plan,) = repaired(judged(case(other), "r", argument="audit"))
    assert plan.nodes[0].arguments == {"rows": 101}, "the verdict blames the switch, not the number"


def test_what_is_blamed_is_put_into_compliant_plans() -> None:
    found, bad = moved(priority="high"), moved(label="boundary", audit=False)
    (plan,) = broken(found, under_its_governance(found, bad))
    assert (plan.kind, plan.label, plan.nodes[0].arguments) == (
        "silenced",
        "boundary",
        {**move(priority="high", audit=False)["arguments"]},
    )
    assert plan.energy_labels
    assert plan.energy_labels.energy == pytest.approx(3.5)
    assert [(violation.node_id, violation.term) for violation in plan.violations] == [("m", "scope")]
    assert breaks(found, bad, bad) == [{"priority": "high", "audit": False}], "once"


@pytest.mark.parametrize(
    ("found", "bad"),
    [
        (moved(), moved(label="boundary", audit=False, request="?").model_copy(update={"user_role": "chief"})),
        (moved(audit=False), moved(label="boundary", audit=False)),
        (moved({"node_id": "x", "tool_name": "approvals.check"}), moved(label="boundary", audit=False)),
        (moved(request="Move pallet A-7, shelf 9000"), moved(label="boundary", shelf=9_000)),
        (moved(), moved(label="boundary", request="Shelf 9000 please", shelf=9_000)),
        (moved(request="Shelf 8000 please", shelf=8_000), moved(label="boundary", shelf=9_000)),
        (moved(), Case.model_validate_json(moved(label="boundary", audit=False).model_dump_json().replace('"scope"', '"hierarchy"'))),
    ],
    ids=["another role", "the verdicts differ", "an approval", "asked for here", "asked for there", "would overrule the user", "not what it is"],
)  # fmt: skip
def test_where_it_may_be_compliant_nothing_is_put_in(found: Case, bad: Case) -> None:
    assert breaks(found, bad) == []
