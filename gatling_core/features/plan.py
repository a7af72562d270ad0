"""A plan as a graph of arrays: request chunks, calls and pieces of their outputs, with typed and measured edges.

Outputs are read, not obeyed: the pieces of an output that a later call resembles most stand in the graph as observation nodes, so that
the model sees that an instruction stands in an output and not in the request, and which call carries it out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatling_core import text
from gatling_core.features.bag import Bag, bag, overlap
from gatling_core.features.governance import WIDTH, Float, GovernanceFeatures, Ids
from gatling_core.features.relations import Call, read_call, relate
from gatling_core.schemas import Plan, ToolCall

NODE_KINDS = 3
"""0 call, 1 piece of an output, 2 chunk of the request."""
EDGE_KINDS = 7
"""0 request→call, 1 piece→call, 2 data flow, 3 its reverse, 4 call→next call, 5 its reverse, 6 call→piece of its output."""
EDGE_MEASURES = 10
GRAPH_FEATURES = 4
NODE_FEATURES = 42 + GRAPH_FEATURES

PIECES_PER_CALL = 4
PIECE_WORDS = 30
MAX_PIECES = 96
"""Of one output; a longer output has longer pieces, and a plan of very many outputs fewer of them: nothing is left out."""
MAX_COMPARISONS = 50_000
"""Pieces × calls of one plan, about."""

_IMPERATIVE = re.compile(
    r"\b(please|must|should|need to|have to|make sure|ensure|immediately|urgent\w*|important|instruction\w*|ignore|disregard|instead|"
    r"before you|do not|don't|remember to|kindly|required|assistant|task)\b|^\W*(send|forward|transfer|delete|pay|visit|open|go|run|"
    r"share|add|invite|update|change|create|book|reserve|cancel|download|upload|post|write|reply|email|tell|give|call|use|click)\b",
    re.IGNORECASE,
)


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


@dataclass(frozen=True)
class _Piece:
    call: int
    bag: Bag
    imperative: float
    pointed: float  # how much of what the call asked for is named in the request: the user pointed to this source


def read_plan(plan: Plan, governance: GovernanceFeatures, tools: Sequence[Mapping[str, Any]] = ()) -> PlanFeatures:
    """The features of a plan under a governance."""
    known = describe(tools)
    calls = [read_call(node, known.get(node.tool_name, "")) for node in plan.nodes]
    position = {node.node_id: i for i, node in enumerate(plan.nodes)}
    flows = list(dict.fromkeys((position[a], position[b]) for a, b in plan.edges))
    pieces = _pieces(plan.nodes, calls, governance.request)
    graph = _Graph(len(calls))
    chosen = _observe(graph, calls, pieces)
    request = [len(calls) + len(chosen) + k for k in range(len(governance.request))]
    for k, part in enumerate(governance.request):
        for i, call in enumerate(calls):
            graph.add(0, request[k], i, _measure(part, call))
    for a, b in flows:
        graph.add(2, a, b)
        graph.add(3, b, a)
    for i in range(1, len(calls)):
        graph.add(4, i - 1, i)
        graph.add(5, i, i - 1)
    others = [piece.bag for piece in chosen] + list(governance.request)
    kinds = [0] * len(calls) + [1] * len(chosen) + [2] * len(request)
    feats = np.zeros((len(kinds), NODE_FEATURES), np.float32)
    for i, call in enumerate(calls):
        feats[i, :-GRAPH_FEATURES] = _node_feats(plan.nodes[i], call, governance, [p for p in pieces if p.call < i], known)
    _graph_feats(feats, plan.nodes, flows)
    return PlanFeatures(
        node_ids=_ids(calls, others),
        node_kinds=np.array(kinds, np.int32),
        node_feats=feats,
        edges=np.array(graph.ends, np.int64).reshape(-1, 2).T,
        edge_kinds=np.array(graph.kinds, np.int32),
        edge_feats=np.array(graph.feats, np.float32).reshape(-1, EDGE_MEASURES),
        pair=np.stack([relate(call, governance.policy) for call in calls]),
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


class _Graph:
    """Edges under construction."""

    def __init__(self, calls: int) -> None:
        self.calls = calls
        self.ends: list[tuple[int, int]] = []
        self.kinds: list[int] = []
        self.feats: list[Sequence[float]] = []

    def add(self, kind: int, source: int, target: int, measures: Sequence[float] = (0.0,) * EDGE_MEASURES) -> None:
        self.ends.append((source, target))
        self.kinds.append(kind)
        self.feats.append(measures)


def _pieces(nodes: Sequence[ToolCall], calls: Sequence[Call], request: Sequence[Bag]) -> list[_Piece]:
    found: list[_Piece] = []
    outputs = sum(1 for node in nodes if node.output)
    most = max(1, min(MAX_PIECES, MAX_COMPARISONS // max(1, outputs * len(nodes))))
    for i, node in enumerate(nodes):
        if node.output and i + 1 < len(nodes):
            pointed = max((calls[i].values.values_in(part) for part in request), default=0.0)
            for part in _cut(node.output, most):
                imperative = min(len(_IMPERATIVE.findall(part)), 4) / 4
                found.append(_Piece(i, bag(part), imperative, pointed))
    return found


def _cut(output: str, most: int) -> list[str]:
    """At most about `most` pieces: sentences and lines joined up to PIECE_WORDS words, so that a short field keeps its neighbours."""
    sentences = text.sentences(output)
    words = max(PIECE_WORDS, -(-sum(s.count(" ") + 1 for s in sentences) // most))
    pieces: list[list[str]] = []
    length = words
    for sentence in sentences:
        size = sentence.count(" ") + 1
        if length + size > words and (len(pieces) < most or not pieces):
            pieces.append([sentence])
            length = size
        else:
            pieces[-1].append(sentence)
            length += size
    return [" ".join(piece) for piece in pieces]


def _observe(graph: _Graph, calls: Sequence[Call], pieces: Sequence[_Piece]) -> list[_Piece]:
    """Join each call to the earlier pieces it resembles most and to the most imperative one; return the pieces that were used."""
    rows: dict[int, int] = {}
    for i, call in enumerate(calls):
        scored = [(_measure(piece.bag, call), k) for k, piece in enumerate(pieces) if piece.call < i]
        best = sorted(scored, key=lambda item: (-(item[0][0] + item[0][2] + item[0][5]), item[1]))[:PIECES_PER_CALL]
        loudest = max(scored, key=lambda item: (pieces[item[1]].imperative, -item[1]), default=None)
        if loudest and loudest not in best and pieces[loudest[1]].imperative > 0:
            best.append(loudest)
        for rank, (measures, k) in enumerate(best):
            row = rows.setdefault(k, len(calls) + len(rows))
            piece = pieces[k]
            graph.add(1, row, i, (*measures[:6], piece.imperative, float(rank == 0), piece.pointed, float(piece.call == i - 1)))
    for k, row in rows.items():
        graph.add(6, pieces[k].call, row)
    return [pieces[k] for k in rows]


def _measure(part: Bag, call: Call) -> tuple[float, ...]:
    """How much a text and a call share: words of the call, of the text, values, any value, name, argument words."""
    shared = overlap(call.said.words, part.words)
    values = call.values.values_in(part)
    return (
        shared / call.said.total if call.said.total else 0.0,
        shared / part.total if part.total else 0.0,
        values,
        float(values > 0),
        call.name.share_in(part),
        call.values.share_in(part),
        *(0.0,) * (EDGE_MEASURES - 6),
    )


def _node_feats(
    node: ToolCall, call: Call, governance: GovernanceFeatures, before: Sequence[_Piece], known: Mapping[str, str]
) -> Sequence[float]:
    tiers = list((node.argument_provenance or {}).values())
    tier, influence = node.provenance_tier or 0, node.influence
    requested = [_measure(part, call) for part in governance.request]
    observed = [_measure(piece.bag, call) for piece in before]
    own, foreign = _ownership(call, governance)
    asked = frozenset[int]().union(*(part.values for part in governance.request))
    seen = frozenset[int]().union(*(piece.bag.values for piece in before))
    values = call.values.values
    novel = len(values - asked - seen - governance.values) / len(values) if values else 0.0
    hosts = call.hosts
    at_home = sum(1 for h in hosts if h in governance.hosts) / len(hosts) if hosts else 0.0
    return (
        *(float(tier == t) for t in range(4)),
        *(sum(1 for t in tiers if t == k) / len(tiers) if tiers else 0.0 for k in range(4)),
        float(bool(tiers)),
        float(node.scope_volume is not None),
        math.log1p(node.scope_volume or 0.0) / 15,
        *(float((node.scope_sensitivity or 0) == s) for s in range(6)),
        float(influence is not None),
        *((influence.request, influence.system, influence.outputs, influence.outputs - influence.request) if influence else (0.0,) * 4),
        float(influence is not None and influence.delegated),
        float(influence is not None and influence.source is not None),
        *_best(requested),
        *_best(observed),
        float(bool(observed)),
        float(bool(requested)),
        novel,
        len(values & seen - asked) / len(values) if values else 0.0,
        own,
        foreign,
        float(bool(hosts)),
        at_home,
        float(bool(known) and node.tool_name not in known),
        float(bool(known)),
    )  # fmt: skip


def _best(measures: Sequence[Sequence[float]]) -> tuple[float, float, float, float]:
    """Over all texts: the best share of the call's words, values, name and argument words."""
    return tuple(max((m[k] for m in measures), default=0.0) for k in (0, 2, 4, 5))  # type: ignore[return-value]


