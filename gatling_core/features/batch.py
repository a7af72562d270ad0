"""Many plans under many governances as one set of padded and joined arrays: what the graphs take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gatling_core.features.asker import ROLE_RELATIONS
from gatling_core.features.governance import GovernanceFeatures
from gatling_core.features.plan import EDGE_MEASURES, NODE_FEATURES, PlanFeatures
from gatling_core.features.policy import CLAUSE_FEATURES, WIDTH, Float, Ids, PolicyFeatures
from gatling_core.features.relations import PAIR_RELATIONS

Index = NDArray[np.int64]
Mask = NDArray[np.float32]

BLOCK = 16
"""Clauses are padded to a multiple of the local attention's block, so that no graph has to pad."""


@dataclass(frozen=True)
class PolicyBatch:
    """P policies of at most C clauses. Masks are 1.0 for what is real and 0.0 for padding."""

    ids: Ids  # [P, C, WIDTH]
    feats: Float  # [P, C, CLAUSE_FEATURES]
    mask: Mask  # [P, C]


@dataclass(frozen=True)
class Batch:
    """B plans under G governances: contexts and clauses dense, graphs as one disjoint union (FACTS: the fastest and safest)."""

    context_ids: Ids  # [G, S, WIDTH]
    context_kinds: Index  # [G, S]
    context_mask: Mask  # [G, S]
    role: Float  # [G, C, ROLE_RELATIONS]
    governance: Index  # [B] the governance of each plan
    node_ids: Ids  # [M, 2, WIDTH]
    node_kinds: Index  # [M]
    node_feats: Float  # [M, NODE_FEATURES]
    edges: Index  # [2, E]
    edge_kinds: Index  # [E]
    edge_feats: Float  # [E, EDGE_MEASURES]
    calls: Index  # [B, N] row of each call among the M nodes, 0 where there is none
    call_mask: Mask  # [B, N]
    pair: Float  # [B, N, C, PAIR_RELATIONS]


def collate_policies(policies: Sequence[PolicyFeatures]) -> PolicyBatch:
    """Pad to the longest policy, up to a multiple of BLOCK."""
    width = clause_width(policies)
    ids = np.zeros((len(policies), width, WIDTH), np.int32)
    feats = np.zeros((len(policies), width, CLAUSE_FEATURES), np.float32)
    mask = np.zeros((len(policies), width), np.float32)
    for p, policy in enumerate(policies):
        ids[p, : policy.size], feats[p, : policy.size], mask[p, : policy.size] = policy.ids, policy.feats, 1.0
    return PolicyBatch(ids, feats, mask)


def clause_width(policies: Sequence[PolicyFeatures]) -> int:
    """The padded number of clauses for these policies together."""
    return max(-(-policy.size // BLOCK) * BLOCK for policy in policies)


def collate(
    governances: Sequence[GovernanceFeatures], plans: Sequence[PlanFeatures], governance: Sequence[int] | None = None
) -> Batch:
    """Join plans; `governance[b]` is the position of plan b's governance, by default plan b has governance b."""
    index = np.arange(len(plans)) if governance is None else np.asarray(governance, np.int64)
    width = clause_width([g.policy for g in governances])
    slots = max(len(g.context_ids) for g in governances)
    context_ids = np.zeros((len(governances), slots, WIDTH), np.int32)
    context_kinds = np.zeros((len(governances), slots), np.int64)
    context_mask = np.zeros((len(governances), slots), np.float32)
    role = np.zeros((len(governances), width, ROLE_RELATIONS), np.float32)
    for g, item in enumerate(governances):
        size = len(item.context_ids)
        context_ids[g, :size], context_kinds[g, :size], context_mask[g, :size] = item.context_ids, item.context_kinds, 1.0
        role[g, : item.policy.size] = item.role
    longest = max(plan.calls for plan in plans)
    calls = np.zeros((len(plans), longest), np.int64)
    call_mask = np.zeros((len(plans), longest), np.float32)
    pair = np.zeros((len(plans), longest, width, PAIR_RELATIONS), np.float32)
    offsets = np.cumsum([0, *(len(plan.node_kinds) for plan in plans)])
    for b, plan in enumerate(plans):
        calls[b, : plan.calls] = offsets[b] + np.arange(plan.calls)
        call_mask[b, : plan.calls] = 1.0
        pair[b, : plan.calls, : plan.pair.shape[1]] = plan.pair
    return Batch(
        context_ids=context_ids,
        context_kinds=context_kinds,
        context_mask=context_mask,
        role=role,
        governance=index,
        node_ids=np.concatenate([plan.node_ids for plan in plans]),
        node_kinds=np.concatenate([plan.node_kinds for plan in plans]).astype(np.int64),
        node_feats=np.concatenate([plan.node_feats for plan in plans]).reshape(-1, NODE_FEATURES),
        edges=np.concatenate([plan.edges + offsets[b] for b, plan in enumerate(plans)], axis=1),
        edge_kinds=np.concatenate([plan.edge_kinds for plan in plans]).astype(np.int64),
        edge_feats=np.concatenate([plan.edge_feats for plan in plans]).reshape(-1, EDGE_MEASURES),
        calls=calls,
        call_mask=call_mask,
        pair=pair,
    )
