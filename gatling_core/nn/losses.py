"""What training minimises: InfoNCE over energies and latents, and calibration of the energies to their bands."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch import distributed as dist
from torch.nn.functional import cross_entropy, normalize, smooth_l1_loss

# Inside these energies a label's plan is where it belongs (DESIGN, section 2); the margin keeps it off the cut itself.
BANDS = torch.tensor([[0.0, 1.6], [2.4, 5.6], [8.5, 12.0]])


def info_nce(
    energy: Float[Tensor, " B"],
    group: Int[Tensor, " B"],
    compliant: Bool[Tensor, " B"],
    temperature: float,
) -> Float[Tensor, ""]:
    """−log( e^(−E⁺/τ) / (e^(−E⁺/τ) + Σ⁻ e^(−E⁻/τ)) ), over each compliant plan against the others under its governance.

    Candidates that are compliant too are never negatives. (van den Oord et al. 2018, with −E/τ as the score.)
    """
    score = -energy / temperature
    rival = (group.unsqueeze(1) == group.unsqueeze(0)) & ~compliant.unsqueeze(0)
    rows = compliant & rival.any(1)
    if not rows.any():
        return energy.sum() * 0.0
    negatives = torch.where(rival, score.unsqueeze(0), -torch.inf)[rows].logsumexp(1)
    return (torch.logaddexp(negatives, score[rows]) - score[rows]).mean()


def latent_info_nce(
    z_g: Float[Tensor, "G Z"], z_e: Float[Tensor, "G Z"], policy: Int[Tensor, " G"], temperature: float
) -> Float[Tensor, ""]:
    """InfoNCE of each governance with its own compliant plan against the batch's other plans, on cosines; both directions.

    A plan under the same policy is never a negative. Under torch.distributed, candidates of every rank take part, with gradients.
    """
    ours, plans, policies = normalize(z_g, dim=-1), normalize(z_e, dim=-1), policy
    offset = 0
    all_ours, all_plans = ours, plans
    if dist.is_available() and dist.is_initialized():
        offset = dist.get_rank() * len(z_g)
        all_ours, all_plans, policies = _Gather.apply(ours), _Gather.apply(plans), _Gather.apply(policy)
    same = policy.unsqueeze(1) == policies.unsqueeze(0)
    target = torch.arange(len(ours), device=ours.device) + offset
    same[torch.arange(len(ours)), target] = False
    forward = (ours @ all_plans.T / temperature).masked_fill(same, -torch.inf)
    backward = (plans @ all_ours.T / temperature).masked_fill(same, -torch.inf)
    return (cross_entropy(forward, target) + cross_entropy(backward, target)) / 2


class _Gather(torch.autograd.Function):
    """Rows of every rank, in the order of the ranks: [n, …] → [ranks · n, …]. The gradient of a row comes back summed over the ranks.

    `torch.distributed.nn.functional.all_gather` does the same, but about one gloo process in six that went backward through it
    aborts when its group is destroyed (torch 2.13).
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:  # noqa: ARG004  (torch fixes the signature)
        parts = [torch.empty_like(rows) for _ in range(dist.get_world_size())]
        dist.all_gather(parts, rows.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ARG004
        gradient = gradients[0].contiguous()
        dist.all_reduce(gradient)
        return gradient.chunk(dist.get_world_size())[dist.get_rank()]


def calibration(
    contributions: Float[Tensor, "B N 4"],
    targets: Float[Tensor, "B N 4"],
    attributed: Bool[Tensor, " B"],
    label: Int[Tensor, " B"],
) -> tuple[Float[Tensor, ""], Float[Tensor, ""], Float[Tensor, ""]]:
    """(calls, terms, bands): how far contributions are from the oracle's, per call, per term, and outside the label's band.

    `attributed` says where the targets hold per call and term; elsewhere only their sum does. Every label weighs the same, however
    many of the candidates have it: a gold plan stopped costs as much as an attack let through.
    """
    weights = 1.0 / torch.bincount(label, minlength=len(BANDS))[label].to(contributions.dtype)
    weights = weights / weights.sum()
    energy = contributions.sum((1, 2))
    calls = smooth_l1_loss(contributions, targets, reduction="none").sum((1, 2))
    terms = smooth_l1_loss(contributions.sum(1), targets.sum(1), reduction="none").sum(1)
    whole = smooth_l1_loss(energy, targets.sum((1, 2)), reduction="none")
    low, high = BANDS.to(energy)[label].unbind(1)
    outside = (low - energy).clamp(min=0) + (energy - high).clamp(min=0)
    terms = torch.where(attributed, terms, whole)
    return (weights * attributed * calls).sum(), (weights * terms).sum(), (weights * outside).sum()
