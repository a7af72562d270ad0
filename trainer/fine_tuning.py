"""Fine-tuning: going on from a published model with judged cases."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from gatling_core.schemas import Case
from trainer import checkpoint
from trainer.batches import join
from trainer.config import TrainConfig
from trainer.dataset import Group, generated, group_of
from trainer.features import arrays_of
from trainer.feed import fed
from trainer.parts import Part, whole
from trainer.step import optimizer_of, rate_at, take

GROUPS = 12
"""Groups in a batch: half judged, half generated."""
WARMUP = 20
"""Adam's first steps move every weight by the full rate, whatever the gradient: at once, a few of them undo what was learnt."""


def fine_tune(
    parent: Path,
    cases: Sequence[Case],
    staged: Path,
    *,
    steps: int,
    seed: int,
    replay: int,
    learning_rate: float = 1e-4,
) -> dict[str, Any]:
    """Go on from `parent/checkpoint.safetensors` with judged cases, each batch half of them and half generated ones.

    Args:
        cases: carry the verdict as label, energy_labels and violations.
        replay: generated cases in all, of the base mix, so that nothing that was learnt is forgotten.

    Returns:
        What the manifest tells of this training. `staged/checkpoint.safetensors` is written.
    """
    torch.manual_seed(seed)
    model = checkpoint.load(parent)
    config = TrainConfig(staged, staged, steps=steps, learning_rate=learning_rate, warmup_steps=WARMUP, seed=seed, workers=0)
    optimizer = optimizer_of(model, config)
    judged = _parts([group_of(case) for case in cases])
    base = _parts(generated(seed, replay, "train"))
    half = max(1, GROUPS // 2) if base else GROUPS
    rng = random.Random(seed)
    schedule = partial(rate_at, config, total=steps)
    losses: list[float] = []
    for step in tqdm(range(steps), unit="step", desc="fine-tune"):
        groups = rng.sample(judged, min(half, len(judged))) + rng.sample(base, min(half, len(base)))
        parts, _ = take(model, optimizer, fed(join(groups)), config, rate=schedule(step))
        losses.append(float(parts.total(config.weights)))
    checkpoint.write(model, staged)
    return {
        "steps": steps,
        "seed": seed,
        "cases": len(judged),
        "replay": sum(len(part.rows) for part in base),
        "first_loss": losses[0],
        "last_loss": losses[-1],
    }


def _parts(groups: Sequence[Group]) -> list[Part]:
    """Whole groups that belong to no store."""
    return [whole(0, arrays) for arrays in arrays_of(groups)]
