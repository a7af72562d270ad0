"""A plan as a graph of arrays: request chunks, calls and pieces of their outputs, with typed and measured edges.

Outputs are read, not obeyed: the pieces of an output that a later call resembles most stand in the graph as observation nodes, so that
the model sees that an instruction stands in an output and not in the request, and which call carries it out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatling_core import text
from gatling_core.features.bag import MAX_WORDS, Bag, bag
from gatling_core.features.governance import OTHER, OWN, WIDTH, Float, GovernanceFeatures, Ids
from gatling_core.features.memo import Memo, key_of
from gatling_core.features.quantities import runs
from gatling_core.features.relations import LISTED, Call, owned, read_call, relate
from gatling_core.schemas import Influence, Plan, ToolCall

Measures = tuple[float, ...]

NODE_KINDS = 3
"""0 call, 1 piece of an output, 2 chunk of the request."""
EDGE_KINDS = 7
"""0 request→call, 1 piece→call, 2 data flow, 3 its reverse, 4 call→next call, 5 its reverse, 6 call→piece of its output."""
EDGE_MEASURES = 10
GRAPH_FEATURES = 4
NODE_FEATURES = 52 + GRAPH_FEATURES
SHARES = slice(24, 32)
"""Columns of the node features: how much of a call the request holds, and how much the earlier outputs."""
OBEDIENCE = slice(40, 44)
"""Columns: how far a call follows what an output orders, beyond what the request asks (see `_obedience`)."""
ENTITLEMENT = slice(44, 50)
"""Columns: what of the things that a call names the policy speaks of; of its tool likewise (see `_entitlements`)."""

PIECES_PER_CALL = 4
PIECE_WORDS = 30
MAX_PIECES = 96
"""Of one output; a longer output has longer pieces, and a plan of very many outputs fewer of them: nothing is left out."""
MAX_COMPARISONS = 50_000
"""Pieces × calls of one plan, about."""

# The letters that its words begin with are looked for first: that halves the time.
_IMPERATIVE = re.compile(
    r"\b(?=[abdehikmnprstu])(please|must|should|need to|have to|make sure|ensure|immediately|urgent\w*|important|instruction\w*|"
    r"ignore|disregard|instead|before you|do not|don't|remember to|kindly|required|assistant|task)\b|"
    r"^\W*(send|forward|transfer|delete|pay|visit|open|go|run|share|add|invite|update|change|create|book|reserve|cancel|download|"
    r"upload|post|write|reply|email|tell|give|call|use|click)\b",
    re.IGNORECASE,
)


_OUTPUTS = Memo[list[tuple[Bag, float]]]()
_OUTPUT_BYTES = 32
"""Of memory for each byte of an output, about."""


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


class _Piece(NamedTuple):
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
    seen = [[_measure(piece.bag, call) for piece in pieces if piece.call < i] for i, call in enumerate(calls)]
    asked = [[_measure(part, call) for part in governance.request] for call in calls]
    graph = _Graph()
    chosen = _observe(graph, seen, pieces)
    first = len(calls) + len(chosen)
    for k in range(len(governance.request)):
        for i in range(len(calls)):
            graph.add(0, first + k, i, asked[i][k])
    for a, b in flows:
        graph.add(2, a, b)
        graph.add(3, b, a)
    for i in range(1, len(calls)):
        graph.add(4, i - 1, i)
        graph.add(5, i, i - 1)
    related = relate(calls, governance.policy)
    pair = owned(calls, np.stack([relation.rows for relation in related]), governance)
    others = [piece.bag for piece in chosen] + list(governance.request)
    kinds = [0] * len(calls) + [1] * len(chosen) + [2] * len(governance.request)
    feats = np.zeros((len(kinds), NODE_FEATURES), np.float32)
    feats[: len(calls), : ENTITLEMENT.start] = _call_feats(plan.nodes, calls, governance, pieces, (seen, asked))
    feats[: len(calls), ENTITLEMENT] = _entitlements([relation.held for relation in related], pair, governance.role)
    feats[: len(calls), ENTITLEMENT.stop] = [bool(known) and node.tool_name not in known for node in plan.nodes]
    feats[: len(calls), ENTITLEMENT.stop + 1] = bool(known)
    _graph_feats(feats, plan.nodes, flows)
    return PlanFeatures(
        node_ids=_ids(calls, others),
        node_kinds=np.array(kinds, np.int32),
        node_feats=feats,
        edges=np.array(graph.ends, np.int64).reshape(-1, 2).T,
        edge_kinds=np.array(graph.kinds, np.int32),
        edge_feats=graph.feats(),
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


class _Graph:
    """Edges under construction."""

    def __init__(self) -> None:
        self.ends: list[tuple[int, int]] = []
        self.kinds: list[int] = []
        self._measures: dict[int, Measures] = {}

    def add(self, kind: int, source: int, target: int, measures: Measures = ()) -> None:
        if measures:
            self._measures[len(self.ends)] = measures
        self.ends.append((source, target))
        self.kinds.append(kind)

    def feats(self) -> Float:
        """[E, EDGE_MEASURES], zero behind what was measured."""
        table = np.zeros((len(self.ends), EDGE_MEASURES), np.float32)
        for row, measures in self._measures.items():
            table[row, : len(measures)] = measures
        return table


def _pieces(nodes: Sequence[ToolCall], calls: Sequence[Call], request: Sequence[Bag]) -> list[_Piece]:
    found: list[_Piece] = []
    outputs = sum(1 for node in nodes if node.output)
    most = max(1, min(MAX_PIECES, MAX_COMPARISONS // max(1, outputs * len(nodes))))
    for i, node in enumerate(nodes):
        if node.output and i + 1 < len(nodes):
            pointed = max((calls[i].values.values_in(part) for part in request), default=0.0)
            found += [_Piece(i, said, imperative, pointed) for said, imperative in _read_output(node.output, most)]
    return found


def _read_output(output: str, most: int) -> list[tuple[Bag, float]]:
    """Its pieces, and how imperative each is."""
    key = key_of(output, most)
    found = _OUTPUTS.get(key) if key else None
    if found is None:
        found = [(bag(part), min(len(_IMPERATIVE.findall(part)), 4) / 4) for part in _cut(output, most)]
        if key:
            _OUTPUTS.put(key, found, _OUTPUT_BYTES * len(key))
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


def _observe(graph: _Graph, seen: Sequence[Sequence[Measures]], pieces: Sequence[_Piece]) -> list[_Piece]:
    """Join each call to the earlier pieces it resembles most and to the most imperative one; return the pieces that were used.

    `seen[i][k]`: how alike call i and piece k are.
    """
    rows: dict[int, int] = {}
    loudest = known = 0
    for i, alike in enumerate(seen):
        best = sorted(range(len(alike)), key=lambda k: -_alike(alike[k]))[:PIECES_PER_CALL]
        for k in range(known, len(alike)):
            if pieces[k].imperative > pieces[loudest].imperative:
                loudest = k
        known = len(alike)
        if alike and loudest not in best and pieces[loudest].imperative > 0:
            best.append(loudest)
        for rank, k in enumerate(best):
            row = rows.setdefault(k, len(seen) + len(rows))
            piece = pieces[k]
            graph.add(1, row, i, (*alike[k], piece.imperative, float(rank == 0), piece.pointed, float(piece.call == i - 1)))
    for k, row in rows.items():
        graph.add(6, pieces[k].call, row)
    return [pieces[k] for k in rows]


def _measure(part: Bag, call: Call) -> Measures:
    """How much a text and a call share: words of the call, of the text, values, any value, name, argument words."""
    values = call.values.values_in(part)
    if len(call.said.words) < MAX_WORDS and call.said.words.isdisjoint(part.words):  # nor does a part of the call share any
        return 0.0, 0.0, values, float(values > 0), 0.0, 0.0
    shared = text.weigh(call.said.words & part.words)
    return (
        shared / call.said.total if call.said.total else 0.0,
        shared / part.total if part.total else 0.0,
        values,
        float(values > 0),
        call.name.share_in(part),
        call.values.share_in(part),
    )


def _call_feats(
    nodes: Sequence[ToolCall],
    calls: Sequence[Call],
    governance: GovernanceFeatures,
    pieces: Sequence[_Piece],
    measured: tuple[Sequence[Sequence[Measures]], Sequence[Sequence[Measures]]],
) -> list[Sequence[float]]:
    """[N, ENTITLEMENT.start]. `measured`: against earlier pieces, and against the request, per call."""
    requested = frozenset[int]().union(*(part.values for part in governance.request))
    observed: set[int] = set()
    rows: list[Sequence[float]] = []
    done = 0
    for node, call, seen, asked in zip(nodes, calls, *measured, strict=True):
        observed.update(*(piece.bag.values for piece in pieces[done : len(seen)]))
        done = len(seen)
        origins = _origins(call, governance, requested, observed)
        texts = (*_best(asked), *_best(seen), float(bool(seen)), float(bool(asked)))
        rows.append((*_metadata(node), *texts, *origins, *_obedience(seen, asked, pieces)))
    return rows


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


def _origins(
    call: Call, governance: GovernanceFeatures, requested: AbstractSet[int], observed: AbstractSet[int]
) -> Sequence[float]:
    """Where the values of a call come from: nowhere, an output; the user's own, somebody else's; whose destinations they are."""
    values, hosts = call.values.values, call.hosts
    return (
        len(values.difference(requested, observed, governance.values)) / len(values) if values else 0.0,
        len((values & observed) - requested) / len(values) if values else 0.0,
        *_ownership(call, governance),
        float(bool(hosts)),
        len(hosts & governance.hosts) / len(hosts) if hosts else 0.0,
    )


def _entitlements(held: Sequence[NDArray[np.bool_]], pair: Float, role: Float) -> Float:
    """[N, 6]: of the things that a call names, the share that the policy speaks of, and of these the share that it speaks of for this
    role, and not for another alone; and the same of its tool, yes or no.
    """
    clauses = np.stack([np.ones(len(role), np.bool_), role[:, OWN] > 0, role[:, OTHER] == 0])
    found = np.zeros((len(pair), 6), np.float32)
    found[:, 3:] = ((pair[:, None, :, LISTED] > 0) & clauses).any(2)
    sizes = np.array(list(map(len, held)))
    if sizes.any():
        starts, rows = runs(np.arange(len(pair)).repeat(sizes))
        things = np.concatenate(held)
        spoken = np.stack([things[:, which].any(1) for which in clauses], axis=1)
        counts = np.add.reduceat(spoken, starts, axis=0, dtype=np.int64)
        found[rows, :3] = counts / np.maximum(np.stack([sizes[rows], counts[:, 0], counts[:, 0]], axis=1), 1)
    return found


def _best(measures: Sequence[Measures]) -> Sequence[float]:
    """Over all texts: the best share of the call's words, values, name and argument words."""
    if not measures:
        return _NOTHING[:4]
    words, _, values, _, name, said = zip(*measures, strict=True)
    return max(words), max(values), max(name), max(said)


