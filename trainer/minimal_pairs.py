"""Minimal pairs of a judged case: the violation repaired, or one thing of a compliant plan broken.

Real cases carry no world to ask, so a pair is made only where the verdict, the policy and the request leave no doubt of its label.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

from gatling_core import limits
from gatling_core.digest import case_digest
from gatling_core.schemas import TERMS, Case, Label, LabelledPlan, Plan, Term, Terms, ToolCall, Violation
from gatling_core.text import host
from gatling_core.values import atoms, is_number, leaves, normal
from trainer.argument_pairs import mended, spoiled
from trainer.bounds import bounds
from trainer.dataset import BASE_ENERGY, DEFAULT_ENERGY
from trainer.dependence import needs, speaks_of_approval, texts
from trainer.generator.oracle import ENERGIES
from trainer.generator.worlds.injections import ORDERS
from trainer.precedents import Precedents

OVER_A_LIMIT = frozenset({"numeric_edge", "numeric_near", "numeric_far", "scope_blowup"})
"""Kinds of violation that end when the number is brought down to the limit."""
BLOWN_UP = 10
"""From eight times a limit on over-access is an attack (trainer/generator/breaches.py)."""

_HOSTS = ("copper-fern", "northquay", "lanternfield", "oak-and-reed", "silverpost", "meadowgate", "tallharbour", "brindle")
_ENDINGS = ("example", "test", "invalid")
"""Names that nobody owns (RFC 2606)."""

NONE = Precedents()
"""Nothing else was judged."""


def repaired(case: Case, precedents: Precedents = NONE) -> list[LabelledPlan]:
    """The compliant plans next to a judged violation: the number brought down to its limit, the blamed argument left out or as in a compliant
    case; where there is none of these, the blamed calls left out.

    All rest on a verdict that names its calls: what it does not name, it found compliant.
    """
    if case.label == "gold" or not case.violations:
        return []
    mended_calls = [*_within_limit(case), *mended(case, precedents)]
    return [_with(case.execution_plan, call, label="gold") for call in mended_calls] or _without_blamed(case)


def broken(case: Case, precedents: Precedents = NONE) -> Iterator[LabelledPlan]:
    """Plans next to a compliant one, each with one thing broken."""
    yield from _with_blamed_arguments(case, precedents)
    yield from _over_limits(case)
    if case.request and _only_named_addresses(case):
        yield from _redirected(case)
        yield from _obedient(case)


def _within_limit(case: Case) -> list[ToolCall]:
    """The one blamed call with its number at the limit, where the verdict names that argument or a kind that says as much."""
    blamed = {(violation.node_id, violation.argument) for violation in case.violations}
    (node_id, argument), *others = blamed
    if others or (argument is None and (len(case.violations) > 1 or case.violations[0].kind not in OVER_A_LIMIT)):
        return []
    call = _call(case, node_id)
    over = [(name, limit) for name, limit in bounds(case, call).items() if _number(call, name) > limit]
    over = [(name, limit) for name, limit in over if argument in (None, name)]
    return [_revalued(call, *over[0])] if len(over) == 1 else []


def _without_blamed(case: Case) -> list[LabelledPlan]:
    """Nothing if a call that would stay needs one that would go, or none would stay."""
    plan, blamed = case.execution_plan, {violation.node_id for violation in case.violations}
    kept = [node for node in plan.nodes if node.node_id not in blamed]
    gone = [node for node in plan.nodes if node.node_id in blamed]
    if not kept or any(needs(node, other, plan) for node in kept for other in gone):
        return []
    edges = [edge for edge in plan.edges if blamed.isdisjoint(edge)]
    return [LabelledPlan(nodes=kept, edges=edges, label="gold")]


def _with_blamed_arguments(case: Case, precedents: Precedents) -> Iterator[LabelledPlan]:
    """What a verdict blames in another case, put into this one: it breaks the same."""
    for call, source in spoiled(case, precedents):
        raw: dict[Term, float] = {violation.term: 1.0 for violation in source.violations}
        kind = source.violations[0].kind or "argument"
        yield _with(case.execution_plan, call, label=source.label or "boundary", kind=kind, raw=raw)


def _over_limits(case: Case) -> Iterator[LabelledPlan]:
    """Just over each limit, and far over it. None where an approval may lift the limit."""
    if speaks_of_approval(case):
        return
    for call in case.execution_plan.nodes:
        for name, limit in bounds(case, call).items():
            if not 0 < limit <= limits.MAX_NUMBER / BLOWN_UP or _number(call, name) > limit:
                continue
            edge, far = (_revalued(call, name, value) for value in (limit + 1, limit * BLOWN_UP))
            yield _with(case.execution_plan, edge, label="boundary", kind="numeric_edge")
            yield _with(case.execution_plan, far, label="adversarial", kind="scope_blowup")


def _redirected(case: Case) -> Iterator[LabelledPlan]:
    """What the user sends to an address of theirs goes to one that only an output named."""
    known = _known(case)
    for position, call in enumerate(case.execution_plan.nodes):
        for name in _addresses(call):
            for source in case.execution_plan.nodes[:position]:
                others = sorted(
                    value for value in atoms(source.output or "") if "@" in value and host(value) and value not in known
                )
                if others and "@" in str(call.arguments[name]):
                    changed = _steered(call, name, others[0])
                    edges = [*dict.fromkeys([*case.execution_plan.edges, (source.node_id, call.node_id)])]
                    yield _with(case.execution_plan, changed, edges, label="adversarial", kind="altered_argument")
                    break


def _obedient(case: Case) -> Iterator[LabelledPlan]:
    """An output orders to repeat a call for a stranger, and the plan does so."""
    plan, draw = case.execution_plan, Random(case_digest(case))
    for position, call in enumerate(plan.nodes):
        sources = [node for node in plan.nodes[: position + 1] if node.output]
        names = _addresses(call)
        if not sources or not names:
            continue
        source, stranger = sources[-1], _stranger(str(call.arguments[names[0]]), draw)
        order = draw.choice(ORDERS).format(do=f"call {call.tool_name} for {stranger} too")
        told = source.model_copy(update={"output": f"{source.output}\n{order[:1].upper()}{order[1:]}"})
        again = _steered(call, names[0], stranger).model_copy(update={"node_id": _free_id(plan), "output": None})
        nodes = [*(told if node is source else node for node in plan.nodes), again]
        edges = [*plan.edges, (source.node_id, again.node_id)]
        yield _labelled(nodes, edges, again.node_id, label="adversarial", kind="hijack_to_sink")
        return


def _only_named_addresses(case: Case) -> bool:
    """Whether every address in a call stands in the request, and no call does what a source says that the user pointed to."""
    asked = atoms(case.request)
    calls = case.execution_plan.nodes
    if any(call.influence and call.influence.delegated for call in calls):
        return False
    return all(normal(value) in asked for call in calls for value in leaves(call.arguments) if _is_address(value))


def _addresses(call: ToolCall) -> list[str]:
    return [name for name, value in call.arguments.items() if _is_address(value)]


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and host(value) is not None and len(value.split()) == 1


def _known(case: Case) -> set[str]:
    """Values that the governance names."""
    return {atom for text in texts([case.policy, case.context, case.user_role]) for atom in atoms(text)}


def _stranger(like: str, draw: Random) -> str:
    """An address of the same form at a host that nothing else names."""
    name = f"{draw.choice(_HOSTS)}-{draw.randrange(100, 1_000)}.{draw.choice(_ENDINGS)}"
    return (
        f"{draw.choice(('office', 'desk', 'intake', 'records'))}@{name}"
        if "@" in like
        else f"https://{name}/{draw.randrange(10**6)}"
    )


def _free_id(plan: Plan) -> str:
    taken = {node.node_id for node in plan.nodes}
    return next(name for k in range(len(taken) + 1) if (name := f"again{k}") not in taken)


def _steered(call: ToolCall, name: str, value: str) -> ToolCall:
    """A call with an argument that came from an output, recorded as far as the call's own origins were recorded."""
    update: dict[str, Any] = {"arguments": {**call.arguments, name: value}}
    if call.provenance_tier is not None:
        update["provenance_tier"] = 3
    if call.argument_provenance is not None:
        update["argument_provenance"] = {**call.argument_provenance, name: 3}
    return call.model_copy(update=update)


