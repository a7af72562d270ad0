"""Fine-tuning: going on from a published model with judged cases. What was cut off goes on where it was last saved."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any

import torch
from tqdm import tqdm

from gatling_core.errors import InvalidInput
from gatling_core.schemas import Case
from trainer import checkpoint
from trainer.batches import cut, join
from trainer.config import TrainConfig
from trainer.dataset import Group, generated, group_of
from trainer.distributed import Ranks
from trainer.features import arrays_of
from trainer.feed import fed
from trainer.memory import Memory
from trainer.parts import Part, by_length, whole
from trainer.state import Progress, State
from trainer.step import optimizers_of, rate_at, take

ROUND = 120
"""Judged cases that are shuffled together with generated ones, each with its opposite."""
PLANS = 96
"""In a batch, at most."""
SAVED_EVERY = 25
"""Steps."""
WARMUP = 20
"""The first steps of both optimisers move every weight by the full rate, whatever the gradient: at once, a few of them undo what was learnt."""


def fine_tune(
    parent: Path,
    cases: Sequence[Case],
    staged: Path,
    *,
    steps: int,
    seed: int,
    replay: int,
    opposites: Sequence[int | None] = (),
    learning_rate: float = 1e-4,
    generated_per_case: float = 1.0,
    minutes: float | None = None,
    work: Path | None = None,
) -> dict[str, Any]:
    """Go on from `parent/checkpoint.safetensors` with judged cases, each batch a mix of them and of generated ones.

    Args:
        cases: carry the verdict as label, energy_labels and violations, and what was mined from them; at least one, unless there are no steps.
        opposites: of each case the one with another verdict that is learnt beside it.
        replay: generated cases in all, of the base mix, so that nothing that was learnt is forgotten.
        generated_per_case: groups of them, of some eighteen plans each, that are learnt with each judged case, every time it is.
        minutes: for all steps; if they do not suffice, fewer steps are taken, and the rate falls by the clock.
        work: where the state of this training is saved every so often, and taken up again.

    Returns:
        What the manifest tells of this training. `staged/checkpoint.safetensors` is written.
    """
    model = checkpoint.load(parent)
    config = TrainConfig(staged, staged, steps=steps, learning_rate=learning_rate, warmup_steps=WARMUP, seed=seed, workers=0)
    state = State(model, optimizers_of(model, config), Memory(0))
    if work:
        with suppress(InvalidInput):  # an earlier release, with other optimisers, left it: nothing is loaded, begin anew
            state.load(work)
    judged = _parts([group_of(case) for case in cases])
    base = _parts(generated(seed, replay, "train")) if steps else []
    batches = islice(_rounds(judged, base, opposites, generated_per_case, random.Random(seed)), state.progress.step, None)
    schedule, loss = partial(rate_at, config, total=steps), math.nan
    for place in tqdm(_places(state.progress, steps, minutes), total=steps, unit="step", desc="fine-tune"):
        # Of this step alone, so that a resumed run forgets the same words.
        torch.manual_seed(random.Random(f"{seed}/{state.progress.step}").getrandbits(63))
        parts, _ = take(model, state.optimizers, fed(join(next(batches))), config, rate=schedule(place))
        loss = float(parts.total(config.weights))
        state.progress.step += 1
        if work and state.progress.step % SAVED_EVERY == 0 and state.progress.step < steps:
            state.save(work, Ranks())
    checkpoint.write(model, staged)
    return {
        "steps": state.progress.step,
        "seed": seed,
        "cases": len(judged),
        "replay": sum(len(part.rows) for part in base),
        "last_loss": loss if state.progress.step else None,
    }


def _places(progress: Progress, steps: int, minutes: float | None) -> Iterator[int]:
    """Where in the schedule each step stands: by the steps before it or, where that is farther, by the time spent. At least one step."""
    begun, place = monotonic() - progress.seconds, progress.step
    while place < steps:
        yield place
        progress.seconds = monotonic() - begun
        place = max(progress.step, 0 if minutes is None else int(steps * progress.seconds / (60 * minutes)))


def _rounds(
    judged: Sequence[Part], base: Sequence[Part], opposites: Sequence[int | None], share: float, rng: random.Random
) -> Iterator[list[Part]]:
    """Batches without end: in each round judged cases, beside their opposites, and their share of generated groups, plans of about one size
    together."""
    while True:
        pairs = _pairs(judged, opposites, rng)
        groups = rng.sample(base, min(len(base), math.ceil(sum(map(len, pairs)) * share)))
        generated_parts = [[part] for group in groups for part in by_length(group.start, group.arrays)]
        yield from cut([*pairs, *generated_parts], PLANS, rng)


def _pairs(judged: Sequence[Part], opposites: Sequence[int | None], rng: random.Random) -> list[list[Part]]:
    """ROUND groups drawn at random, each with its opposite."""
    order = rng.sample(range(len(judged)), min(len(judged), ROUND))
    return [[judged[k] for k in (i, opposites[i] if opposites else None) if k is not None] for i in order]


def _parts(groups: Sequence[Group]) -> list[Part]:
    """Whole groups that belong to no store."""
    return [whole(0, arrays) for arrays in arrays_of(groups)]
