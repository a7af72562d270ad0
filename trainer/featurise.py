"""A group as flat arrays: every distinct text, policy and call once. What the feature store holds and batches are joined from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from gatling_core.features import PlanFeatures, read_governance, read_plan, read_policy
from gatling_core.features.asker import ROLE_RELATIONS
from gatling_core.features.plan import EDGE_MEASURES, NODE_FEATURES
from gatling_core.features.policy import CLAUSE_FEATURES, WIDTH
from gatling_core.features.relations import PAIR_RELATIONS
from gatling_core.schemas import LABELS, TERMS
from trainer.dataset import Candidate, Group, energy_targets

FOREIGN = -1
"""The label of an in-batch negative: a compliant plan of another group, only contrasted, never calibrated."""
FOREIGN_SESSIONS = 2
"""Sessions of a group, at most, that get a plan of the group before."""

_CODES: dict[str, int] = {label: code for code, label in enumerate(LABELS)}

Arrays = dict[str, NDArray[Any]]

COLUMNS: dict[str, tuple[type[np.generic], int]] = {
    "texts": (np.uint16, WIDTH),
    "policy_clauses": (np.int32, 1), "policy_text": (np.int32, 1), "policy_feats": (np.float16, CLAUSE_FEATURES),
    "session_policy": (np.int32, 1), "session_texts": (np.int32, 1), "context_text": (np.int32, 1), "context_kinds": (np.int8, 1),
    "role": (np.float16, ROLE_RELATIONS),
    "session": (np.int32, 1), "planned": (np.int32, 1), "label": (np.int8, 1), "attributed": (np.bool_, 1),
    "plan_calls": (np.int32, 1), "plan_nodes": (np.int32, 1), "plan_edges": (np.int32, 1),
    "node_text": (np.int32, 2), "node_kinds": (np.int8, 1), "node_feats": (np.float16, NODE_FEATURES),
    "edges": (np.int16, 2), "edge_kinds": (np.int8, 1), "edge_feats": (np.float16, EDGE_MEASURES),
    "targets": (np.float16, len(TERMS)), "call_pair": (np.int32, 1),
    "pair_clauses": (np.int32, 1), "pair": (np.float16, PAIR_RELATIONS),
}  # fmt: skip
"""Each array with its type and the length of its rows; rows of all plans (or sessions, policies) one after the other.

texts               [T] word rows of each distinct text; text 0 is padding
policy_*            clauses of each policy; then a row a clause
session_*, context_*, role    policy and number of texts of each session; then a row a text; then a row a clause of its policy
session … plan_edges    of each plan: session, which of the distinct plans it is, label, whether its targets hold, calls, nodes, edges
node_*, edges …     a row a node or an edge; the ends of an edge count from the plan's own first node
targets, call_pair  a row a call: energies per term; which of the distinct calls it is
pair_clauses, pair  of each distinct call: clauses of its policy; then a row a clause
"""


@dataclass
class _Table:
    """Distinct arrays in the order in which they first came."""

    rows: list[NDArray[Any]] = field(default_factory=list)
    numbers: dict[tuple[int, bytes], int] = field(default_factory=dict)

    def add(self, row: NDArray[Any], kind: int = 0) -> int:
        """The number of a row; rows of another kind are others."""
        key = (kind, row.tobytes())
        number = self.numbers.setdefault(key, len(self.rows))
        if number == len(self.rows):
            self.rows.append(row)
        return number


def featurise(group: Group, before: Group | None = None) -> Arrays:
    """The arrays of a group; some of its sessions also get a compliant plan of the group before, as an in-batch negative."""
    policies = [read_policy(policy) for policy in group.policies]
    sessions = [read_governance(policies[s.policy], s.user_role, s.context) for s in group.sessions]
    texts, pairs = _Table(), _Table()
    planned: dict[bytes, int] = {}
    texts.add(np.zeros(WIDTH, np.uint16))
    found: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for policy in policies:
        found["policy_clauses"].append(policy.size)
        found["policy_text"] += _numbers(texts, policy.ids)
        found["policy_feats"].append(policy.feats)
    for session, features in zip(group.sessions, sessions, strict=True):
        found["session_policy"].append(session.policy)
        found["session_texts"].append(len(features.context_ids))
        found["context_text"] += _numbers(texts, features.context_ids)
        found["context_kinds"] += features.context_kinds.tolist()
        found["role"].append(features.role)
    both = [*group.tools, *(before.tools if before else ())]
    ours = ((candidate, group.tools, _CODES[candidate.label]) for candidate in group.candidates)
    theirs = ((candidate, both, FOREIGN) for candidate in _foreign(group, before))
    for candidate, tools, label in chain(ours, theirs):
        plan = read_plan(candidate.plan, sessions[candidate.session], tools)
        found["planned"].append(planned.setdefault(_said(candidate), len(planned)))
        _add(found, texts, pairs, candidate, plan, label, group.sessions[candidate.session].policy)
    found["texts"] = texts.rows
    found["pair_clauses"] = [len(rows) for rows in pairs.rows]
    found["pair"] = pairs.rows
    return {name: _joined(values, *COLUMNS[name]) for name, values in found.items()}


def _add(
    found: dict[str, list[Any]], texts: _Table, pairs: _Table, candidate: Candidate, plan: PlanFeatures, label: int, policy: int
) -> None:
    targets, known = energy_targets(candidate)
    one = {"session": candidate.session, "label": label, "attributed": known and label != FOREIGN}
    sizes = {"plan_calls": plan.calls, "plan_nodes": len(plan.node_kinds), "plan_edges": len(plan.edge_kinds)}
    for name, value in {**one, **sizes}.items():
        found[name].append(value)
    found["node_text"].append(np.array(_numbers(texts, plan.node_ids.reshape(-1, WIDTH))).reshape(-1, 2))
    found["node_kinds"] += plan.node_kinds.tolist()
    found["node_feats"].append(plan.node_feats)
    found["edges"].append(plan.edges.T)
    found["edge_kinds"] += plan.edge_kinds.tolist()
    found["edge_feats"].append(plan.edge_feats)
    found["targets"].append(targets)
    found["call_pair"] += [pairs.add(rows.astype(np.float16), policy) for rows in plan.pair]


def _said(candidate: Candidate) -> bytes:
    """What the plan calls with what: the same under every session that it is tried in."""
    return orjson.dumps([[node.tool_name, node.arguments] for node in candidate.plan.nodes])


def _numbers(texts: _Table, ids: NDArray[np.int32]) -> list[int]:
    return [texts.add(row) for row in ids.astype(np.uint16)]


def _foreign(group: Group, before: Group | None) -> Iterable[Candidate]:
    """Compliant plans of the group before, each under one of this group's sessions."""
    if before is None or before.policies == group.policies:
        return
    plans = [candidate.plan for candidate in before.candidates if candidate.label == "gold"]
    for session, plan in zip(range(min(len(group.sessions), FOREIGN_SESSIONS)), plans, strict=False):
        yield Candidate(session, plan, "gold", None, ())


def _joined(values: list[Any], kind: type[np.generic], width: int) -> NDArray[Any]:
    if values and isinstance(values[0], np.ndarray):
        return np.concatenate([np.reshape(value, (-1, width)) for value in values]).astype(kind)
    array = np.array(values, kind)
    return array if width == 1 else array.reshape(-1, width)
