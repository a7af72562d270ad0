"""What training minimises: InfoNCE over energies and latents, and calibration of the energies to their bands.

With a process group, each rank holds a share of the batch, and a loss is this rank's part of the whole batch's, times the number of
ranks: its mean over ranks is the loss of the whole batch, and so are the gradients, which DDP averages.
"""

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
    plan: Int[Tensor, " B"],
    compliant: Bool[Tensor, " B"],
    temperature: float,
    ranks: dist.ProcessGroup | None = None,
) -> Float[Tensor, ""]:
    """−log( e^(−E⁺/τ) / (e^(−E⁺/τ) + Σ⁻ e^(−E⁻/τ)) ), over each compliant plan against the others under its governance, and
    against itself under governances that it breaks: both are hard negatives, and differ in one side only.

    Candidates that are compliant too are never negatives. (van den Oord et al. 2018, with −E/τ as the score.)
    """
    score = -energy / temperature
    rival = ((group.unsqueeze(1) == group.unsqueeze(0)) | (plan.unsqueeze(1) == plan.unsqueeze(0))) & ~compliant.unsqueeze(0)
    rows = compliant & rival.any(1)
    negatives = torch.where(rival, score.unsqueeze(0), -torch.inf)[rows].logsumexp(1)
    return _mean(torch.logaddexp(negatives, score[rows]) - score[rows], ranks)


def latent_info_nce(
    z_g: Float[Tensor, "G Z"],
    z_e: Float[Tensor, "G Z"],
    policy: Int[Tensor, " G"],
    temperature: float,
    ranks: dist.ProcessGroup | None = None,
) -> Float[Tensor, ""]:
    """InfoNCE of each governance with its own compliant plan against the batch's other plans, on cosines; both directions.

    A plan under the same policy is never a negative. Candidates of every rank take part, with gradients; policies of different ranks
    are different ones, whatever their numbers.
    """
    ours, plans = normalize(z_g, dim=-1), normalize(z_e, dim=-1)
    counts = _counts(len(ours), ranks)
    offset = sum(counts[: dist.get_rank(ranks)]) if ranks else 0
    all_ours, all_plans = (_Gather.apply(z, counts, ranks) if ranks else z for z in (ours, plans))
    target = torch.arange(len(ours), device=ours.device) + offset
    same = torch.zeros(len(ours), sum(counts), dtype=torch.bool, device=ours.device)
    same[:, offset : offset + len(ours)] = (policy.unsqueeze(1) == policy.unsqueeze(0)).fill_diagonal_(fill_value=False)
    forward = (ours @ all_plans.T / temperature).masked_fill(same, -torch.inf)
    backward = (plans @ all_ours.T / temperature).masked_fill(same, -torch.inf)
    return _mean(
        (cross_entropy(forward, target, reduction="none") + cross_entropy(backward, target, reduction="none")) / 2, ranks
    )


class _Gather(torch.autograd.Function):
    """Rows of every rank, in the order of the ranks: [n_r, …] → [Σ_r n_r, …]. The gradient of a row comes back summed over the ranks.

    `torch.distributed.nn.functional.all_gather` does the same for equal n_r, but about one gloo process in six that went backward
    through it aborts when its group is destroyed (torch 2.13).
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor, counts: list[int], ranks: dist.ProcessGroup) -> Tensor:
        ctx.counts, ctx.ranks = counts, ranks
        padded = rows.new_zeros(max(counts), *rows.shape[1:])
        padded[: len(rows)] = rows
        parts = [torch.empty_like(padded) for _ in counts]
        dist.all_gather(parts, padded, ranks)
        return torch.cat([part[:count] for part, count in zip(parts, counts, strict=True)])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        gradient = gradients[0].contiguous()
        dist.all_reduce(gradient, group=ctx.ranks)
        return gradient.split(ctx.counts)[dist.get_rank(ctx.ranks)], None, None


def _counts(rows: int, ranks: dist.ProcessGroup | None) -> list[int]:
    """How many rows each rank has. Asked on the CPU, so that no GPU is waited for."""
    if ranks is None:
        return [rows]
    counts = [torch.zeros((), dtype=torch.long) for _ in range(dist.get_world_size(ranks))]
    dist.all_gather(counts, torch.tensor(rows), ranks)
    return [int(count) for count in counts]


def _mean(values: Float[Tensor, " n"], ranks: dist.ProcessGroup | None) -> Float[Tensor, ""]:
    """The mean over the rows of all ranks, as this rank's part of it; 0 where no rank has a row."""
    rows = _sum(torch.tensor(len(values), device=values.device), ranks)
    return values.sum() * (_size(ranks) / rows.clamp(min=1))


def _sum(counts: Int[Tensor, "*n"], ranks: dist.ProcessGroup | None) -> Int[Tensor, "*n"]:
    if ranks:
        dist.all_reduce(counts, group=ranks)
    return counts


def _size(ranks: dist.ProcessGroup | None) -> int:
    return dist.get_world_size(ranks) if ranks else 1


def calibration(
    contributions: Float[Tensor, "B N 4"],
    targets: Float[Tensor, "B N 4"],
    attributed: Bool[Tensor, " B"],
    label: Int[Tensor, " B"],
    ranks: dist.ProcessGroup | None = None,
) -> tuple[Float[Tensor, ""], Float[Tensor, ""], Float[Tensor, ""]]:
    """(calls, terms, bands): how far contributions are from the oracle's, per call, per term, and outside the label's band.

    `attributed` says where the targets hold per call and term; elsewhere only their sum does. Every label weighs the same, however
    many of the candidates have it: a gold plan stopped costs as much as an attack let through.
    """
    counts = _sum(torch.bincount(label, minlength=len(BANDS)), ranks)
    weights = _size(ranks) / (counts[label] * (counts > 0).sum())
    energy = contributions.sum((1, 2))
    calls = smooth_l1_loss(contributions, targets, reduction="none").sum((1, 2))
    terms = smooth_l1_loss(contributions.sum(1), targets.sum(1), reduction="none").sum(1)
    whole = smooth_l1_loss(energy, targets.sum((1, 2)), reduction="none")
    low, high = BANDS.to(energy)[label].unbind(1)
    outside = (low - energy).clamp(min=0) + (energy - high).clamp(min=0)
    terms = torch.where(attributed, terms, whole)
    return (weights * attributed * calls).sum(), (weights * terms).sum(), (weights * outside).sum()
