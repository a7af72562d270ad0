"""A plan as a graph of arrays: request chunks, calls and pieces of their outputs, with typed and measured edges.

Outputs are read, not obeyed: the pieces of an output that a later call resembles most stand in the graph as observation nodes, so that
the model sees that an instruction stands in an output and not in the request, and which call carries it out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatling_core import text
from gatling_core.features.bag import Bag
from gatling_core.features.governance import GovernanceFeatures
from gatling_core.features.outputs import pieces_per_output, read_pieces
from gatling_core.features.policy import WIDTH, Float, Ids
from gatling_core.features.relations import OWNED, STATED, Call, read_call, relate
from gatling_core.features.steps import EDGE_MEASURES, TEXT_MEASURES, Step, read_steps
from gatling_core.schemas import Influence, Plan, ToolCall

NODE_KINDS = 3
"""0 call, 1 piece of an output, 2 chunk of the request."""
EDGE_KINDS = 5
"""0 request→call, 1 piece→call, 2 data flow, 3 call→next call, 4 call→piece of its output: nothing that comes later tells on what was before."""
GRAPH_FEATURES = 3
NODE_FEATURES = 62 + GRAPH_FEATURES
SHARES = slice(24, 32)
"""Columns of the node features: how much of a call the request holds, and how much the earlier outputs."""
OBEDIENCE = slice(40, 44)
"""Columns: how far a call follows what an output orders, beyond what the request asks (see `steps._obedience`)."""
FOLLOWED = OBEDIENCE.start + 2
"""Column, of these: how much more a call follows an order of an output than the request."""
ENTITLEMENT = slice(44, 54)
"""Columns: what of the things that a call names the policy speaks of; of its tool likewise (see `steps._entitlements`)."""
ORIGIN = slice(54, 60)
"""Columns: the record that a call acts on (see `records.acted_on`); where the names among its arguments stand (see `steps._named`)."""


@dataclass(frozen=True)
class PlanFeatures:
    """Nodes: the N calls first, in plan order, then pieces, then request chunks; M in all."""

    node_ids: Ids  # [M, 2, WIDTH] name and description; arguments. A piece or chunk has its text in the first
    node_kinds: Ids  # [M]
    node_feats: Float  # [M, NODE_FEATURES]
    edges: NDArray[np.int64]  # [2, E] source, target
    edge_kinds: Ids  # [E]
    edge_feats: Float  # [E, EDGE_MEASURES]
    pair: Float  # [N, C, relations.PAIR_RELATIONS]
    names: tuple[str, ...]  # node_id of each call

    @property
    def calls(self) -> int:
        return len(self.names)


def read_plan(plan: Plan, governance: GovernanceFeatures, tools: Sequence[Mapping[str, Any]] = ()) -> PlanFeatures:
    """The features of a plan under a governance."""
    known = describe(tools)
    calls = [read_call(node, known.get(node.tool_name, "")) for node in plan.nodes]
    position = {node.node_id: i for i, node in enumerate(plan.nodes)}
    flows = list(dict.fromkeys((position[a], position[b]) for a, b in plan.edges))
    most = pieces_per_output(plan.nodes)
    pieces = read_pieces(plan.nodes, calls, governance.request, most)
    related = relate(calls, governance.policy)
    steps = read_steps(plan.nodes, calls, related, governance, (pieces, most))
    rows = {k: row for row, k in enumerate(dict.fromkeys(k for step in steps for k in step.best), len(calls))}
    others = [pieces[k].bag for k in rows] + list(governance.request)
    kinds = [0] * len(calls) + [1] * len(rows) + [2] * len(governance.request)
    feats = np.zeros((len(kinds), NODE_FEATURES), np.float32)
    feats[: len(calls), : SHARES.start] = [_metadata(node) for node in plan.nodes]
    feats[: len(calls), SHARES.start : ORIGIN.stop] = [step.feats for step in steps]
    feats[: len(calls), ORIGIN.stop] = [bool(known) and node.tool_name not in known for node in plan.nodes]
    feats[: len(calls), ORIGIN.stop + 1] = bool(known)
    _graph_feats(feats, plan.nodes, flows)
    pair = np.stack([relation.rows for relation in related])
    pair[:, :, -OWNED:] = [step.owned for step in steps]
    pair[:, :, STATED] = [step.stated for step in steps]
    edges, edge_kinds, edge_feats = _edges(steps, flows, {row: pieces[k].call for k, row in rows.items()}, rows)
    return PlanFeatures(
        node_ids=_ids(calls, others),
        node_kinds=np.array(kinds, np.int32),
        node_feats=feats,
        edges=edges,
        edge_kinds=edge_kinds,
        edge_feats=edge_feats,
        pair=pair,
        names=tuple(node.node_id for node in plan.nodes),
    )


def describe(tools: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Tool name → description, from OpenAI, Anthropic or MCP tool listings."""
    found: dict[str, str] = {}
    for tool in tools:
        inner = tool.get("function")
        entry: Mapping[str, Any] = inner if isinstance(inner, Mapping) else tool
        name = entry.get("name")
        if isinstance(name, str):
            if name in found:  # the first listing stands: a later one must not redescribe a tool
                continue
            found[name] = str(entry.get("description") or "")[:1_000]
    return found


