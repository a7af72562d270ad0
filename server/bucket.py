"""A rate limit: a bucket of tokens that refills evenly."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from server.errors import RateLimited


class Bucket:
    """`per_minute` cases a minute, all of them at once if need be. Lives in one process: every replica has its own."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._tokens, self._since = float(per_minute), clock()

    def take(self, tokens: int) -> None:
        """Take so many, or none. More than the bucket holds is taken from a full one, and paid off afterwards.

        Raises:
            RateLimited: there are too few; says when there will be enough.
        """
        now = self._clock()
        self._tokens = min(self.per_minute, self._tokens + (now - self._since) * self.per_minute / 60)
        self._since = now
        missing = min(tokens, self.per_minute) - self._tokens
        if missing > 0:
            raise RateLimited(f"this key may send {self.per_minute} cases a minute", retry_after_s=missing * 60 / self.per_minute)
        self._tokens -= tokens
