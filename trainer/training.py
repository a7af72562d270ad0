"""The training loop, readable from top to bottom: batch, loss, step, mine, log, validate, save."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from tqdm import tqdm

from gatling_core.errors import InvalidInput
from gatling_core.nn.losses import calibration, info_nce, latent_info_nce
from gatling_core.nn.model import Gatling, ModelConfig, Output, Tensors
from gatling_core.schemas import LABELS, Case
from trainer import checkpoint
from trainer.batches import TrainingBatch, epoch_of, join
from trainer.dataset import Group, files, generated, group_of
from trainer.features import Store, arrays_of, build
from trainer.featurise import FOREIGN
from trainer.metrics import summarise
from trainer.parts import Part, harder, whole

Errors = NDArray[np.float16]

STATE = "state.safetensors"
LOG = "log.jsonl"

FINE_TUNE_GROUPS = 12
"""Groups in a batch: half judged, half generated."""
FINE_TUNE_WARMUP = 20
"""Adam's first steps move every weight by the full rate, whatever the gradient: at once, a few of them undo what was learnt."""


@dataclass(frozen=True)
class TrainConfig:
    """What a run depends on. The same config and data give the same losses, resumed or not (on one device, with one thread count)."""

    data: Path
    out: Path
    epochs: int = 10
    steps: int | None = None
    """Optimiser steps in all; by default as many as `epochs` passes take."""
    batch_plans: int = 96
    learnt_share: float = 0.8
    """Share of the plans learnt from: the unseen and those that the model was last most wrong about."""
    learning_rate: float = 1e-4
    weight_decay: float = 0.01
    warmup_steps: int = 200
    clip_norm: float = 1.0
    temperature: float = 0.07
    weights: tuple[float, float, float, float, float] = (0.05, 0.1, 1.0, 1.0, 0.5)
    """Of energy InfoNCE, latent InfoNCE, calls, terms, bands."""
    seed: int = 0
    workers: int = 1
    device: str = "cpu"
    validation_plans: int = 3_200
    validate_every_steps: int = 500
    lexicon: Path | None = None
    """Word vectors to start from (trainer/lexicon.py); random by default."""
    model: ModelConfig = field(default_factory=ModelConfig)


class Losses(NamedTuple):
    """Parts of the loss of one batch."""

    energy: Tensor
    latent: Tensor
    calls: Tensor
    terms: Tensor
    bands: Tensor

    def total(self, weights: Sequence[float]) -> Tensor:
        return torch.stack([w * part for w, part in zip(weights, self, strict=True)]).sum()


@dataclass
class Progress:
    """Where a run stands; saved with the weights, so that a resumed run goes on as if it had never stopped."""

    step: int = 0
    epoch: int = 0
    batch: int = 0


