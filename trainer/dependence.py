"""What a call of a plan rests on besides its arguments: what other calls returned, and approvals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gatling_core.schemas import Case, Plan, ToolCall
from gatling_core.values import atoms, is_specific, leaves, normal


def needs(node: ToolCall, other: ToolCall, plan: Plan) -> bool:
    """Whether a call uses what another returned: by an edge, by its influence, or by a value that stands in the output."""
    if (other.node_id, node.node_id) in plan.edges or (node.influence and node.influence.source == other.node_id):
        return True
    given = {normal(value) for value in leaves(node.arguments)}
    return any(is_specific(value) for value in given & atoms(other.output or ""))


def speaks_of_approval(case: Case) -> bool:
    """Whether policy, context or plan speak of an approval, which may lift a limit."""
    said = [*texts(case.policy), *texts(case.context)]
    said += [text for node in case.execution_plan.nodes for text in (node.tool_name, *texts(node.arguments))]
    return any("approv" in text.casefold() for text in said)


def texts(value: Any) -> Iterator[str]:
    """Keys and leaves of a JSON value."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Mapping):
            stack += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            stack += item
        else:
            yield str(item)
