"""Words to a vector: learned attention pooling over hashed word embeddings."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gatling_core.nn.attention import SMALLEST, soft_weights
from gatling_core.text import BUCKETS


class TextEncoder(nn.Module):
    """v = W · [Σ_t a_ht e_t / Σ_t a_ht]_h with a_ht = soft_weights(u_h · e_t): one pooled embedding per head, mixed.

    Order does not matter; padding (row 0) never contributes, and a text of padding alone gives the mixed zero vector.
    """

    def __init__(self, words: int, heads: int, out: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = dropout
        self.embedding = nn.Embedding(BUCKETS, words, padding_idx=0)
        nn.init.normal_(self.embedding.weight, std=words**-0.5)
        nn.init.zeros_(self.embedding.weight[0].detach())
        self.score = nn.Linear(words, heads)
        self.mix = nn.Sequential(nn.Linear(words * heads, out), nn.GELU(), nn.Linear(out, out))

    def forward(self, ids: Int[Tensor, "T W"]) -> Float[Tensor, "T D"]:
        if self.training and self.dropout:  # forget words, so that no single one decides
            ids = ids * (torch.rand(ids.shape, device=ids.device) >= self.dropout)
        return self.pool(ids, self.embedding(ids))

    def pool(self, ids: Int[Tensor, "T W"], embedded: Float[Tensor, "T W E"]) -> Float[Tensor, "T D"]:
        """Pool words that are already embedded."""
        weights = soft_weights(self.score(embedded)) * (ids > 0).unsqueeze(-1).to(embedded.dtype)
        pooled = torch.einsum("twh,twd->thd", weights, embedded) / weights.sum(1).unsqueeze(-1).clamp(min=SMALLEST)
        return self.mix(pooled.flatten(1))


class CompactTextEncoder(nn.Module):
    """The same function over a float16 table, for export: the table is most of a package's bytes.

    Exact when the table holds float16 values, as every loaded checkpoint's does.
    """

    def __init__(self, encoder: TextEncoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.table = nn.Parameter(encoder.embedding.weight.detach().half(), requires_grad=False)

    def forward(self, ids: Int[Tensor, "T W"]) -> Float[Tensor, "T D"]:
        return self.encoder.pool(ids, nn.functional.embedding(ids, self.table).float())
