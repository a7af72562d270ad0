"""The whole network: text, policy, context, execution and energy parts, each exported as a graph of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from jaxtyping import Float, Int
from torch import Tensor, nn

from gatling_core.nn.energy import EnergyHead
from gatling_core.nn.execution import ExecutionEncoder
from gatling_core.nn.governance import ContextEncoder, PolicyEncoder
from gatling_core.nn.text import TextEncoder


@dataclass(frozen=True)
class ModelConfig:
    """Sizes. `latent` is fixed by the contract z_g, z_e ∈ R^1024."""

    words: int = 64
    text_heads: int = 2
    text: int = 128
    hidden: int = 128
    heads: int = 4
    policy_layers: int = 2
    policy_tokens: int = 4
    execution_layers: int = 3
    pair: int = 48
    latent: int = 1024
    word_dropout: float = 0.1


class Tensors(NamedTuple):
    """P policies, G governances, and B plans of M nodes (a disjoint union). Texts are read once, wherever they stand; text 0 is padding."""

    texts: Int[Tensor, "T W"]
    policy_text: Int[Tensor, "P C"]
    policy_feats: Float[Tensor, "P C F"]
    policy_mask: Float[Tensor, "P C"]
    policy: Int[Tensor, " G"]
    context_text: Int[Tensor, "G S"]
    context_kinds: Int[Tensor, "G S"]
    context_mask: Float[Tensor, "G S"]
    role: Float[Tensor, "G C R"]
    governance: Int[Tensor, " B"]
    node_text: Int[Tensor, "M 2"]
    node_kinds: Int[Tensor, " M"]
    node_feats: Float[Tensor, "M F"]
    edges: Int[Tensor, "2 E"]
    edge_kinds: Int[Tensor, " E"]
    edge_feats: Float[Tensor, "E K"]
    calls: Int[Tensor, "B N"]
    call_mask: Float[Tensor, "B N"]
    pair: Float[Tensor, "B N C Q"]


class Output(NamedTuple):
    contributions: Float[Tensor, "B N 4"]
    z_g: Float[Tensor, "G Z"]
    z_e: Float[Tensor, "B Z"]

    @property
    def terms(self) -> Float[Tensor, "B 4"]:
        return self.contributions.sum(1)

    @property
    def energy(self) -> Float[Tensor, " B"]:
        return self.contributions.sum((1, 2))


class Gatling(nn.Module):
    """Dual encoder and energies, from arrays to contributions."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        c = config
        self.text = TextEncoder(c.words, c.text_heads, c.text, c.word_dropout)
        self.policy = PolicyEncoder(c.text, c.hidden, c.heads, c.policy_layers, c.policy_tokens)
        self.context = ContextEncoder(c.text, c.hidden, c.heads, c.latent)
        self.execution = ExecutionEncoder(c.text, c.hidden, c.heads, c.execution_layers, c.latent)
        self.energy = EnergyHead(c.hidden, c.heads, c.pair, c.latent)

    def forward(self, x: Tensors) -> Output:
        words = self.text(x.texts)
        clauses = self.policy(words[x.policy_text], x.policy_feats, x.policy_mask)[x.policy]
        mask = x.policy_mask[x.policy]
        z_g = self.context(words[x.context_text], x.context_kinds, x.context_mask, clauses, mask, x.role)
        states, latents, z_e = self.execution(
            words[x.node_text], x.node_kinds, x.node_feats, x.edges, x.edge_kinds, x.edge_feats, x.calls, x.call_mask
        )
        g = x.governance
        contributions = self.energy(states, x.call_mask, clauses[g], mask[g], x.role[g], x.pair, z_g[g], latents)
        return Output(contributions, z_g, z_e)
