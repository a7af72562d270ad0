"""What the experiments share: a registry with one package, a queue of its own, and judged cases in it."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatling_core.embedded import connect
from gatling_core.mirror import registry_of
from gatling_core.queue import CaseQueue, QueueEntry
from gatling_core.registry import Registry
from gatling_core.runtime import Model, Score
from gatling_core.schemas import Answer, Case, ModelRef, Verdict
from gatling_core.settings import GateConfig, Settings
from trainer.export import export
from trainer.fine_tuning import fine_tune
from trainer.gate import QualityGate
from trainer.generator.cases import cases
from trainer.generator.worlds.dice import Split
from trainer.mining import mine
from trainer.worker import RetrainReport, RetrainWorker

_LEASE_MS = 3_600_000
"""There is no other worker to take over, and on a busy machine the thread that renews the lease may wait for minutes."""


@dataclass(frozen=True)
class Stage:
    """One run of the loop, as it is in production but for where it lives."""

    settings: Settings
    queue: CaseQueue
    registry: Registry

    @property
    def model(self) -> Model:
        """The current model."""
        return Model.load(self.registry.package(self.registry.current() or ""))

    def judge(self, judged: Sequence[tuple[Case, Verdict]]) -> None:
        """Put cases, scored by the current model, into the queue with their verdicts."""
        scored = entries(self.model, [case for case, _ in judged], self.settings)
        for entry, (_, verdict) in zip(scored, judged, strict=True):
            self.queue.add(entry)
            self.queue.set_verdict(entry.decision_id, verdict)

    def retrain(self) -> RetrainReport:
        """The real worker with its real steps."""
        gate = QualityGate.of(self.settings)
        return RetrainWorker(self.settings, self.queue, self.registry, mine, fine_tune, export, gate).run_once()

    def tried(self, report: RetrainReport) -> Model | None:
        """The model that a retraining made, published or refused by the gate; None if it came to none, by a failed parity or otherwise."""
        if report.outcome == "published":
            return self.model
        refused = self.registry.rejected()
        return Model.load(refused[-1]) if refused else None


@contextmanager
def staged(package: Path, steps: int, gate: GateConfig) -> Generator[Stage]:
    """A stage with this package as its first model; gone at the end."""
    with tempfile.TemporaryDirectory(prefix="loop-") as folder:
        given: dict[str, Any] = {"_env_file": None, "redis_url": None, "data_dir": Path(folder), "shipped_model": package}
        settings = Settings(**given, retrain_steps=steps, gate=gate, lease_ms=_LEASE_MS)
        registry = registry_of(settings)
        registry.seed(package)
        with connect(settings) as client:
            yield Stage(settings, CaseQueue.of(client, settings), registry)


def generated(seed: int, count: int, split: Split) -> list[Case]:
    """Labelled cases without their pairs: as they would come in."""
    alone = {"hard_negatives": [], "minimal_pair": None}
    return [Case.model_validate({**line, **alone}) for line in cases(seed, count, split)]


def entries(model: Model, found: Sequence[Case], settings: Settings) -> list[QueueEntry]:
    """Cases with the model's answer, as they are queued."""
    return [
        QueueEntry.of(case, _answer(case, score, model, settings), tenant="default", keep_outputs=True)
        for case, score in zip(found, model.score(found), strict=True)
    ]


def energies(model: Model, found: Sequence[Case]) -> NDArray[np.float64]:
    return np.array([score.energy for score in model.score(found)])


def labels(found: Sequence[Case]) -> NDArray[np.str_]:
    return np.array([case.label for case in found])


def _answer(case: Case, score: Score, model: Model, settings: Settings) -> Answer:
    return Answer(
        decision_id=str(case.id),
        decision=settings.bands.decide(score.energy),
        energy=score.energy,
        terms=score.terms,
        nodes=list(score.nodes),
        queued=True,
        model=ModelRef(version=model.version, digest=model.digest),
        policy_digest=score.policy_digest,
    )
