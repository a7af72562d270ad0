"""One optimiser step: loss, gradients, clipping, update at the rate of the schedule."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch import distributed as dist

from gatling_core.nn.losses import calibration, info_nce, latent_info_nce
from gatling_core.nn.model import Gatling, Output
from trainer.config import TrainConfig
from trainer.featurise import FOREIGN
from trainer.feed import Fed
from trainer.muon import Muon

FEW = 16
"""Rows or columns of a matrix that is rather a handful of vectors: kinds of nodes and edges, scores, the four terms."""
WORDS_SHARE = 0.1
"""Of the rate, for word vectors: the more those of the training move, the less those of words that it never shows fit in between."""


class Losses(NamedTuple):
    """Parts of the loss of one batch."""

    energy: Tensor
    latent: Tensor
    calls: Tensor
    terms: Tensor
    bands: Tensor

    def total(self, weights: Sequence[float]) -> Tensor:
        return torch.stack([w * part for w, part in zip(weights, self, strict=True)]).sum()


def losses_of(output: Output, batch: Fed, config: TrainConfig, ranks: dist.ProcessGroup | None = None) -> Losses:
    """The parts of the loss, of the batches of all ranks together; FOREIGN plans are contrasted only."""
    x, own = batch.inputs, batch.label != FOREIGN
    energy = info_nce(output.energy, x.governance, batch.planned, batch.label == 0, config.energy_temperature, ranks)
    g = x.governance[batch.first]
    latent = latent_info_nce(output.z_g[g], output.z_e[batch.first], x.policy[g], config.temperature, ranks)
    calls, terms, bands = calibration(
        output.contributions[own], batch.targets[own], batch.attributed[own], batch.label[own], ranks
    )
    return Losses(energy, latent, calls, terms, bands)


def take(
    network: nn.Module,
    optimizers: Sequence[torch.optim.Optimizer],
    batch: Fed,
    config: TrainConfig,
    *,
    rate: float,
    ranks: dist.ProcessGroup | None = None,
) -> tuple[Losses, Output]:
    """Learn from a batch on the config's device."""
    network.train()
    with torch.autocast(config.device, torch.bfloat16, enabled=config.half):
        output = network(batch.inputs)
    output = Output(*(part.float() for part in output))
    losses = losses_of(output, batch, config, ranks)
    network.zero_grad(set_to_none=True)
    losses.total(config.weights).backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), config.clip_norm)
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = rate * group["share"]
        optimizer.step()
    return Losses(*(part.detach() for part in losses)), Output(*(part.detach() for part in output))


def optimizers_of(model: Gatling, config: TrainConfig) -> tuple[torch.optim.Optimizer, ...]:
    """Muon for the matrices; AdamW, without decay, for what is none: biases, norms, tables and maps of a few rows, and word vectors."""
    named = dict(model.named_parameters())
    words = {n: p for n, p in named.items() if "embedding" in n}
    matrices = {n: p for n, p in named.items() if n not in words and p.ndim == 2 and min(p.shape) > FEW}
    other = [p for n, p in named.items() if n not in words and n not in matrices]
    return (
        Muon([{"params": list(matrices.values()), "share": 1.0}], lr=config.learning_rate, weight_decay=config.weight_decay),
        torch.optim.AdamW(
            [{"params": other, "share": 1.0}, {"params": list(words.values()), "share": WORDS_SHARE}],
            lr=config.learning_rate, weight_decay=0.0, fused=True,
        ),
    )  # fmt: skip


def rate_at(config: TrainConfig, step: int, total: int) -> float:
    """Linear warm-up, then cosine down to 2 % of the peak."""
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    done = min(1.0, (step - config.warmup_steps) / max(1, total - config.warmup_steps))
    return config.learning_rate * (0.02 + 0.49 * (1 + math.cos(math.pi * done)))
