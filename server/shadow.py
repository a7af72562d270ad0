"""A second model that scores the same cases for comparison: off the hot path, bounded, and never part of an answer."""

from __future__ import annotations

import os
import threading
from collections import deque
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram

from gatling_core.bands import Bands
from gatling_core.errors import GatlingError
from gatling_core.runtime import Score
from gatling_core.schemas import Case, Decision
from server.alarm import Alarm
from server.engine import ScoringModel, score_each

MAX_WAITING = 256
"""Cases that may wait for the shadow; of more traffic it sees a sample."""

_BATCH = 8
_NICE = 10
_DIFFERENCE_BUCKETS = (0.01, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16)


@dataclass(frozen=True, slots=True)
class _Seen:
    case: Case
    score: Score
    bands: Bands

    def decide(self, score: Score) -> Decision:
        return self.bands.decide(score.energy, score.grounds.reasons)


class Shadow:
    """Compares a model with what was answered: how far the energies are apart, and which decisions would have been others."""

    def __init__(self, model: ScoringModel, registry: CollectorRegistry, alarm: Alarm) -> None:
        self.model = model
        self._alarm = alarm
        self._waiting: deque[_Seen] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="shadow", daemon=True)
        self._decisions = Counter(
            "gatling_shadow_decisions",
            "Decisions, as answered and as the shadow would",
            ["answered", "shadow"],
            registry=registry,
        )
        self._difference = Histogram(
            "gatling_shadow_energy_difference", "|Energy of the shadow - energy answered|", buckets=_DIFFERENCE_BUCKETS,
            registry=registry,
        )  # fmt: skip
        self._skipped = Counter("gatling_shadow_skipped", "Cases that the shadow had no time for", registry=registry)
        self._failed = Counter("gatling_shadow_failures", "Cases that the shadow could not score", registry=registry)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends after the batch in progress; what waits is not scored."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def offer(self, case: Case, score: Score, bands: Bands) -> None:
        """Compare this case, if there is room. Never waits."""
        with self._wake:
            if len(self._waiting) >= MAX_WAITING:
                self._skipped.inc()
                return
            self._waiting.append(_Seen(case, score, bands))
            self._wake.notify()

    def _work(self) -> None:
        if hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)  # on Linux of this thread alone
        while batch := self._take():
            for seen, score in zip(batch, score_each(self.model, [seen.case for seen in batch]), strict=True):
                if isinstance(score, GatlingError):
                    self._failed.inc()
                    continue
                answered, shadow = seen.decide(seen.score), seen.decide(score)
                self._decisions.labels(answered, shadow).inc()
                self._alarm.compared(differs=answered != shadow)
                self._difference.observe(abs(score.energy - seen.score.energy))

    def _take(self) -> list[_Seen]:
        with self._wake:
            self._wake.wait_for(lambda: self._waiting or self._closing)
            if self._closing:
                return []
            return [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