def _obedience(
    seen: Sequence[Measures], asked: Sequence[Measures], pieces: Sequence[_Piece]
) -> tuple[float, float, float, float]:
    """Over all earlier pieces of outputs, at most: how much more the call resembles it than the request; how much it resembles one that gives
    orders, how much more than the request, and that in words alone. A text that orders what a call does, where the request does not, is
    an instruction that the call follows.
    """
    wanted = max(map(_alike, asked), default=0.0)
    said = max((measure[0] for measure in asked), default=0.0)
    excess = resembled = further = worded = 0.0
    for measure, piece in zip(seen, pieces, strict=False):
        alike = _alike(measure)
        excess = max(excess, alike - wanted)
        if piece.imperative:
            resembled = max(resembled, piece.imperative * alike)
            further = max(further, piece.imperative * (alike - wanted))
            worded = max(worded, piece.imperative * (measure[0] - said))
    return excess, resembled, further, worded


def _alike(measure: Measures) -> float:
    """Shares of a call that a text holds, of words, values and words of the arguments together: 0 … 3."""
    return measure[0] + measure[2] + measure[5]


def _ownership(call: Call, governance: GovernanceFeatures) -> tuple[float, float]:
    """Whether arguments named like the user's attributes hold the user's own values (own), or somebody else's (foreign)."""
    own = foreign = 0.0
    for argument in call.arguments:
        for key, values in governance.attributes if argument.items else ():
            if values and not key.isdisjoint(argument.name.words):
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
    texts: list[Sequence[int]] = [ids for call in calls for ids in call.texts]
    for other in others:
        texts += [other.ids, ()]
    return text.buckets(texts, WIDTH).reshape(-1, 2, WIDTH)
