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
    optimizer: torch.optim.Optimizer,
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
    optimizer.zero_grad(set_to_none=True)
    losses.total(config.weights).backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), config.clip_norm)
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.step()
    return Losses(*(part.detach() for part in losses)), Output(*(part.detach() for part in output))


def optimizer_of(model: Gatling, config: TrainConfig) -> torch.optim.Optimizer:
    """AdamW; no decay on biases, norms and word vectors."""
    decayed = [p for n, p in model.named_parameters() if p.ndim > 1 and "embedding" not in n]
    other = [p for n, p in model.named_parameters() if not (p.ndim > 1 and "embedding" not in n)]
    return torch.optim.AdamW(
        [{"params": decayed, "weight_decay": config.weight_decay}, {"params": other, "weight_decay": 0.0}],
        lr=config.learning_rate,
        fused=True,
    )


def rate_at(config: TrainConfig, step: int, total: int) -> float:
    """Linear warm-up, then cosine down to 2 % of the peak."""
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    done = min(1.0, (step - config.warmup_steps) / max(1, total - config.warmup_steps))
    return config.learning_rate * (0.02 + 0.49 * (1 + math.cos(math.pi * done)))
