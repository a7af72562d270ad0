"""Energies: four non-negative contributions per call, from the clauses it attends to and what it exactly shares with them."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import gelu, linear, pad, softplus

from gatling_core.features.asker import OTHER, OWN, ROLE_RELATIONS, SAYS_NO, SAYS_ONLY
from gatling_core.features.relations import LISTED, NAMING, NOT_OWN, PAIR_RELATIONS, SPEAKS
from gatling_core.nn.attention import SMALLEST, soft_weights
from gatling_core.nn.execution import split_state
from gatling_core.schemas import TERMS

GATES = 4
"""Every clause; those that grant something to the user's own role; to other roles; those that forbid and are for no other role."""
OBEDIENCE_COSTS, OBEDIENCE_MOST = 4.0, 3.0
"""Energy, in the term of hierarchy, of a call that does more of what an order says than SLACK: so much for each of name, words, values and words of
arguments that it shares wholly with the order, as far as that is little, and never more than the second. One shared wholly brings a plan to review;
but users point to texts with orders as well, and doing all that such a text says must not outweigh everything else (docs/training.md).
"""
HIERARCHY, SCOPE = TERMS.index("hierarchy"), TERMS.index("scope")
TRESPASS_COSTS = 2.0
"""Energy, in the term of scope, of a call that clauses grant to other roles and none to the user's, or that a clause withholds from this user
(`features.ownership.owned`).
"""
SLACK = 0.25
"""By how much a call may do more of what an order says than of the request; clauses for others may speak more of a call than the user's own do,
and a clause about the user's own things of it at all.
"""
UNLISTED = 0.5
"""How much less the user's own clauses speak of a call that others' clauses list by its name and they do not: lists share words."""
EXACT = GATES * PAIR_RELATIONS + len(NAMING) * ROLE_RELATIONS


class EnergyHead(nn.Module):
    """E = Σ_terms Σ_calls softplus(f(h_n, read_n, z_g, z_n)) + what the most obedient and the most trespassing call cost: attribution is
    exact by construction.

    Late interaction (ColBERT): each call attends to the clauses; the pair state p_nc joins call, clause and their exact relations,
    and is read by attention and by its maximum, since one violated clause is enough. The relations stand there once for each gate,
    since what a clause says binds those it is for. Their maxima, and those of how a clause names the call times how it relates to
    the user, are read without any learnt selection between, and reach the energies on a way of their own.

    The call of a plan that goes furthest in following an order which only an output gives costs energy for as far as it does, measured and
    not learnt. Orders stand in words unlike those of the training, and what a network learnt about them did not hold there (docs/training.md).
    So does the call of which clauses that grant something to other roles speak more than those that grant something to the user's, or that
    a clause withholds from this user: outright, for an attribute, or for an argument that is not the user's own.

    Training does not see these costs: a network that does leaves to them what they tell in generated worlds, and takes off what they cost
    compliant plans there, so that it says the less where they are silent, and against them where they speak.
    """

    def __init__(self, hidden: int, heads: int, pair: int, latent: int) -> None:
        super().__init__()
        self.heads, self.width = heads, hidden // heads
        relations = GATES * PAIR_RELATIONS + ROLE_RELATIONS
        self.query, self.key = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden)
        self.bias = nn.Linear(relations, heads)
        self.from_call, self.from_clause = nn.Linear(hidden, pair), nn.Linear(hidden, pair, bias=False)
        self.from_relations = nn.Linear(relations, pair, bias=False)
        self.deepen = nn.Linear(pair, pair)
        self.policy_latent, self.plan_latent = nn.Linear(latent, 64), nn.Linear(latent, 64)
        self.exact = nn.Sequential(nn.Linear(EXACT, 64), nn.GELU())
        self.direct = nn.Linear(64, len(TERMS), bias=False)
        width = hidden + (heads + 1) * pair + 4 * 64
        last = nn.Linear(hidden, len(TERMS))
        nn.init.constant_(last.bias, -2.0)
        self.out = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, hidden), nn.GELU(), last
        )

    def forward(
        self,
        calls: Float[Tensor, "B N S"],
        call_mask: Float[Tensor, "B N"],
        clauses: Float[Tensor, "B C D"],
        clause_mask: Float[Tensor, "B C"],
        role: Float[Tensor, "B C R"],
        pair: Float[Tensor, "B N C Q"],
        z_g: Float[Tensor, "B Z"],
        latents: Float[Tensor, "B N Z"],
    ) -> Float[Tensor, "B N 4"]:
        calls, followed = split_state(calls)
        query = self.query(calls).reshape(*calls.shape[:2], self.heads, self.width)
        key = self.key(clauses).reshape(*clauses.shape[:2], self.heads, self.width)
        own, other, no = role[..., OWN], role[..., OTHER], role[..., SAYS_NO]
        gates = torch.stack([clause_mask, own * (1 - no), other * (1 - no), no * (1 - other)], -1)
        gated = (pair.unsqueeze(-2) * gates.unsqueeze(1).unsqueeze(-1)).flatten(-2)
        scores = torch.einsum("bnhd,bchd->bnch", query, key) * self.width**-0.5 + _related(self.bias, gated, role)
        weights = soft_weights(scores) * clause_mask[:, None, :, None]
        weights = weights / weights.sum(2, keepdim=True).clamp(min=SMALLEST)
        states = self.from_call(calls).unsqueeze(2) + self.from_clause(clauses).unsqueeze(1)
        states = states + _related(self.from_relations, gated, role)
        states = gelu(self.deepen(gelu(states))) * clause_mask[:, None, :, None]
        read = torch.einsum("bnch,bncp->bnhp", weights, states).flatten(2)
        named = (pair[..., NAMING].unsqueeze(-1) * role.unsqueeze(1).unsqueeze(-2)).flatten(-2)
        exact = self.exact(torch.cat([gated.amax(2), named.amax(2)], -1))
        plan = self.plan_latent(latents)
        policy = self.policy_latent(z_g).unsqueeze(1).expand_as(plan)
        joined = torch.cat([calls, read, states.amax(2).relu(), exact, policy, plan, policy * plan], -1)
        contributions = softplus(self.out(joined) + self.direct(exact))
        if not self.training:
            obeyed = _within(HIERARCHY, _worst(_bounded((followed - SLACK).relu())))
            trespassed = _within(SCOPE, TRESPASS_COSTS * _worst(_trespass(pair, role)))
            contributions = contributions + obeyed + trespassed
        return contributions * call_mask.unsqueeze(-1)


