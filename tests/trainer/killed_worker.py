"""A retrain worker that kills or stops itself at a named moment: `python -m tests.trainer.killed_worker URL DATA_DIR MOMENT`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import redis

from gatling_core.kept import KeptCases
from gatling_core.queue import CaseQueue
from gatling_core.registry import Registry
from gatling_core.schemas import Case
from gatling_core.settings import GateConfig, Settings
from trainer.gate_report import GateReport
from trainer.material import Material
from trainer.worker import RetrainWorker

MOMENTS = ("fine_tune", "export", "gate", "publish", "activate", "done")
"""Killed inside the first three, and right after the last three."""
MOMENTS_BESIDE = ("publish", "_write", "stand_beside", "done")
"""Killed right after, where the model is to stand beside; `_write` is when `registry/beside` says so and `registry/trials` does not yet."""

STOPS: dict[str, tuple[type, str]] = {"keep": (KeptCases, "add"), "install": (Registry, "_install")}
"""Stopped right before it writes there, until somebody lets it go on."""


def mine(_: Path, cases: Sequence[Case]) -> Material:
    return Material(cases, [None] * len(cases), settled=not cases)


def fine_tune(
    parent: Path, cases: Sequence[Case], staged: Path, *, steps: int, seed: int, replay: int, **_: Any
) -> dict[str, Any]:
    """Writes down which cases it saw, where a real one would write weights."""
    (staged / "checkpoint.safetensors").write_text("\n".join(case.model_dump_json() for case in cases))
    return {"steps": steps, "seed": seed, "replay": replay, "parent": parent.name}


def export(staged: Path) -> dict[str, float]:
    (staged / "energy.onnx").write_bytes(b"graph")
    return {"energy": 0.0}


def gate(staged: Path, parent: Path) -> GateReport:
    checked = sorted(path.name for path in staged.iterdir())
    return GateReport(sets={"fixed": {"staged": {"auc": 0.9, "checked": checked}, "parent": {"of": parent.name}}})


def _dying(action: Any, *, before: bool) -> Any:
    def die(*arguments: Any, **keywords: Any) -> None:
        if not before:
            action(*arguments, **keywords)
        if arguments[0]:  # nothing is done with no cases
            os.kill(os.getpid(), signal.SIGKILL)

    return die


def _stopping(action: Any) -> Any:
    def stop(place: object, what: Any, *arguments: Any) -> Any:
        if what:  # nothing is written of no cases
            os.kill(os.getpid(), signal.SIGSTOP)
        return action(place, what, *arguments)

    return stop


def main(url: str, data_dir: Path, moment: str) -> None:
    queue, registry = CaseQueue(redis.Redis.from_url(url)), Registry(data_dir / "registry")
    steps: dict[str, Any] = {"mine": mine, "fine_tune": fine_tune, "export": export, "gate": gate}
    if moment in steps:
        steps[moment] = _dying(steps[moment], before=True)
    elif moment in STOPS:
        place, name = STOPS[moment]
        setattr(place, name, _stopping(getattr(place, name)))
    else:
        owner = queue if moment == "done" else registry
        setattr(owner, moment, _dying(getattr(owner, moment), before=False))
    settings = Settings(data_dir=data_dir, redis_url=None, gate=GateConfig(held_back=0))
    print("running", flush=True)
    RetrainWorker(settings, queue, registry, **steps).run_once()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
