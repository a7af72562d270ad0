"""The scoring engine: cases wait in one line, worker threads take what is waiting, the event loop never computes."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition, Thread
from time import perf_counter
from typing import Any, Protocol

from gatling_core.beside import Canary
from gatling_core.errors import GatlingError
from gatling_core.runtime import Score
from gatling_core.schemas import Case, ModelRef
from server.errors import NoModel, Overloaded, ScoreFailed, TooSlow
from server.metrics import Metrics

_SUM_TOLERANCE = 1e-3
"""Relative: the energy of a case and the sum of its nodes differ by float32 rounding only."""


class ScoringModel(Protocol):
    """What the engine asks of a model; `gatling_core.runtime.Model` is the one that serves."""

    @property
    def version(self) -> str: ...
    @property
    def digest(self) -> str: ...
    def score(self, cases: Sequence[Case]) -> list[Score]: ...
    def cache_info(self) -> tuple[int, int, int]: ...
    def take_over(self, before: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class Scored:
    """A sound score and the one model that it comes from."""

    score: Score
    model: ModelRef


@dataclass(frozen=True, slots=True)
class CanaryModel:
    """A model, and for whom it answers."""

    model: ScoringModel
    terms: Canary


Outcome = Scored | GatlingError


@dataclass(frozen=True, slots=True)
class _Job:
    case: Case
    canary: bool
    outcome: asyncio.Future[Outcome]
    since: float = field(default_factory=perf_counter)


class Engine:
    """Scores cases on worker threads, up to `max_batch` together.

    A worker takes what is waiting and never waits for more, so a lone case is never delayed. It reads the model once per batch:
    a swap between two batches is atomic, and the old model is freed with the last batch that runs on it.
    `canary` has the model for the cases that ask for it; without one they get the same as all.
    """

    def __init__(
        self,
        model: ScoringModel | None,
        metrics: Metrics,
        *,
        workers: int,
        max_batch: int,
        max_in_progress: int,
        max_wait_ms: int,
        timeout_ms: int,
    ) -> None:
        self.in_progress = 0
        self.draining = False
        self.canary: CanaryModel | None = None
        self._metrics = metrics
        self._max_batch = max_batch
        self._max_in_progress = max_in_progress
        self._max_wait_s = max_wait_ms / 1_000
        self._timeout_s = timeout_ms / 1_000
        self._waiting: deque[_Job] = deque()
        self._wake = Condition()
        self._closing = False
        self._threads = [Thread(target=self._work, name=f"score-{i}", daemon=True) for i in range(workers)]
        self._model: ScoringModel | None = None
        if model is not None:
            self.swap(model)

    @property
    def model(self) -> ScoringModel | None:
        return self._model

    @property
    def serving(self) -> ModelRef | None:
        model = self._model
        return ModelRef(version=model.version, digest=model.digest) if model else None

    @property
    def waiting(self) -> int:
        """Cases that no worker has taken yet."""
        return len(self._waiting)

    @property
    def oldest_s(self) -> float:
        """How long the first of them has waited."""
        with self._wake:
            return perf_counter() - self._waiting[0].since if self._waiting else 0.0

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        for thread in self._threads:
            thread.start()

    async def stop(self) -> None:
        """Scores what is still waiting, then ends the workers."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    def swap(self, model: ScoringModel) -> None:
        """Serve `model` from the next batch on."""
        self._model = model
        self._metrics.serving(ModelRef(version=model.version, digest=model.digest))

    @contextmanager
    def admit(self, cases: int = 1) -> Generator[None]:
        """A place for `cases` from parsing to answer. Called on the event loop only.

        Raises:
            Overloaded: as many are in progress as may be, so that those admitted stay fast.
        """
        if self.in_progress + cases > self._max_in_progress:
            raise Overloaded(f"at most {self._max_in_progress} cases may be in progress; try again shortly")
        if self._longest_wait() > self._max_wait_s:
            raise Overloaded(f"cases wait longer than {self._max_wait_s:g} s; try again shortly")
        self.in_progress += cases
        try:
            yield
        finally:
            self.in_progress -= cases

    def _longest_wait(self) -> float:
        with self._wake:
            return perf_counter() - self._waiting[0].since if self._waiting else 0.0

    async def score(self, cases: Sequence[Case], *, canary: bool = False) -> list[Outcome]:
        """Per case its score, or why there is none: one bad case never spoils another.

        Raises:
            TooSlow: not all were scored in time; those not begun are not scored any more.
        """
        jobs = [_Job(case, canary, self._loop.create_future()) for case in cases]
        with self._wake:
            self._waiting.extend(jobs)
            self._wake.notify(len(jobs))
        try:
            async with asyncio.timeout(self._timeout_s):
                return [await job.outcome for job in jobs]
        except TimeoutError:
            raise TooSlow(f"no score after {self._timeout_s:g} s") from None
        finally:
            for job in jobs:
                job.outcome.cancel()

    def _work(self) -> None:
        while batch := self._take():
            start = perf_counter()
            outcomes = self._score_batch([job.case for job in batch], batch[0].canary)
            end = perf_counter()
            self._loop.call_soon_threadsafe(self._deliver, batch, outcomes, start, end)

    def _take(self) -> list[_Job]:
        """What is waiting for one model, up to a batch; empty when the engine has stopped and nothing is left."""
        with self._wake:
            while True:
                batch: list[_Job] = []
                while self._waiting and len(batch) < self._max_batch:
                    if batch and self._waiting[0].canary != batch[0].canary:
                        break
                    job = self._waiting.popleft()
                    if not job.outcome.cancelled():
                        batch.append(job)
                if batch or self._closing:
                    return batch
                self._wake.wait()

    def _score_batch(self, cases: list[Case], canary: bool) -> list[Outcome]:
        standing = self.canary if canary else None
        model = standing.model if standing else self._model
        if model is None:
            return [NoModel("no model package could be loaded; /readyz says why") for _ in cases]
        reference = ModelRef(version=model.version, digest=model.digest)
        return [Scored(o, reference) if isinstance(o, Score) else o for o in score_each(model, cases)]

    def _deliver(self, batch: list[_Job], outcomes: list[Outcome], start: float, end: float) -> None:
        for job, outcome in zip(batch, outcomes, strict=True):
            self._metrics.stages.labels("wait").observe(start - job.since)
            if not job.outcome.done():
                job.outcome.set_result(outcome)
        self._metrics.stages.labels("score").observe(end - start)
        self._metrics.batch.observe(len(batch))


