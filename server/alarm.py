"""Rolls a new model back that blocks, fails or disagrees too much: its first hour is watched, window by window."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from gatling_core.settings import AlarmRules

_BUCKETS = 20
"""Parts of a window: so finely it moves on."""


@dataclass(slots=True)
class Counts:
    """What happened in a part of the window."""

    start: float
    decided: int = 0
    blocked: int = 0
    failed: int = 0
    compared: int = 0
    differed: int = 0


class Alarm:
    """Counts what the current model does, and says when a rule is broken.

    Only a model that took over from an older one is watched, for `probation_s`: to roll back what was rolled back to would end at the
    first version, and after an hour an operator decides. Block rates are compared with those of the model before.
    """

    def __init__(self, rules: AlarmRules, now: Callable[[], float] = time.monotonic) -> None:
        self._rules, self._now = rules, now
        self._lock = Lock()
        self._parts: deque[Counts] = deque()
        self._version = ""
        self._until = float("-inf")
        self._before = 0.0

    def serves(self, version: str) -> None:
        """Another model serves from now on."""
        with self._lock:
            total = self._total()
            is_newer = bool(self._version) and _number(version) > _number(self._version)
            self._before = total.blocked / total.decided if total.decided >= self._rules.min_decisions else 0.0
            self._version, self._until = version, self._now() + self._rules.probation_s if is_newer else float("-inf")
            self._parts.clear()

    def decided(self, version: str, *, blocked: bool) -> None:
        """A case was decided; those of another model (a canary) do not count."""
        with self._lock:
            if version == self._version:
                part = self._part()
                part.decided += 1
                part.blocked += blocked

    def failed(self) -> None:
        """A case got no score because the model failed."""
        with self._lock:
            self._part().failed += 1

    def compared(self, *, differs: bool) -> None:
        """A shadow decided the same case."""
        with self._lock:
            part = self._part()
            part.compared += 1
            part.differed += differs

    def reason(self, version: str) -> str | None:
        """Why `version` should be rolled back; None while no rule is broken or it is not watched."""
        rules = self._rules
        with self._lock:
            if version != self._version or self._now() > self._until:
                return None
            total = self._total()
        tried = total.decided + total.failed
        if tried >= rules.min_decisions and total.failed > rules.failed * tried:
            return f"{total.failed} of {tried} cases got no score"
        if total.decided >= rules.min_decisions and total.blocked > (self._before + rules.blocked) * total.decided:
            return f"blocks {total.blocked} of {total.decided} cases, the model before {self._before:.0%}"
        if total.compared >= rules.min_decisions and total.differed > rules.differed * total.compared:
            return f"the shadow decides {total.differed} of {total.compared} cases otherwise"
        return None

    def _part(self) -> Counts:
        now, length = self._now(), self._rules.window_s / _BUCKETS
        if not self._parts or now - self._parts[-1].start >= length:
            self._parts.append(Counts(now))
            self._forget(now)
        return self._parts[-1]

    def _forget(self, now: float) -> None:
        while self._parts and now - self._parts[0].start > self._rules.window_s:
            self._parts.popleft()

    def _total(self) -> Counts:
        self._forget(self._now())
        total = Counts(0.0)
        for part in self._parts:
            for name in ("decided", "blocked", "failed", "compared", "differed"):
                setattr(total, name, getattr(total, name) + getattr(part, name))
        return total


def _number(version: str) -> int:
    return int(version[1:]) if version[1:].isdecimal() else 0
