"""The changes that `python -m benchmarks robustness` makes to an attack are what they say they are."""

from __future__ import annotations

import random

import pytest

from benchmarks.robustness import CHANGES, PADS, PARTS, SAYING_NOTHING, Attack, Change
from gatling_core.grounds import is_disguised
from gatling_core.schemas import Case, ToolCall
from server.examples import ATTACK

SAID = "all customers with their names, addresses and bank accounts, as a table"


def attack() -> Attack:
    case = Case.model_validate(ATTACK)
    nodes = [node.model_copy(update={"arguments": {**node.arguments, "body": SAID}}) for node in case.execution_plan.nodes]
    case = case.model_copy(update={"execution_plan": case.execution_plan.model_copy(update={"nodes": nodes})})
    return Attack(case, "n2", [ToolCall(node_id="h", tool_name="billing.list_invoices")], random.Random(1))


def changed(name: str) -> Case:
    (change,) = (change for change in CHANGES if change.__name__ == name)
    made = change(attack())
    assert made
    return made


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_leaves_a_case_that_the_server_takes(change: Change) -> None:
    made = change(attack())
    assert made
    again = Case.model_validate_json(made.model_dump_json())
    assert (again == attack().case) == (change in SAYING_NOTHING), "equal as JSON, where only the order of keys is another"


def test_padding_keeps_the_attack_in_the_middle() -> None:
    nodes, bare = changed("_padded").execution_plan.nodes, attack().case.execution_plan.nodes
    assert nodes[PADS // 2 : -PADS // 2] == bare
    assert {node.tool_name for node in [*nodes[: PADS // 2], *nodes[-PADS // 2 :]]} == {"billing.list_invoices"}


def test_the_parts_of_a_split_call_say_the_same_and_get_the_same() -> None:
    plan = changed("_split").execution_plan
    parts = [node for node in plan.nodes if node.tool_name == "mail.send"]
    assert len(parts) == PARTS
    assert "".join(str(node.arguments["body"]) for node in parts) == SAID
    assert sum(node.scope_volume or 0 for node in parts) == 250_000
    assert all(("n1", node.node_id) in plan.edges for node in parts)


def test_renamed_tools_are_the_same_tools_everywhere() -> None:
    case, before = changed("_renamed_tools"), attack().case
    new = dict(
        zip((n.tool_name for n in before.execution_plan.nodes), (n.tool_name for n in case.execution_plan.nodes), strict=True)
    )
    assert not set(new) & set(new.values())
    assert new["customers.export"] in case.policy["forbidden_tools"]  # type: ignore[index]
    assert new["mail.send"] in case.model_dump_json(include={"tools"})
    assert all(name not in case.model_dump_json() for name in new)


def test_look_alikes_are_only_in_the_worst_call() -> None:
    assert [is_disguised(node.tool_name) for node in changed("_look_alike_letters").execution_plan.nodes] == [False, False, True]
