"""A retrain worker whose trainings take no time: the next model is a copy of its parent, all else is as in production.

So a kill at a random moment mostly falls between two effects on queue and registry, where it could do harm.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gatling_core.embedded import connect
from gatling_core.mirror import registry_of
from gatling_core.queue import CaseQueue
from gatling_core.schemas import Case
from gatling_core.settings import Settings
from trainer.gate_report import GateReport
from trainer.material import Material
from trainer.worker import RetrainWorker

EVERY_S = 1.0


def mine(_: Path, cases: Sequence[Case]) -> Material:
    return Material(cases, [None] * len(cases))


def fine_tune(parent: Path, cases: Sequence[Case], staged: Path, **_: Any) -> dict[str, Any]:
    for path in parent.iterdir():
        if path.suffix in (".onnx", ".safetensors"):
            shutil.copyfile(path, staged / path.name)
    return {"copied": len(cases)}


def export(_: Path) -> dict[str, float]:
    return {}


def gate(_: Path, __: Path) -> GateReport:
    return GateReport()


if __name__ == "__main__":
    settings = Settings()
    with connect(settings) as client:
        registry = registry_of(settings)
        registry.seed(settings.shipped_model)
        RetrainWorker(settings, CaseQueue.of(client, settings), registry, mine, fine_tune, export, gate).run_every(EVERY_S)
