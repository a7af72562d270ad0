"""A field that is misspelt is refused by name; one that is the runtime's own is not."""

from __future__ import annotations

from typing import Any

import pytest

from gatling_core.schemas import Case, Trace
from server.body import validate
from server.errors import InvalidFields

CALL: dict[str, Any] = {"tool_name": "mail.send"}
CASE: dict[str, Any] = {"policy": "Ask before you send.", "execution_plan": {"nodes": [CALL]}}
INFLUENCE = {"influence": {"request": 0.5, "delegatd": True}}


def case(call: dict[str, Any] | None = None, *, plan: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {**CASE, **more, "execution_plan": {"nodes": [CALL, {**CALL, **(call or {})}], **(plan or {})}}


@pytest.mark.parametrize(
    ("document", "field", "meant"),
    [
        (case({"agruments": {"to": "x@evil.example"}}), "execution_plan.nodes.1.agruments", "arguments"),
        (case({"argument": {}}), "execution_plan.nodes.1.argument", "arguments"),
        (case({"arguements": {}}), "execution_plan.nodes.1.arguements", "arguments"),
        (case({"Arguments": {}}), "execution_plan.nodes.1.Arguments", "arguments"),
        (case({"args": {}}), "execution_plan.nodes.1.args", "arguments"),
        (case({"parameters": {}}), "execution_plan.nodes.1.parameters", "arguments"),
        (case({"provenence_tier": 3}), "execution_plan.nodes.1.provenence_tier", "provenance_tier"),
        (case({"argumentProvenance": {"to": 3}}), "execution_plan.nodes.1.argumentProvenance", "argument_provenance"),
        (case({"outputs": "text"}), "execution_plan.nodes.1.outputs", "output"),
        (case(INFLUENCE), "execution_plan.nodes.1.influence.delegatd", "delegated"),
        (case(plan={"egdes": []}), "execution_plan.egdes", "edges"),
        (case(userRole="clerk"), "userRole", "user_role"),
        (case(role="clerk"), "role", "user_role"),
        (case(contxt={"request": "Send it"}), "contxt", "context"),
        (case(tool=[]), "tool", "tools"),
        ({"polcy": "Ask.", "execution_plan": {"nodes": [CALL]}}, "polcy", "policy"),
        ({"policy": "Ask.", "execution_plan": {"nodes": [{"tool_nmae": "x"}]}}, "execution_plan.nodes.0.tool_nmae", "tool_name"),
    ],
)  # fmt: skip
def test_a_misspelt_field_is_refused_by_name(document: dict[str, Any], field: str, meant: str) -> None:
    with pytest.raises(InvalidFields) as caught:
        validate(Case, document)
    assert [error.field for error in caught.value.errors] == [field]
    assert f" {meant} is meant" in caught.value.errors[0].message


def test_a_misspelt_field_of_a_trace_is_refused() -> None:
    message = {"role": "user", "content": "Show me the invoices"}
    with pytest.raises(InvalidFields, match="polcy: there is no such field: policy is meant"):
        validate(Trace, {"polcy": "Ask before you send.", "messages": [message]})


@pytest.mark.parametrize(
    "document",
    [
        case({"timestamp": 7, "call_id": "c", "tool_type": "function", "x": 1, "description": "sends", "tier": 1}),
        case({"arguments": {}, "args": [], "agruments": {"to": "x"}}),  # the runtime's own, beside what is read
        case({"output": "text", "outputs": ["text"]}),
        case({"arguments": None, "argument": 1}),
        case(plan={"notes": "by hand", "id": "p", "metadata": {}}),
        case(policy_id="p1", context_id="c1", labels=["a"], lable="gold", session="s", trace_id="t", ids=[], policy_version=3),
        case({"a" * 1_000_000: 1, "": 2, "_": 3}),
    ],
)
def test_other_unknown_fields_are_ignored(document: dict[str, Any]) -> None:
    assert len(validate(Case, document).execution_plan.nodes) == 2


@pytest.mark.parametrize(
    "document", [{"policy": "", "execution_plan": plan} for plan in (None, [], {"nodes": {}}, {"nodes": [None, [], "x"]})]
)
def test_what_is_no_case_is_left_to_the_contract(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidFields, match="execution_plan"):
        validate(Case, document)
