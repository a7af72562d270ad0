"""A fine-tuning that kills itself with SIGKILL in a step: `python -m tests.trainer.killed_tuning PARENT CASES STAGED WORK STEP`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import torch

from gatling_core.schemas import Case
from trainer import fine_tuning

STEPS, SAVED_EVERY = 8, 2


def tune(parent: Path, cases: Path, staged: Path, work: Path | None, **changes: Any) -> dict[str, Any]:
    found = [Case.model_validate_json(line) for line in cases.read_bytes().splitlines()[:8]]
    given: dict[str, Any] = {"steps": STEPS, "seed": 0, "replay": 4, "work": work, **changes}
    return fine_tuning.fine_tune(parent, found, staged, **given)


def main(parent: Path, cases: Path, staged: Path, work: Path, last: int) -> None:
    torch.set_num_threads(1)
    fine_tuning.SAVED_EVERY = SAVED_EVERY
    take, taken = fine_tuning.take, 0

    def dying(*given: Any, **more: Any) -> Any:
        nonlocal taken
        taken += 1
        if taken == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return take(*given, **more)

    fine_tuning.take = dying
    tune(parent, cases, staged, work)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5]))
