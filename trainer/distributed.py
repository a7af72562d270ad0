"""The processes that `torchrun` starts: each has a share of every batch, and the first of them reports. One process alone is the first of one."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch import distributed as dist

BACKENDS = {"cpu": "gloo", "cuda": "cpu:gloo,cuda:nccl"}
"""On GPUs both: what the processes only tell each other goes from CPU to CPU, and waits for no GPU."""


@dataclass(frozen=True)
class Ranks:
    """This process among those that train together."""

    rank: int = 0
    world: int = 1
    group: dist.ProcessGroup | None = None

    @property
    def first(self) -> bool:
        return self.rank == 0

    def mean(self, values: Tensor) -> Tensor:
        """[…] of each rank → their mean, on every rank."""
        if self.group:
            dist.all_reduce(values, group=self.group)
        return values / self.world

    def largest(self, values: Tensor) -> Tensor:
        """[…] of each rank → the largest of each entry, on every rank."""
        if self.group:
            dist.all_reduce(values, dist.ReduceOp.MAX, group=self.group)
        return values

    def told(self, value: float) -> float:
        """What the first rank says."""
        said = torch.tensor(value, dtype=torch.float64)
        if self.group:
            dist.broadcast(said, 0, group=self.group)
        return float(said)


def is_first() -> bool:
    """Whether this process is the one that reports; known before it has joined the others."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def joined(device: str) -> Generator[Ranks]:
    """Train with the other processes, if torchrun started this one; each on the GPU of its local rank."""
    if "WORLD_SIZE" not in os.environ:
        yield Ranks()
        return
    if device == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group(BACKENDS[device])
    try:
        yield Ranks(dist.get_rank(), dist.get_world_size(), dist.group.WORLD)
        dist.barrier()  # the first validates last: a gloo group whose other processes have left can keep it for ever
    finally:
        dist.destroy_process_group()


@contextmanager
def one_at_a_time(folder: Path) -> Generator[None]:
    """Of the processes on this machine that come here for the same folder, one goes on at a time; however long it takes."""
    folder.mkdir(parents=True, exist_ok=True)
    turn = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield
    finally:
        os.close(turn)