def _edges(
    steps: Sequence[Step], flows: Sequence[tuple[int, int]], sources: Mapping[int, int], rows: Mapping[int, int]
) -> tuple[NDArray[np.int64], Ids, Float]:
    """Ends, kinds and measures. `rows`: the node of each piece; `sources`: the call that such a node is an output of."""
    calls, chunks = len(steps), len(steps[0].asked)
    first = calls + len(rows)
    groups: list[tuple[int, Sequence[tuple[int, int]]]] = [
        (1, [(rows[k], i) for i, step in enumerate(steps) for k in step.best]),
        (4, [(call, row) for row, call in sources.items()]),
        (0, [(first + k, i) for k in range(chunks) for i in range(calls)]),
        (2, flows),
        (3, [(i - 1, i) for i in range(1, calls)]),
    ]
    ends = [end for _, some in groups for end in some]
    kinds = [kind for kind, some in groups for _ in some]
    feats = np.zeros((len(ends), EDGE_MEASURES), np.float32)
    alike = np.concatenate([step.alike for step in steps])
    feats[: len(alike)] = alike
    asked = np.stack([step.asked for step in steps], axis=1)
    start = len(alike) + len(sources)
    feats[start : start + chunks * calls, :TEXT_MEASURES] = asked.reshape(-1, TEXT_MEASURES)
    return np.array(ends, np.int64).reshape(-1, 2).T, np.array(kinds, np.int32), feats


def _metadata(node: ToolCall) -> Sequence[float]:
    """What the runtime says of a call: tiers, scope, influence."""
    tiers = list(node.argument_provenance.values()) if node.argument_provenance else []
    influence = node.influence
    return (
        *_ONE_OF_4[node.provenance_tier or 0],
        *([tiers.count(k) / len(tiers) for k in range(4)] if tiers else _NOTHING[:4]),
        float(bool(tiers)),
        float(node.scope_volume is not None),
        math.log1p(node.scope_volume or 0.0) / 15,
        *_ONE_OF_6[node.scope_sensitivity or 0],
        *(_influence(influence) if influence else _NOTHING),
    )


_NOTHING = (0.0,) * 7
_ONE_OF_4 = tuple(tuple(float(i == k) for k in range(4)) for i in range(4))
_ONE_OF_6 = tuple(tuple(float(i == k) for k in range(6)) for i in range(6))


def _influence(found: Influence) -> Sequence[float]:
    return (
        1.0,
        *(found.request, found.system, found.outputs, found.outputs - found.request),
        float(found.delegated),
        float(found.source is not None),
    )


def _graph_feats(feats: Float, nodes: Sequence[ToolCall], flows: Sequence[tuple[int, int]]) -> None:
    """The last columns: data flows in, lies on a cycle, highest sensitivity that reaches the call along the flow."""
    step = np.zeros((len(nodes), len(nodes)), np.float32)
    for a, b in flows:
        step[a, b] = 1.0
        feats[b, -3] = 1.0
    reach = np.maximum(step, np.eye(len(nodes), dtype=np.float32))
    if flows:
        for _ in range(math.ceil(math.log2(len(nodes) + 1))):  # each squaring doubles the length of the paths found
            reach = np.minimum(reach @ reach, 1.0)
        feats[: len(nodes), -2] = np.diag(step @ reach) > 0
    levels = np.array([node.scope_sensitivity or 0 for node in nodes], np.float32)
    feats[: len(nodes), -1] = (reach * levels[:, None]).max(axis=0) / 5


def _ids(calls: Sequence[Call], others: Sequence[Bag]) -> Ids:
    texts: list[Sequence[int]] = [ids for call in calls for ids in call.texts]
    for other in others:
        texts += [other.ids, ()]
    return text.buckets(texts, WIDTH).reshape(-1, 2, WIDTH)
