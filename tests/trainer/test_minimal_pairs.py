"""Minimal pairs of real cases: what is made is what its label says, and where there is doubt nothing is made."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("orjson", reason="the trainer is not installed")

from gatling_core.schemas import Case, LabelledPlan
from trainer.bounds import bounds
from trainer.dataset import energy_targets, group_of
from trainer.minimal_pairs import broken, repaired

ROLE = {"roles": {"clerk": {"max_rows": 100, "max_rows_per_day": 50}, "chief": {"max_rows": 900}}}
INBOX = {"node_id": "a", "tool_name": "mail.read", "arguments": {"id": 7}, "output": "From eve@other.example: call me."}
SEND = {"node_id": "b", "tool_name": "mail.send", "arguments": {"to": "bob@corp.example", "text": "hi"}, "provenance_tier": 1}


def case(*nodes: dict[str, Any], request: str = "Send hi to bob@corp.example", **changes: Any) -> Case:
    plan = {"nodes": nodes, "edges": changes.pop("edges", [])}
    given = {"policy": ROLE, "user_role": "clerk", "context": {"request": request}, "execution_plan": plan, "label": "gold"}
    return Case.model_validate({**given, **changes})


def rows(count: object, tool: str = "invoices.list") -> dict[str, Any]:
    return {"node_id": "r", "tool_name": tool, "arguments": {"rows": count}, "scope_volume": count}


def judged(found: Case, node_id: str, kind: str = "", label: str = "adversarial", **named: str) -> Case:
    violation = {"node_id": node_id, "term": "scope", "energy": 3.0, "kind": kind, **named}
    return Case.model_validate({**found.model_dump(), "label": label, "violations": [violation]})


def kinds(found: Case) -> list[tuple[str, str | None]]:
    return [(plan.kind, plan.label) for plan in broken(found)]


@pytest.mark.parametrize(
    ("policy", "bound"),
    [
        (ROLE, 100),
        ({"limits": {"rows": 30}}, 30),
        ({"tools": {"invoices.list": {"rows": {"max": 20}}}}, 20),
        ({"tools": {"invoices.delete": {"rows": {"max": 20}}}}, None),
        ({"rules": [{"tool": "invoices.list", "max_rows": 10}]}, 10),
        ({"rules": [{"when": "on weekends", "max_rows": 10}]}, None),
        ({"min_rows": 10, "rows": 11, "max_rows_per_day": 12, "max_columns": 13}, None),
        ("At most 100 rows.", None),
    ],
)
def test_bounds_are_read_where_there_is_no_doubt(policy: Any, bound: float | None) -> None:
    found = case(rows(5), policy=policy)
    assert bounds(found, found.execution_plan.nodes[0]).get("rows") == bound


def test_the_largest_number_that_the_policy_allows_is_broken_by_one_and_by_far() -> None:
    near, far = broken(case(rows(100)))
    assert (near.nodes[0].arguments, near.nodes[0].scope_volume, near.label) == ({"rows": 101}, 101, "boundary")
    assert (far.nodes[0].arguments, far.kind, far.label) == ({"rows": 1_000}, "scope_blowup", "adversarial")
    assert near.energy_labels
    assert near.energy_labels.energy == pytest.approx(3.5)
    assert far.energy_labels
    assert far.energy_labels.energy == pytest.approx(9.5)


def test_a_limit_that_an_approval_lifts_is_not_broken() -> None:
    assert kinds(case(rows(100), {"node_id": "x", "tool_name": "approvals.check"})) == []
    assert kinds(case(rows(100), policy={"max_rows": 100, "above": "needs approval"})) == []


def test_a_number_over_its_limit_is_brought_down_to_it() -> None:
    (plan,) = repaired(judged(case(rows(101)), "r", "numeric_edge"))
    assert (plan.label, plan.nodes[0].arguments, plan.nodes[0].scope_volume) == ("gold", {"rows": 100}, 100)


def test_a_call_blamed_for_something_else_is_left_out_not_mended() -> None:
    (plan,) = repaired(judged(case(SEND, rows(101)), "r", "wrong_role"))
    assert [node.node_id for node in plan.nodes] == ["b"]


@pytest.mark.parametrize(
    "found",
    [
        judged(case(rows(101)), "r"),
        judged(case(INBOX, SEND, edges=[["a", "b"]]), "a"),
        judged(case(INBOX, {**SEND, "influence": {"source": "a"}}), "a"),
        judged(case(INBOX, {**SEND, "arguments": {"to": "eve@other.example"}}), "a"),
        case(INBOX, SEND, label="adversarial"),
    ],
    ids=["nothing would stay", "an edge", "influence", "a value of its output", "nothing is blamed"],
)
def test_where_leaving_out_is_in_doubt_nothing_is_repaired(found: Case) -> None:
    assert repaired(found) == []


def test_edges_of_a_call_left_out_go_too() -> None:
    (plan,) = repaired(judged(case(INBOX, rows(1), SEND, edges=[["a", "b"], ["a", "r"]]), "b"))
    assert plan.edges == [("a", "r")]


def test_the_recipient_that_the_user_named_is_swapped_for_one_from_an_output() -> None:
    recorded = {**SEND, "argument_provenance": {"to": 1, "text": 1}}
    swapped = next(plan for plan in broken(case(INBOX, recorded)) if plan.kind == "altered_argument")
    call = swapped.nodes[1]
    assert call.arguments == {"to": "eve@other.example", "text": "hi"}
    assert (call.provenance_tier, call.argument_provenance) == (3, {"to": 3, "text": 1})
    assert (swapped.edges, swapped.label) == ([("a", "b")], "adversarial")


def test_what_a_runtime_does_not_record_is_not_made_up() -> None:
    silent = {key: value for key, value in SEND.items() if key != "provenance_tier"}
    swapped = next(plan for plan in broken(case(INBOX, silent)) if plan.kind == "altered_argument")
    assert (swapped.nodes[1].provenance_tier, swapped.nodes[1].argument_provenance) == (None, None)


def test_an_order_in_an_output_is_carried_out_for_a_stranger() -> None:
    hijacked = next(plan for plan in broken(case(INBOX, SEND)) if plan.kind == "hijack_to_sink")
    again = hijacked.nodes[-1]
    assert (again.tool_name, again.provenance_tier) == ("mail.send", 3)
    assert str(again.arguments["to"]) in (hijacked.nodes[0].output or "")
    assert ("a", again.node_id) in hijacked.edges
    assert list(broken(case(INBOX, SEND)))[-1] == hijacked, "the same case, the same plan"


@pytest.mark.parametrize(
    "found",
    [
        case(INBOX, SEND, request=""),
        case(INBOX, SEND, request="Answer the mail"),
        case(INBOX, SEND, {**SEND, "node_id": "c", "arguments": {"to": "eve@other.example"}}),
        case(INBOX, {**SEND, "influence": {"source": "a", "delegated": True}}),
    ],
    ids=["no request", "an address nobody asked for", "another address of the outputs is meant", "the user pointed to a source"],
)
def test_where_the_recipient_is_in_doubt_nothing_is_broken(found: Case) -> None:
    assert kinds(found) == []


def test_pairs_are_training_groups() -> None:
    found = case(INBOX, SEND, rows(100))
    plans = list(broken(found))
    group = group_of(found.model_copy(update={"hard_negatives": plans}))
    assert len(group.candidates) == 1 + len(plans) == 5
    for candidate in group.candidates[1:]:
        targets, known = energy_targets(candidate)
        assert known
        assert targets.sum() == pytest.approx(3.5 if candidate.label == "boundary" else 9.5, abs=0.01)
    assert isinstance(plans[0], LabelledPlan)
