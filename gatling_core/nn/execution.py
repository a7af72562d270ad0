"""Execution encoder: provenance-aware graph attention over calls, observed outputs and the request (PyTorch Geometric)."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch_geometric.nn import MessagePassing

from gatling_core.features.plan import EDGE_KINDS, EDGE_MEASURES, FOLLOWED, NODE_FEATURES, NODE_KINDS
from gatling_core.nn.attention import SMALLEST, soft_weights


class ProvenanceAttention(MessagePassing):
    """h_i ← h_i + W · Σ_j w_ij (v_j + e_ij) / Σ_j w_ij with w_ij = soft_weights(q_i · (k_j + e_ij) / √d), then a feed-forward.

    e_ij embeds the edge: its kind and what its ends share.
    """

    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__(aggr="add", node_dim=0)
        self.heads, self.width = heads, hidden // heads
        self.norm = nn.LayerNorm(hidden)
        self.project = nn.Linear(hidden, 3 * hidden)
        self.edge = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, hidden)
        self.feed = nn.Sequential(nn.LayerNorm(hidden), nn.Linear(hidden, 2 * hidden), nn.GELU(), nn.Linear(2 * hidden, hidden))

    def forward(
        self, nodes: Float[Tensor, "M D"], edges: Int[Tensor, "2 E"], measures: Float[Tensor, "E D"]
    ) -> Float[Tensor, "M D"]:
        query, key, value = (x.reshape(-1, self.heads, self.width) for x in self.project(self.norm(nodes)).chunk(3, -1))
        edge = self.edge(measures).reshape(-1, self.heads, self.width)
        summed = self.propagate(edges, query=query, key=key, value=value, edge=edge)
        mixed = summed[..., : self.width] / summed[..., self.width :].clamp(min=SMALLEST)
        nodes = nodes + self.out(mixed.flatten(1))
        return nodes + self.feed(nodes)

    def message(  # pyright: ignore[reportIncompatibleMethodOverride]: PyG finds the arguments by their names
        self, query_i: Tensor, key_j: Tensor, value_j: Tensor, edge: Tensor
    ) -> Tensor:
        """Numerator and denominator of the attention in one tensor, so that one scatter sums both. [E, H, width + 1]"""
        weights = soft_weights((query_i * (key_j + edge)).sum(-1, keepdim=True) * self.width**-0.5)
        return torch.cat([weights * (value_j + edge), weights], -1)


class ExecutionEncoder(nn.Module):
    """A disjoint union of plan graphs → dense call states [B, N, D] and, after each call, the plan's latent so far; z_e ∈ R^latent is the last one.

    Edges point forward alone and latents are of what came before, so that nothing that is added after a call, and from which no data flow back, changes what it is taken for.
    A state is what was understood of a call and, last, how far it follows an order, as it was measured: `split_state` takes them apart.
    """

    def __init__(self, text: int, hidden: int, heads: int, layers: int, latent: int) -> None:
        super().__init__()
        self.kind = nn.Embedding(NODE_KINDS, hidden)
        self.enter = nn.Linear(2 * text + NODE_FEATURES, hidden)
        self.edge_kind = nn.Embedding(EDGE_KINDS, hidden)
        self.measure = nn.Sequential(nn.Linear(EDGE_MEASURES, hidden), nn.GELU(), nn.Linear(hidden, hidden))
        self.layers = nn.ModuleList(ProvenanceAttention(hidden, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(hidden)
        self.score = nn.Linear(hidden, 1)
        self.out = nn.Sequential(nn.Linear(hidden, 2 * hidden), nn.GELU(), nn.Linear(2 * hidden, latent))

    def forward(
        self,
        vectors: Float[Tensor, "M 2 T"],
        kinds: Int[Tensor, "M"],
        feats: Float[Tensor, "M F"],
        edges: Int[Tensor, "2 E"],
        edge_kinds: Int[Tensor, "E"],
        edge_feats: Float[Tensor, "E K"],
        calls: Int[Tensor, "B N"],
        call_mask: Float[Tensor, "B N"],
    ) -> tuple[Float[Tensor, "B N S"], Float[Tensor, "B N Z"], Float[Tensor, "B Z"]]:
        nodes = self.enter(torch.cat([vectors.flatten(1), feats], -1)) + self.kind(kinds)
        measures = self.measure(edge_feats) + self.edge_kind(edge_kinds)
        for layer in self.layers:
            nodes = layer(nodes, edges, measures)
        states = self.norm(nodes)[calls] * call_mask.unsqueeze(-1)
        attention = soft_weights(self.score(states)) * call_mask.unsqueeze(-1)
        pooled = (attention * states).cumsum(1) / attention.cumsum(1).clamp(min=SMALLEST)
        latents = self.out(pooled)
        followed = feats[:, FOLLOWED][calls] * call_mask
        return torch.cat([states, followed.unsqueeze(-1)], -1), latents, latents[:, -1]


def split_state(states: Float[Tensor, "B N S"]) -> tuple[Float[Tensor, "B N D"], Float[Tensor, "B N 1"]]:
    """What was understood of each call, and how far it follows an order."""
    return states[..., :-1], states[..., -1:]