def train(config: TrainConfig, *, resume: bool = True, on_step: Callable[[int], None] | None = None) -> dict[str, Any]:
    """Train and write `checkpoint.safetensors`, the resumable state and `log.jsonl` to `config.out`.

    Returns:
        The last validation metrics.
    """
    torch.manual_seed(config.seed)
    model = Gatling(config.model)
    if config.lexicon:
        _load_lexicon(model, config.lexicon)
    model.to(config.device)
    paths = files(config.data)
    store = build(paths, config.out / "features" / "train", "train", config.workers)
    held_out = build(paths, config.out / "features" / "validation", "validation", config.workers)
    if not store.plans:
        raise InvalidInput(f"no training cases in {config.data}")
    total = config.steps or config.epochs * -(-store.plans // config.batch_plans)
    optimizer = _optimizer(model, config)
    progress = Progress()
    errors = np.full(store.plans, np.inf, np.float16)  # how far the energy of each plan was off when it was last seen
    if resume and (config.out / STATE).exists():
        progress = _resume(config.out, model, optimizer, errors)
    config.out.mkdir(parents=True, exist_ok=True)
    validation = list(_validation(held_out, config))
    metrics: dict[str, Any] = {}
    with tqdm(total=total, initial=progress.step, unit="step", desc="train") as bar, (config.out / LOG).open("a") as log:
        started, plans = time.monotonic(), 0
        for batch in _batches(store, config, progress, errors, total):
            losses, output = _step(model, optimizer, batch, config, rate=rate_at(config, progress.step, total))
            errors[batch.number] = np.abs(output.energy.detach().cpu().numpy() - batch.targets.sum((1, 2)))
            progress.step += 1
            plans += len(batch.label)
            bar.update()
            if on_step:
                on_step(progress.step)
            if progress.step % 20 == 0:
                parts = {name: round(float(value.detach()), 4) for name, value in losses._asdict().items()}
                rate = plans / (time.monotonic() - started)
                bar.set_postfix({**parts, "plans/s": f"{rate:.0f}"})
                print(
                    json.dumps({"step": progress.step, "epoch": progress.epoch, **parts, "plans_per_s": round(rate)}),
                    file=log,
                    flush=True,
                )
            if progress.step % config.validate_every_steps == 0 or progress.step == total:
                metrics = validate(model, validation, config)
                print(json.dumps({"step": progress.step, "validation": metrics}), file=log, flush=True)
                tqdm.write(json.dumps({"step": progress.step, **metrics}))
                checkpoint.write(model, config.out)
                _save(config.out, model, optimizer, progress, errors)
    return metrics


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
    config = TrainConfig(
        staged, staged, steps=steps, learning_rate=learning_rate, warmup_steps=FINE_TUNE_WARMUP, seed=seed, workers=0
    )
    optimizer = _optimizer(model, config)
    judged = _parts([group_of(case) for case in cases])
    base = _parts(generated(seed, replay, "train"))
    half = max(1, FINE_TUNE_GROUPS // 2) if base else FINE_TUNE_GROUPS
    rng = random.Random(seed)
    schedule = partial(rate_at, config, total=steps)
    losses: list[float] = []
    for step in tqdm(range(steps), unit="step", desc="fine-tune"):
        groups = rng.sample(judged, min(half, len(judged))) + rng.sample(base, min(half, len(base)))
        parts, _ = _step(model, optimizer, join(groups), config, rate=schedule(step))
        losses.append(float(parts.total(config.weights).detach()))
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


def _batches(store: Store, config: TrainConfig, progress: Progress, errors: Errors, total: int) -> Iterator[TrainingBatch]:
    """Training batches from where `progress` stands until `total` steps are done."""
    while progress.step < total:
        for parts in islice(epoch_of(store, config.batch_plans, config.seed, progress.epoch), progress.batch, None):
            progress.batch += 1
            yield join([harder(part, errors, config.learnt_share) for part in parts])
            if progress.step >= total:
                return
        progress.epoch, progress.batch = progress.epoch + 1, 0


def _validation(store: Store, config: TrainConfig) -> Iterator[TrainingBatch]:
    """The first held-out groups, as batches."""
    count = 0
    for parts in epoch_of(store, config.batch_plans, 0, 0):
        yield join(parts)
        count += sum(len(part.rows) for part in parts)
        if count >= config.validation_plans:
            return


def tensors(batch: TrainingBatch, device: str) -> Tensors:
    """The arrays of a batch on a device."""
    return Tensors(*(torch.from_numpy(array).to(device, non_blocking=True) for array in batch.inputs))


def losses_of(output: Output, batch: TrainingBatch, x: Tensors, temperature: float) -> Losses:
    """The parts of the loss; FOREIGN plans are contrasted only."""
    label = torch.from_numpy(batch.label).to(output.z_e.device)
    own = label != FOREIGN
    calls, terms, bands = calibration(
        output.contributions[own], torch.from_numpy(batch.targets).to(label.device)[own],
        torch.from_numpy(batch.attributed).to(label.device)[own], label[own],
    )  # fmt: skip
    energy = info_nce(output.energy, x.governance, label == 0, temperature)
    first = _first_compliant(batch)
    latent = output.energy.sum() * 0.0
    if len(first) > 1:
        rows = torch.from_numpy(first).to(label.device)
        g = x.governance[rows]
        latent = latent_info_nce(output.z_g[g], output.z_e[rows], x.policy[g], temperature)
    return Losses(energy, latent, calls, terms, bands)


def _first_compliant(batch: TrainingBatch) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The first compliant plan of each governance that has one."""
    rows: dict[int, int] = {}
    for b, (g, label) in enumerate(zip(batch.inputs.governance, batch.label, strict=True)):
        if label == 0:
            rows.setdefault(int(g), b)
    return np.array(list(rows.values()), np.int64)


def _step(
    model: Gatling, optimizer: torch.optim.Optimizer, batch: TrainingBatch, config: TrainConfig, *, rate: float
) -> tuple[Losses, Output]:
    model.train()
    x = tensors(batch, config.device)
    with torch.autocast(config.device, torch.bfloat16, enabled=config.device != "cpu"):
        output = model(x)
    output = Output(*(part.float() for part in output))
    losses = losses_of(output, batch, x, config.temperature)
    optimizer.zero_grad(set_to_none=True)
    losses.total(config.weights).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), config.clip_norm)
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.step()
    return losses, output


@torch.inference_mode()
def validate(model: Gatling, batches: Sequence[TrainingBatch], config: TrainConfig) -> dict[str, Any]:
    """Metrics over held-out groups."""
    model.eval()
    energies, labels = [], []
    for batch in batches:
        output = model(tensors(batch, config.device))
        own = batch.label != FOREIGN
        energies.append(output.energy.float().cpu().numpy()[own])
        labels.append(batch.label[own])
    if not energies:
        return {}
    return summarise([LABELS[k] for k in np.concatenate(labels)], np.concatenate(energies))


def _optimizer(model: Gatling, config: TrainConfig) -> torch.optim.Optimizer:
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


def _load_lexicon(model: Gatling, path: Path) -> None:
    with safe_open(str(path), framework="pt") as file:
        rows, vectors = file.get_tensor("rows"), file.get_tensor("vectors")
    with torch.no_grad():
        model.text.embedding.weight[rows.long()] = vectors.float()


def _save(out: Path, model: Gatling, optimizer: torch.optim.Optimizer, progress: Progress, errors: Errors) -> None:
    """Weights, optimiser moments and progress in one safetensors file, replaced atomically."""
    state = {f"model.{name}": value.contiguous() for name, value in model.state_dict().items()}
    for k, moments in optimizer.state_dict()["state"].items():
        state |= {f"optimizer.{k}.{name}": torch.as_tensor(value).contiguous() for name, value in moments.items()}
    state |= {"rng": torch.get_rng_state(), "errors": torch.from_numpy(errors)}
    metadata = {"progress": json.dumps(asdict(progress))}
    staged = out / f".{STATE}.part"
    save_file(state, str(staged), metadata)
    staged.replace(out / STATE)


def _resume(out: Path, model: Gatling, optimizer: torch.optim.Optimizer, errors: Errors) -> Progress:
    with safe_open(str(out / STATE), framework="pt") as file:
        metadata = file.metadata()
        names = list(file.keys())
        model.load_state_dict({n.removeprefix("model."): file.get_tensor(n) for n in names if n.startswith("model.")})
        torch.set_rng_state(file.get_tensor("rng"))
        errors[:] = file.get_tensor("errors").numpy()
        moments: dict[int, dict[str, Tensor]] = {}
        for name in names:
            if name.startswith("optimizer."):
                _, k, kind = name.split(".", 2)
                moments.setdefault(int(k), {})[kind] = file.get_tensor(name)
    optimizer.load_state_dict({"state": moments, "param_groups": optimizer.state_dict()["param_groups"]})
    return Progress(**json.loads(metadata["progress"]))
