"""Minimal pairs of a verdict that names an argument: the plans that differ in it alone.

What else an argument may be, another judged call of the same tool under the same policy, role and context tells. An argument that the request,
the context or an output gives is left alone: whether it is compliant depends on who asked for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from gatling_core.digest import canonical_json
from gatling_core.schemas import Case, ToolCall
from gatling_core.values import atoms, is_number, leaves, normal
from trainer.dependence import needs, speaks_of_approval
from trainer.precedents import Precedent, Precedents, blamed

TRIED = 8
"""Arguments that are looked at for one case, at most: what makes a plan of them reads every output."""
_SWITCHES = frozenset("true false yes no on off none never always enabled disabled active inactive".split())
"""Values that switch something: a call without the argument does as if nobody had touched the switch, and asks for no more than before."""


def mended(case: Case, precedents: Precedents) -> Iterator[ToolCall]:
    """The blamed call without the blamed argument, and with the value that it has in a compliant case."""
    found = blamed(case)
    if found is None or not is_own(found, found.argument) or _is_used(found):
        return
    compliant = precedents.compliant.get(found.call.tool_name, ())
    if _can_be_left_out(found, compliant):
        yield _without(found.call, found.argument)
    donor = _donor(found, compliant, precedents.violations.get(found.call.tool_name, ()))
    if donor:
        yield _with(found.call, found.argument, donor.call)


def spoiled(case: Case, precedents: Precedents) -> Iterator[tuple[ToolCall, Case]]:
    """Calls of a compliant case with an argument put in that is blamed in another one, and that other one."""
    if speaks_of_approval(case):
        return
    blames = (
        (call, found) for call in case.execution_plan.nodes for found in _distinct(precedents.violations.get(call.tool_name, ()))
    )
    for call, found in islice(blames, TRIED):
        name, value = found.argument, found.call.arguments[found.argument]
        compliant = precedents.compliant.get(call.tool_name, ())
        if any(_has(other.call, name, value) for other in compliant):  # the verdicts contradict each other
            continue
        if name in call.arguments and not is_own(Precedent(case, call), name):
            continue
        if is_value_based(found.case) and is_own(found, name) and not _is_given(value, case):
            yield _with(call, name, found.call), found.case


def _distinct(violations: Sequence[Precedent]) -> list[Precedent]:
    """One of each argument with its value."""
    return list({canonical_json([found.argument, found.call.arguments[found.argument]]): found for found in violations}.values())


def _can_be_left_out(found: Precedent, compliant: Sequence[Precedent]) -> bool:
    """Whether the call is still one without the argument, and asks for no more: a filter or a limit left out lets through everything."""
    if found.argument in _required(found.case, found.call.tool_name):
        return False
    without = any(found.argument not in other.call.arguments for other in compliant)
    return without or (not compliant and _is_switch(found.call.arguments[found.argument]))


def _donor(found: Precedent, compliant: Sequence[Precedent], violations: Sequence[Precedent]) -> Precedent | None:
    """The first compliant call with a value of the argument that nobody but its planner gave, and that no verdict blames."""
    name = found.argument
    if not is_value_based(found.case):
        return None
    bad = [other.call for other in violations if other.argument == name]
    for other in islice((other for other in compliant if name in other.call.arguments), TRIED):
        value = other.call.arguments[name]
        if not any(_has(call, name, value) for call in bad) and is_own(other, name) and not speaks_of_approval(other.case):
            return other
    return None


def is_value_based(case: Case) -> bool:
    """Whether the rule is about what the argument is, not about who wanted it so, or what flows where."""
    return {violation.term for violation in case.violations} == {"scope"}


def is_own(found: Precedent, name: str) -> bool:
    """Whether the planner chose the argument by itself."""
    return not _is_given(found.call.arguments[name], found.case)


def _is_given(value: Any, case: Case) -> bool:
    """Whether a part of a value stands in the context, which holds the request, or in an output. A switch is never given: its words are common."""
    if _is_switch(value):
        return False
    said = [str(leaf) for leaf in leaves(case.context)] + [node.output or "" for node in case.execution_plan.nodes]
    known, text = {atom for text in said for atom in atoms(text)}, "\n".join(said).casefold()
    return any(normal(leaf) in known or (isinstance(leaf, str) and leaf.casefold() in text) for leaf in leaves(value))


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and value.strip().casefold() in _SWITCHES)


def _is_used(found: Precedent) -> bool:
    """Whether another call uses what the blamed one returned, which may depend on the argument."""
    plan = found.case.execution_plan
    return any(needs(node, found.call, plan) for node in plan.nodes if node is not found.call)


def _required(case: Case, tool: str) -> list[Any]:
    """Arguments that a tool's declaration demands."""
    for declared in case.tools:
        function: Any = declared.get("function", declared)
        if isinstance(function, Mapping) and function.get("name") == tool:
            parameters: Any = function.get("parameters")
            required: Any = parameters.get("required") if isinstance(parameters, Mapping) else None
            return required if isinstance(required, list) else []
    return []


def _has(call: ToolCall, name: str, value: Any) -> bool:
    """Whether a call has exactly this argument; true and 1 are two values."""
    return name in call.arguments and canonical_json(call.arguments[name]) == canonical_json(value)


def _without(call: ToolCall, name: str) -> ToolCall:
    """A call without an argument, also where it was recorded."""
    update: dict[str, Any] = {"arguments": {key: value for key, value in call.arguments.items() if key != name}}
    if call.argument_provenance is not None:
        update["argument_provenance"] = {key: tier for key, tier in call.argument_provenance.items() if key != name}
    if _is_volume(call, name):
        update["scope_volume"] = None
    return call.model_copy(update=update)


def _with(call: ToolCall, name: str, giver: ToolCall) -> ToolCall:
    """A call with an argument of another, recorded as far as the call's own arguments were recorded."""
    update: dict[str, Any] = {"arguments": {**call.arguments, name: giver.arguments[name]}}
    if call.argument_provenance is not None:
        update["argument_provenance"] = {**call.argument_provenance, name: (giver.argument_provenance or {}).get(name, 0)}
    if _is_volume(giver, name) or (name in call.arguments and _is_volume(call, name)):
        update["scope_volume"] = giver.scope_volume
    return call.model_copy(update=update)


def _is_volume(call: ToolCall, name: str) -> bool:
    """Whether the recorded volume says the same as an argument."""
    value: Any = call.arguments[name]
    return is_number(value) and call.scope_volume == value