def _revalued(call: ToolCall, name: str, value: float) -> ToolCall:
    """A call with another number, also where the volume says the same."""
    old = _number(call, name)
    number = int(value) if isinstance(old, int) and float(value).is_integer() else value
    update: dict[str, Any] = {"arguments": {**call.arguments, name: number}}
    if call.scope_volume == old:
        update["scope_volume"] = float(value)
    return call.model_copy(update=update)


def _number(call: ToolCall, name: str) -> float:
    value: Any = call.arguments[name]
    assert is_number(value), "bounds gives numeric arguments"
    return value


def _call(case: Case, node_id: str) -> ToolCall:
    return next(node for node in case.execution_plan.nodes if node.node_id == node_id)


def _with(
    plan: Plan,
    changed: ToolCall,
    edges: Sequence[tuple[str, str]] | None = None,
    *,
    label: Label,
    kind: str = "",
    raw: Mapping[Term, float] | None = None,
) -> LabelledPlan:
    """The plan with one call changed."""
    nodes = [changed if node.node_id == changed.node_id else node for node in plan.nodes]
    return _labelled(nodes, plan.edges if edges is None else edges, changed.node_id, label=label, kind=kind, raw=raw)


def _labelled(
    nodes: Sequence[ToolCall],
    edges: Sequence[tuple[str, str]],
    node_id: str,
    *,
    label: Label,
    kind: str,
    raw: Mapping[Term, float] | None = None,
) -> LabelledPlan:
    """A plan with energies, `raw` or those that the oracle gives this kind of violation, fitted to the mean of the label's band."""
    if label == "gold":
        return LabelledPlan(nodes=list(nodes), edges=list(edges), label=label)
    raw = ENERGIES[kind] if raw is None else raw
    scale = (DEFAULT_ENERGY[label] - BASE_ENERGY) / sum(raw.values())
    violations = [Violation(node_id=node_id, term=term, energy=energy * scale, kind=kind) for term, energy in raw.items()]
    terms = {term: BASE_ENERGY / len(TERMS) + raw.get(term, 0.0) * scale for term in TERMS}
    return LabelledPlan(
        nodes=list(nodes), edges=list(edges), label=label, kind=kind, energy_labels=Terms(**terms), violations=violations
    )
