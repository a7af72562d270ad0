"""What one model did lately: cases decided, blocked, without a score, and decided otherwise than another model did."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

_BUCKETS = 20
"""Parts of a window: so finely it moves on."""

What = Literal["decided", "blocked", "failed", "compared", "differed", "expected"]
"""`compared` with what another model decided; `expected`: blocked by that one."""


@dataclass(frozen=True, slots=True)
class _Part:
    start: float
    counts: Counter[What] = field(default_factory=Counter[What])


class Watched:
    """A model since it serves or stands beside, with what it did in the last `window_s` seconds. Its owner holds a lock."""

    def __init__(self, version: str, window_s: float, now: Callable[[], float]) -> None:
        self.version, self.since = version, now()
        self._window_s, self._now = window_s, now
        self._parts: deque[_Part] = deque()

    def count(self, *happened: What) -> None:
        """One case of each."""
        now = self._now()
        if not self._parts or now - self._parts[-1].start >= self._window_s / _BUCKETS:
            self._parts.append(_Part(now))
            self._forget(now)
        self._parts[-1].counts.update(happened)

    def total(self) -> Counter[What]:
        """What happened within the window."""
        self._forget(self._now())
        total = Counter[What]()
        for part in self._parts:
            total.update(part.counts)
        return total

    def _forget(self, now: float) -> None:
        while self._parts and now - self._parts[0].start > self._window_s:
            self._parts.popleft()
