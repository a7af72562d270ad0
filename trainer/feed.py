"""What the training loop is fed: batches as tensors, joined in other processes while the step before is taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from gatling_core.nn.model import Tensors
from trainer.batches import TrainingBatch, epoch_of, join
from trainer.config import TrainConfig
from trainer.features import Store
from trainer.featurise import FOREIGN
from trainer.parallel import end_with_parent
from trainer.parts import Part, grouped, harder

AHEAD = 4
"""Batches that each process has ready at most. They lie in /dev/shm."""


class Fed(NamedTuple):
    """A training batch as tensors: B plans, of which `first` are the first compliant ones of their governances."""

    inputs: Tensors
    label: Tensor  # [B]
    targets: Tensor  # [B, N, 4]
    attributed: Tensor  # [B]
    planned: Tensor  # [B]
    first: Tensor  # [at most G]
    number: Tensor  # [B] of the plan in the store, −1 for a FOREIGN one; stays on the CPU

    def to(self, device: str) -> Fed:
        inputs = Tensors(*(part.to(device, non_blocking=True) for part in self.inputs))
        label, targets, attributed, planned, first = (part.to(device, non_blocking=True) for part in self[1:-1])
        return Fed(inputs, label, targets, attributed, planned, first, self.number)


def fed(batch: TrainingBatch) -> Fed:
    """The arrays as tensors on the same memory."""
    rows = (
        batch.label,
        batch.targets,
        batch.attributed,
        batch.planned,
        _first_compliant(batch),
        np.where(batch.label == FOREIGN, -1, batch.number),
    )
    return Fed(Tensors(*map(torch.from_numpy, batch.inputs)), *map(torch.from_numpy, rows))


def _first_compliant(batch: TrainingBatch) -> NDArray[np.int64]:
    """The first compliant plan of each governance that has one."""
    gold = np.flatnonzero(batch.label == 0)
    return gold[np.unique(batch.inputs.governance[gold], return_index=True)[1]]


@dataclass(frozen=True)
class Feed(IterableDataset[Fed]):
    """The batches of an epoch that are still to come, and of each this rank's share.

    `harder` may read `errors` long before a batch is due: what the model learns until then is about other plans (memory.py).
    """

    config: TrainConfig
    errors: NDArray[np.float16]
    rank: int
    world: int
    epoch: int
    start: int
    """Batches of the epoch that are done."""

    def loader(self) -> DataLoader[Fed]:
        """The batches in order, the same from any number of workers; pinned for a GPU."""
        workers = self.config.workers
        ahead: dict[str, Any] = {"prefetch_factor": AHEAD, "multiprocessing_context": "forkserver"} if workers else {}
        pinned = self.config.device != "cpu"
        return DataLoader(self, batch_size=None, num_workers=workers, pin_memory=pinned, worker_init_fn=end_with_parent, **ahead)

    def __iter__(self) -> Iterator[Fed]:
        """Every n-th batch in the n-th of n workers. Reading and cutting takes a tenth of joining: all do it alike."""
        worker = get_worker_info()
        at, step = (worker.id, worker.num_workers) if worker else (0, 1)
        batches = epoch_of(Store(self.config.features("train")), self.config.batch_plans, self.config.seed, self.epoch)
        for parts in islice(batches, self.start + at, None, step):
            yield self._share(parts)

    def _share(self, parts: Sequence[Part]) -> Fed:
        """This rank's groups of a batch, whose plans are each other's rivals. One for which none is left reads a part as FOREIGN, so as to be
        there in every reduction.
        """
        mine = [part for group in grouped(parts)[self.rank :: self.world] for part in group]
        if mine:
            return fed(join([harder(part, self.errors, self.config.learnt_share) for part in mine]))
        idle = join(parts[:1])
        idle.label.fill(FOREIGN)
        return fed(idle)
