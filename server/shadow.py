"""A second model that scores the same cases for comparison: off the hot path, bounded, and never part of an answer."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from dataclasses import dataclass

from gatling_core.bands import Bands
from gatling_core.errors import GatlingError, QueueUnavailable
from gatling_core.queue import CaseQueue
from gatling_core.runtime import Score
from gatling_core.schemas import Case, Decision, ShadowScore
from server.alarm import Alarm
from server.engine import ScoringModel, score_each
from server.metrics import Metrics

MAX_WAITING = 256
"""Cases that may wait for the shadow; of more traffic it sees a sample."""

_BATCH = 8
_NICE = 10
_PAUSE_S = 10.0
"""After Redis did not answer: each try may take seconds, in which nothing is compared."""


@dataclass(frozen=True, slots=True)
class _Seen:
    case: Case
    score: Score
    bands: Bands
    identity: str | None

    def decide(self, score: Score) -> Decision:
        return self.bands.decide(score.energy, score.grounds.reasons)


class Shadow:
    """Compares a model, while there is one, with what was answered: how far the energies are apart, and which decisions would be others.

    What it makes of a queued case is kept beside that in Redis, or not at all where Redis does not answer.
    """

    def __init__(self, metrics: Metrics, alarm: Alarm, queue: CaseQueue) -> None:
        self.model: ScoringModel | None = None
        self._metrics = metrics
        self._alarm = alarm
        self._queue = queue
        self._quiet_until = 0.0
        self._waiting: deque[_Seen] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="shadow", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends after the batch in progress; what waits is not scored."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def swap(self, model: ScoringModel | None) -> None:
        """Compare another model, or none, from the next batch on; what waits is not scored."""
        with self._wake:
            self.model = model
            self._waiting.clear()

    def offer(self, case: Case, score: Score, bands: Bands, identity: str | None = None) -> None:
        """Compare this case, if there is a model and room; under `identity` it is queued. Never waits for it."""
        if self.model is None:
            return
        with self._wake:
            if len(self._waiting) >= MAX_WAITING:
                self._metrics.shadow_skipped.inc()
                return
            self._waiting.append(_Seen(case, score, bands, identity))
            self._wake.notify()

    def _work(self) -> None:
        if hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)  # on Linux of this thread alone
        while (taken := self._take()) is not None:
            found = self._compare(*taken)
            del taken  # nobody else may hold the model while this thread waits
            if found and not self._noted(found):
                self._metrics.shadow_unnoted.inc(len(found))

    def _compare(self, model: ScoringModel, batch: list[_Seen]) -> dict[str, ShadowScore]:
        """Counts what differs; the scores of the queued cases, by identity."""
        found: dict[str, ShadowScore] = {}
        for seen, score in zip(batch, score_each(model, [seen.case for seen in batch]), strict=True):
            if isinstance(score, GatlingError):
                self._metrics.shadow_failures.inc()
                self._alarm.shadow_failed(model.version)
                continue
            answered, shadow = seen.decide(seen.score), seen.decide(score)
            self._metrics.shadow_decisions.labels(answered, shadow).inc()
            self._metrics.shadow_difference.observe(abs(score.energy - seen.score.energy))
            self._alarm.compared(model.version, answered, shadow)
            if seen.identity is not None:
                found[seen.identity] = ShadowScore(version=model.version, energy=score.energy, decision=shadow)
        return found

    def _noted(self, found: dict[str, ShadowScore]) -> bool:
        """Whether Redis took them."""
        if time.monotonic() < self._quiet_until:
            return False
        try:
            self._queue.note_shadow(found)
        except QueueUnavailable:
            self._quiet_until = time.monotonic() + _PAUSE_S
            return False
        return True

    def _take(self) -> tuple[ScoringModel, list[_Seen]] | None:
        """The next cases and the one model for them; None when it has ended."""
        with self._wake:
            self._wake.wait_for(lambda: (self._waiting and self.model) or self._closing)
            if self._closing or self.model is None:
                return None
            return self.model, [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
