"""A process with workers that wait for more to do: `python -m tests.trainer.busy_workers featurise|feed FOLDER`; prints their ids."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from itertools import repeat
from multiprocessing import active_children, forkserver
from pathlib import Path
from typing import Any

import numpy as np

from trainer.config import TrainConfig
from trainer.features import Store
from trainer.feed import Feed
from trainer.parallel import prefetch


def at_work(kind: str, folder: Path) -> Iterator[Any]:
    if kind == "featurise":
        return prefetch(abs, repeat(1), 1)
    config = TrainConfig(folder / "cases.jsonl", folder, batch_plans=24, workers=1)
    plans = Store(config.features("train")).plans
    return iter(Feed(config, np.full(plans, np.inf, np.float16), 0, 1, epoch=0, start=0).loader())


if __name__ == "__main__":
    work = at_work(sys.argv[1], Path(sys.argv[2]))
    next(work)
    server: Any = forkserver._forkserver  # type: ignore[attr-defined]
    print(*(child.pid for child in active_children()), server._forkserver_pid, flush=True)
    time.sleep(600)