def _within(term: int, energy: Float[Tensor, "B N 1"]) -> Float[Tensor, "B N 4"]:
    return pad(energy, (term, len(TERMS) - 1 - term))


def _bounded(followed: Float[Tensor, "B N 1"]) -> Float[Tensor, "B N 1"]:
    """The energy of orders that are followed so far."""
    return OBEDIENCE_MOST * (1 - torch.exp(-OBEDIENCE_COSTS / OBEDIENCE_MOST * followed))


def _trespass(pair: Float[Tensor, "B N C Q"], role: Float[Tensor, "B C R"]) -> Float[Tensor, "B N 1"]:
    """How far each call goes beyond what clauses give this user, 0 … 1: how much more of it stands in what they grant to other roles than in
    what they grant to the user's, or how much a clause speaks of it that withholds it from this user.
    """
    speaks, (above, none) = pair[..., SPEAKS], pair[..., NOT_OWN].unbind(-1)
    may = (1 - role[..., SAYS_NO] * (1 - role[..., SAYS_ONLY])).unsqueeze(1)  # `only registrars, and nobody else` grants
    other = role[..., OTHER].unsqueeze(1)
    mine, theirs = role[..., OWN].unsqueeze(1) * may, other * may
    own, others = ((speaks * whose).amax(2) for whose in (mine, theirs))
    listed, listed_for_others = ((pair[..., LISTED] * whose).amax(2) for whose in (mine, theirs))
    own = own * (1 - UNLISTED * (listed_for_others - listed).relu())
    foreign = (speaks * (2 * torch.maximum(above, none) - 1).relu() * (1 - other)).amax(2)
    return ((torch.maximum(others - own, foreign) - SLACK).relu() / (1 - SLACK)).unsqueeze(-1)


def _worst(measure: Float[Tensor, "B N 1"]) -> Float[Tensor, "B N 1"]:
    """The measure of the call of each plan that has most of it; equal ones share it. Of the others nothing: many small likenesses are none."""
    most = (measure == measure.amax(1, keepdim=True)).to(measure.dtype)
    return measure * most / most.sum(1, keepdim=True)


def _related(layer: nn.Linear, pair: Float[Tensor, "B N C GQ"], role: Float[Tensor, "B C R"]) -> Float[Tensor, "B N C D"]:
    """The linear map of a pair's relations and its clause's, without repeating the clause's for every call."""
    own, shared = layer.weight.split([GATES * PAIR_RELATIONS, ROLE_RELATIONS], 1)
    return linear(pair, own) + linear(role, shared, layer.bias).unsqueeze(1)
