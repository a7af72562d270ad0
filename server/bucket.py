"""A rate limit: a bucket of tokens that refills evenly."""

from __future__ import annotations

import fcntl
import hashlib
import struct
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import IO

from server.errors import RateLimited
from server.sibling import kept

_LEVEL = struct.Struct("dd")
_TRIES, _TRY_S = 40, 0.000_25
"""The event loop waits meanwhile: 10 ms at most, where others hold a bucket for some µs."""


@dataclass
class _Level:
    tokens: float
    since: float


class Bucket:
    """`per_minute` cases a minute, all of them at once if need be. Every replica has its own; processes that serve together share one, which
    lies in a file.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic, file: Path | None = None) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._file = file
        self._own = _Level(float(per_minute), clock())

    def take(self, tokens: int) -> None:
        """Take so many, or none. More than the bucket holds is taken from a full one, and paid off afterwards.

        Raises:
            RateLimited: there are too few; says when there will be enough.
        """
        with self._level() as level:
            now = self._clock()
            level.tokens = min(self.per_minute, level.tokens + (now - level.since) * self.per_minute / 60)
            level.since = now
            missing = min(tokens, self.per_minute) - level.tokens
            if missing > 0:
                raise RateLimited(
                    f"this key may send {self.per_minute} cases a minute", retry_after_s=missing * 60 / self.per_minute
                )
            level.tokens -= tokens

    @contextmanager
    def _level(self) -> Generator[_Level]:
        """What there is, to be changed while nobody else does."""
        if self._file is None:
            yield self._own
            return
        kept(self._file.parent)
        with self._file.open("a+b") as file:
            _lock(file)
            file.seek(0)
            said = file.read(_LEVEL.size)
            level = _Level(*_LEVEL.unpack(said)) if said else self._own
            try:
                yield level
            finally:
                file.truncate(0)
                file.write(_LEVEL.pack(level.tokens, level.since))


def _lock(file: IO[bytes]) -> None:
    """Take the lock of a file, without waiting for a process that stands still with it.

    Raises:
        RateLimited: somebody has held it for long.
    """
    for _ in range(_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sleep(_TRY_S)
        else:
            return
    raise RateLimited("what this key has sent cannot be counted now", retry_after_s=1)


def bucket_of(name: str, per_minute: int, clock: Callable[[], float] = monotonic, folder: Path | None = None) -> Bucket:
    """The bucket of that name and rate: the one that all share who have this folder, or one of its own."""
    digest = hashlib.sha256(f"{name} {per_minute}".encode()).hexdigest()[:32]
    return Bucket(per_minute, clock, folder / f"{digest}.bucket" if folder else None)
