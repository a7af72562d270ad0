"""Judged cases as precedents: what was said of the calls of each tool under one policy, for one role and context."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gatling_core.digest import sha256
from gatling_core.schemas import Case, ToolCall


class Precedent(NamedTuple):
    """A judged case and its call of the tool; `argument` is what the verdict blames of that call, empty where the case is compliant."""

    case: Case
    call: ToolCall
    argument: str = ""


@dataclass(frozen=True)
class Precedents:
    """By tool: the calls of compliant cases, and those of which a verdict blames one argument and nothing else."""

    compliant: Mapping[str, Sequence[Precedent]] = field(default_factory=dict[str, Sequence[Precedent]])
    violations: Mapping[str, Sequence[Precedent]] = field(default_factory=dict[str, Sequence[Precedent]])

    @classmethod
    def of(cls, cases: Iterable[Case]) -> Precedents:
        """Of cases under one governance."""
        compliant: defaultdict[str, list[Precedent]] = defaultdict(list)
        violations: defaultdict[str, list[Precedent]] = defaultdict(list)
        for case in cases:
            if case.label == "gold":
                for call in case.execution_plan.nodes:
                    compliant[call.tool_name].append(Precedent(case, call))
            elif found := blamed(case):
                violations[found.call.tool_name].append(found)
        return cls(dict(compliant), dict(violations))


def precedents(cases: Sequence[Case], governances: Sequence[str]) -> dict[str, Precedents]:
    """Of each governance what was judged under it."""
    under: defaultdict[str, list[Case]] = defaultdict(list)
    for case, name in zip(cases, governances, strict=True):
        under[name].append(case)
    return {name: Precedents.of(found) for name, found in under.items()}


def blamed(case: Case) -> Precedent | None:
    """The one argument that a violation's verdict blames; None if it blames anything else, or only a whole call."""
    named = {(violation.node_id, violation.argument) for violation in case.violations}
    if case.label == "gold" or len(named) != 1:
        return None
    node_id, argument = named.pop()
    call = next(node for node in case.execution_plan.nodes if node.node_id == node_id)
    return Precedent(case, call, argument) if argument is not None else None


def governance(case: Case) -> str:
    """The same for cases that a rule cannot tell apart before it looks at the request and the plan."""
    return sha256([case.policy, case.user_role, {key: value for key, value in case.context.items() if key != "request"}])
