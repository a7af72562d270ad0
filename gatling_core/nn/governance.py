"""Governance encoder: policy clauses once per policy (structure-aware local + global attention), role and context per request."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gatling_core.features.asker import ROLE_RELATIONS
from gatling_core.features.batch import BLOCK
from gatling_core.features.governance import CONTEXT_KINDS
from gatling_core.features.policy import CLAUSE_FEATURES
from gatling_core.nn.attention import SMALLEST, soft_weights


class LocalGlobalAttention(nn.Module):
    """Each clause attends to its own and both neighbouring blocks of w = BLOCK clauses and to g global tokens; O(n · w).

    Global tokens attend to every clause. Equal to dense attention under the same mask (Longformer, section 3).
    """

    offset: Tensor

    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        self.heads, self.width = heads, hidden // heads
        self.norm = nn.LayerNorm(hidden)
        self.project = nn.Linear(hidden, 3 * hidden)
        self.out = nn.Linear(hidden, hidden)
        self.feed = nn.Sequential(nn.LayerNorm(hidden), nn.Linear(hidden, 2 * hidden), nn.GELU(), nn.Linear(2 * hidden, hidden))
        self.bias = nn.Parameter(torch.zeros(heads, 4 * BLOCK))
        offsets = torch.arange(3 * BLOCK).unsqueeze(0) - BLOCK - torch.arange(BLOCK).unsqueeze(1)
        self.register_buffer("offset", offsets + 2 * BLOCK, persistent=False)

    def forward(
        self, clauses: Float[Tensor, "P C D"], globals_: Float[Tensor, "P G D"], mask: Float[Tensor, "P C"]
    ) -> tuple[Float[Tensor, "P C D"], Float[Tensor, "P G D"]]:
        query, key, value = self.project(self.norm(clauses)).chunk(3, -1)
        global_query, global_key, global_value = self.project(self.norm(globals_)).chunk(3, -1)
        local = self._local(query, key, value, mask, global_key, global_value)
        pooled = self._global(global_query, key, value, mask)
        clauses, globals_ = clauses + self.out(local), globals_ + self.out(pooled)
        return clauses + self.feed(clauses), globals_ + self.feed(globals_)

    def _local(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor, global_key: Tensor, global_value: Tensor) -> Tensor:
        """[P, C, D]: three shifted blocks of keys and the global tokens for each block of queries."""
        queries, keys, values = (self._blocks(x) for x in (query, key, value))
        near_keys, near_values = _neighbours(keys), _neighbours(values)
        near_mask = _neighbours(mask.reshape(mask.shape[0], -1, BLOCK, 1)).squeeze(-1)
        scale = self.width**-0.5
        near = torch.einsum("pbihd,pbjhd->pbhij", queries, near_keys) * scale + self.bias[:, self.offset]
        far = torch.einsum("pbihd,pghd->pbhig", queries, self._heads(global_key)) * scale
        near_weights = soft_weights(near) * near_mask[:, :, None, None, :]
        far_weights = soft_weights(far)
        total = near_weights.sum(-1) + far_weights.sum(-1)
        mixed = torch.einsum("pbhij,pbjhd->pbihd", near_weights, near_values)
        mixed = mixed + torch.einsum("pbhig,pghd->pbihd", far_weights, self._heads(global_value))
        mixed = mixed / total.transpose(2, 3).unsqueeze(-1).clamp(min=SMALLEST)
        return mixed.reshape(query.shape)

    def _global(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
        """[P, G, D]: global tokens over all clauses."""
        scores = torch.einsum("pghd,pchd->phgc", self._heads(query), self._heads(key)) * self.width**-0.5
        weights = soft_weights(scores) * mask[:, None, None, :]
        mixed = torch.einsum("phgc,pchd->pghd", weights, self._heads(value))
        mixed = mixed / weights.sum(-1).transpose(1, 2).unsqueeze(-1).clamp(min=SMALLEST)
        return mixed.reshape(query.shape)

    def _heads(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], x.shape[1], self.heads, self.width)

    def _blocks(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], -1, BLOCK, self.heads, self.width)


def _neighbours(blocks: Tensor) -> Tensor:
    """[P, K, w, …] → [P, K, 3w, …]: the block before, the block, the block after; zeros beyond the ends."""
    edge = torch.zeros_like(blocks[:, :1])
    return torch.cat([torch.cat([edge, blocks[:, :-1]], 1), blocks, torch.cat([blocks[:, 1:], edge], 1)], 2)


class PolicyEncoder(nn.Module):
    """Clause vectors and features → clause states. Depends on the policy alone, so its result is cached by digest."""

    def __init__(self, text: int, hidden: int, heads: int, layers: int, tokens: int) -> None:
        super().__init__()
        self.enter = nn.Linear(text + CLAUSE_FEATURES, hidden)
        self.tokens = nn.Parameter(torch.randn(1, tokens, hidden) * 0.02)
        self.layers = nn.ModuleList(LocalGlobalAttention(hidden, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(hidden)

    def forward(
        self, vectors: Float[Tensor, "P C T"], feats: Float[Tensor, "P C F"], mask: Float[Tensor, "P C"]
    ) -> Float[Tensor, "P C D"]:
        clauses = self.enter(torch.cat([vectors, feats], -1)) * mask.unsqueeze(-1)
        globals_ = self.tokens.expand(clauses.shape[0], -1, -1)
        for layer in self.layers:
            clauses, globals_ = layer(clauses, globals_, mask)
        return self.norm(clauses) * mask.unsqueeze(-1)


class ContextEncoder(nn.Module):
    """Role, attributes and request attend to the clause states → z_g ∈ R^latent."""

    def __init__(self, text: int, hidden: int, heads: int, latent: int) -> None:
        super().__init__()
        self.heads, self.width = heads, hidden // heads
        self.kind = nn.Embedding(CONTEXT_KINDS, hidden)
        self.enter = nn.Linear(text, hidden)
        self.relation = nn.Linear(ROLE_RELATIONS, hidden)
        self.query, self.key = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden)
        self.join = nn.Sequential(nn.Linear(2 * hidden, hidden), nn.GELU(), nn.LayerNorm(hidden))
        self.score = nn.Linear(hidden, 1)
        self.out = nn.Sequential(nn.Linear(2 * hidden, 2 * hidden), nn.GELU(), nn.Linear(2 * hidden, latent))

    def forward(
        self,
        vectors: Float[Tensor, "G S T"],
        kinds: Int[Tensor, "G S"],
        mask: Float[Tensor, "G S"],
        clauses: Float[Tensor, "G C D"],
        clause_mask: Float[Tensor, "G C"],
        role: Float[Tensor, "G C R"],
    ) -> Float[Tensor, "G Z"]:
        said = self.enter(vectors) + self.kind(kinds)
        related = clauses + self.relation(role)
        query = self.query(said).reshape(*said.shape[:2], self.heads, self.width)
        key = self.key(related).reshape(*related.shape[:2], self.heads, self.width)
        scores = torch.einsum("gshd,gchd->ghsc", query, key) * self.width**-0.5
        weights = soft_weights(scores) * clause_mask[:, None, None, :]
        weights = weights / weights.sum(-1, keepdim=True).clamp(min=SMALLEST)
        read = torch.einsum("ghsc,gchd->gshd", weights, related.reshape(*related.shape[:2], self.heads, self.width))
        states = self.join(torch.cat([said, read.flatten(2)], -1))
        attention = soft_weights(self.score(states)) * mask.unsqueeze(-1)
        pooled = (attention * states).sum(1) / attention.sum(1).clamp(min=SMALLEST)
        ground = (related * clause_mask.unsqueeze(-1)).sum(1) / clause_mask.sum(1, keepdim=True).clamp(min=1.0)
        return self.out(torch.cat([pooled, ground], -1))