def score_each(model: ScoringModel, cases: Sequence[Case]) -> list[Score | GatlingError]:
    """Per case a sound score or the reason why not. When a batch fails, its cases are tried one by one."""
    if not cases:
        return []
    try:
        scores = model.score(cases)
    except Exception as error:  # noqa: BLE001  whatever a model does to one case, the others get their score
        if len(cases) > 1:
            return [outcome for case in cases for outcome in score_each(model, [case])]
        return [error if isinstance(error, GatlingError) else ScoreFailed(f"the model failed: {type(error).__name__}")]
    assert len(scores) == len(cases), "a model scores every case"
    return [s if is_sound(s, c) else ScoreFailed("the model gave no usable energy") for s, c in zip(scores, cases, strict=True)]


def is_sound(score: Score, case: Case) -> bool:
    """Finite, not negative, an energy for every call, and sums that hold. NaN fails every comparison, so it fails this."""
    tolerance = _SUM_TOLERANCE * max(1.0, abs(score.energy))
    return (
        math.isfinite(score.energy)
        and min(score.energy, *score.terms.as_tuple()) >= 0
        and len(score.nodes) == len(case.execution_plan.nodes)
        and all(node.energy >= 0 for node in score.nodes)
        and abs(score.terms.energy - score.energy) <= tolerance
        and abs(math.fsum(node.energy for node in score.nodes) - score.energy) <= tolerance
    )
