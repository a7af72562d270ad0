"""The training loop, readable from top to bottom: batch, step, note, log, validate, save."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import safe_open
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from gatling_core.errors import InvalidInput
from gatling_core.nn.model import Gatling, ModelConfig
from gatling_core.schemas import LABELS
from gatling_core.settings import cores
from trainer import checkpoint
from trainer.batches import epoch_of, join
from trainer.config import TrainConfig
from trainer.dataset import files
from trainer.distributed import Ranks, joined, one_at_a_time
from trainer.features import Store, build
from trainer.featurise import FOREIGN
from trainer.feed import Fed, Feed, fed
from trainer.log import Log, Pace
from trainer.memory import Memory
from trainer.metrics import summarise
from trainer.state import State
from trainer.step import Losses, losses_of, optimizers_of, rate_at, take


def train(
    config: TrainConfig,
    *,
    resume: bool = True,
    on_step: Callable[[int], None] | None = None,
    network: Callable[[ModelConfig], Gatling] = Gatling,
) -> dict[str, Any]:
    """Train and write the best weights (`checkpoint.safetensors`), the resumable state and the log to `config.out`.

    Under torchrun, every process takes its share of every batch; the first one alone writes and validates.

    Args:
        network: what builds it, where it does not start from weights.

    Returns:
        Steps done, steps in all, whether the run is over, and the last validation metrics.
    """
    deadline = time.monotonic() + (math.inf if config.minutes is None else 60 * config.minutes)
    store, held_out = _stores(config)
    total = config.steps or config.epochs * -(-store.plans // config.batch_plans)
    with joined(config.device) as ranks:
        state = _begin(config, store.plans, network, resume=resume)
        trained = _network(state.model, config, ranks)
        validation = list(_validation(held_out, config)) if ranks.first else []
        progress, metrics, pace = state.progress, {}, Pace()
        with Log(config.out, progress.step, total, board=config.board, silent=not ranks.first) as log:
            for batch in pace.watch(_batches(config, state, ranks, total)):
                _reseed(config, progress.step, ranks.rank)
                rate = rate_at(config, progress.step, total)
                losses, output = take(trained, state.optimizers, batch, config, rate=rate, ranks=ranks.group)
                pace.count(len(batch.label))
                state.memory.note(batch.number, (output.energy - batch.targets.sum((1, 2))).abs())
                progress.step += 1
                log.step()
                if on_step:
                    on_step(progress.step)
                if progress.step % config.log_every_steps == 0:
                    log.train(progress.step, {"epoch": progress.epoch, **_means(losses, pace, config, ranks)})
                due = progress.step % config.validate_every_steps == 0 or progress.step == total
                late = bool(ranks.told(time.monotonic() > deadline))
                if due:
                    metrics = _judge(state, validation, config, ranks)
                    log.validation(progress.step, metrics)
                if due or late:
                    state.save(config.out, ranks)
                    pace.restart()
                if late:
                    break
    return {"step": progress.step, "steps": total, "over": progress.over(total, config.patience), **metrics}


def _stores(config: TrainConfig) -> tuple[Store, Store]:
    """Training and held-out groups, featurised by the first process of this machine that comes."""
    paths = files(config.data)
    workers = config.workers and max(config.workers, cores())  # nothing is trained yet, so no core is taken
    with one_at_a_time(config.out):
        store = build(paths, config.features("train"), "train", workers)
        held_out = build(paths, config.features("validation"), "validation", workers)
    if not store.plans:
        raise InvalidInput(f"no training cases in {config.data}")
    return store, held_out


def _begin(config: TrainConfig, plans: int, network: Callable[[ModelConfig], Gatling], *, resume: bool) -> State:
    """A new state, the same on every rank, or the one that was saved."""
    torch.manual_seed(config.seed)
    model = checkpoint.load(config.start) if config.start else network(config.model)
    if config.lexicon and not config.start:  # a model that was trained knows its words better
        _load_lexicon(model, config.lexicon)
    model.to(config.device)
    state = State(model, optimizers_of(model, config), Memory(plans))
    if resume:
        state.load(config.out)
    return state


def _network(model: Gatling, config: TrainConfig, ranks: Ranks) -> nn.Module:
    """The model as steps run it: compiled if asked for, with gradients averaged over the ranks.

    Sizes differ from batch to batch, so they stay symbols in what is compiled; only what is 0, 1, or equal by chance when it is
    compiled gets code of its own.
    """
    network = cast("nn.Module", torch.compile(model, dynamic=True)) if config.compile else model
    return DistributedDataParallel(network) if ranks.group else network


def _batches(config: TrainConfig, state: State, ranks: Ranks, total: int) -> Iterator[Fed]:
    """Training batches on the device, from where the run stands until it is over."""
    progress = state.progress
    while not progress.over(total, config.patience):
        feed = Feed(config, state.memory.errors, ranks.rank, ranks.world, progress.epoch, progress.batch)
        for batch in feed.loader():
            progress.batch += 1
            yield batch.to(config.device)
            if progress.over(total, config.patience):
                return
        state.memory.settle(ranks)
        progress.epoch, progress.batch = progress.epoch + 1, 0


def _judge(state: State, validation: Sequence[Fed], config: TrainConfig, ranks: Ranks) -> dict[str, Any]:
    """Validation metrics; the best weights so far become the checkpoint. The first rank does it, and tells the others the loss."""
    metrics = validate(state.model, validation, config) if ranks.first else {}
    if state.progress.validated(ranks.told(metrics.get("loss", 0.0))) and ranks.first:
        checkpoint.write(state.model, config.out)
    return metrics


def _means(losses: Losses, pace: Pace, config: TrainConfig, ranks: Ranks) -> dict[str, float]:
    """What the log tells of a step: losses of the whole batch, cases a second of all ranks, share of the time spent waiting for data."""
    plans, waited = pace.read()
    own = torch.stack([*losses, losses.total(config.weights)]).detach().cpu()
    *parts, loss, plans, waited = ranks.mean(torch.cat([own, torch.tensor([plans, waited])])).tolist()
    named = zip(("loss", *Losses._fields), (loss, *parts), strict=True)
    return {name: round(value, 4) for name, value in named} | {
        "plans_per_s": round(plans * ranks.world),
        "data_wait": round(waited, 4),
    }


def _reseed(config: TrainConfig, step: int, rank: int) -> None:
    """The dropout of a step depends on no step before it, so that a resumed run forgets the same words."""
    torch.manual_seed(random.Random(f"{config.seed}/{step}/{rank}").getrandbits(63))


def _validation(store: Store, config: TrainConfig) -> Iterator[Fed]:
    """The first held-out groups, as batches."""
    count = 0
    for parts in epoch_of(store, config.batch_plans, 0, 0):
        yield fed(join(parts))
        count += sum(len(part.rows) for part in parts)
        if count >= config.validation_plans:
            return


@torch.inference_mode()
def validate(model: Gatling, batches: Sequence[Fed], config: TrainConfig) -> dict[str, Any]:
    """Loss, its parts and metrics over held-out groups; nothing where there are none."""
    model.eval()
    energies, labels, losses = [], [], []
    for batch in batches:
        there = batch.to(config.device)
        output = model(there.inputs)
        own = batch.label != FOREIGN
        energies.append(output.energy.cpu()[own])
        labels.append(batch.label[own])
        losses.append(torch.stack([*losses_of(output, there, config)]).cpu() * own.sum())
    if not energies:
        return {}
    parts = Losses(*(torch.stack(losses).sum(0) / sum(map(len, labels))))
    named = {"loss": parts.total(config.weights), **{f"loss_{name}": part for name, part in parts._asdict().items()}}
    metrics = summarise([LABELS[k] for k in torch.cat(labels)], torch.cat(energies).numpy())
    return {name: round(float(value), 4) for name, value in named.items()} | metrics


def _load_lexicon(model: Gatling, path: Path) -> None:
    with safe_open(str(path), framework="pt") as file:
        rows, vectors = file.get_tensor("rows"), file.get_tensor("vectors")
    with torch.no_grad():
        model.text.embedding.weight[rows.long()] = vectors.float()