def _ownership(call: Call, governance: GovernanceFeatures) -> tuple[float, float]:
    """Whether arguments named like the user's attributes hold the user's own values (own), or somebody else's (foreign)."""
    own = foreign = 0.0
    for argument in call.arguments:
        for key, values in governance.attributes:
            if argument.items and values and any(text.weight(w) == 1.0 for w in argument.key & key):
                same = bool(argument.items & values)
                own, foreign = max(own, float(same)), max(foreign, float(not same))
    return own, foreign


def _graph_feats(feats: Float, nodes: Sequence[ToolCall], flows: Sequence[tuple[int, int]]) -> None:
    """The last columns: data flows in, flows out, lies on a cycle, highest sensitivity that reaches the call along the flow."""
    step = np.zeros((len(nodes), len(nodes)), np.float32)
    for a, b in flows:
        step[a, b] = 1.0
        feats[b, -4], feats[a, -3] = 1.0, 1.0
    reach = np.maximum(step, np.eye(len(nodes), dtype=np.float32))
    if flows:
        for _ in range(math.ceil(math.log2(len(nodes) + 1))):  # each squaring doubles the length of the paths found
            reach = np.minimum(reach @ reach, 1.0)
        feats[: len(nodes), -2] = np.diag(step @ reach) > 0
    levels = np.array([node.scope_sensitivity or 0 for node in nodes], np.float32)
    feats[: len(nodes), -1] = (reach * levels[:, None]).max(axis=0) / 5


def _ids(calls: Sequence[Call], others: Sequence[Bag]) -> Ids:
    table = np.zeros((len(calls) + len(others), 2, WIDTH), np.int32)
    for i, call in enumerate(calls):
        table[i, 0] = text.buckets([*call.name.ids[:12], *call.description.ids], WIDTH)
        said = [word for a in call.arguments for word in [*a.name[:3], *a.bag.ids[:20]]]
        table[i, 1] = text.buckets(said, WIDTH)
    for k, other in enumerate(others):
        table[len(calls) + k, 0] = text.buckets(other.ids, WIDTH)
    return table
