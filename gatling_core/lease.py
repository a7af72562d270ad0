"""The retrain lease: one retrain worker at a time, across machines."""

from __future__ import annotations

import threading
import uuid
from types import TracebackType
from typing import Self

import redis

from gatling_core.errors import QueueUnavailable

LEASE_KEY = "gatling:lease:retrain"
LOST = "the retrain lease was lost: who held it was away for too long"

FENCE = f"""
if ARGV[#ARGV] ~= '' and redis.call('GET', KEYS[#KEYS]) ~= ARGV[#ARGV] then return redis.error_reply('LEASE {LOST}') end
"""
"""What a script starts with that is for the holder of the lease alone: its last key is LEASE_KEY, its last argument the holder's token.

Inside Redis no time passes between this and what the script does. The token needs no order: only the one that is there now counts.
"""

_RENEW = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0"
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class Lease:
    """A key with a token of our own that expires unless a thread renews it.

        with Lease(client, lease_ms) as lease:
            if lease.held: … lease.check() …

    A worker that is stopped for longer than `lease_ms` loses the lease for good. What it does then in Redis is refused there (FENCE); before
    every other effect `check` finds it out.
    """

    def __init__(self, client: redis.Redis, lease_ms: int) -> None:
        self._client, self._lease_ms = client, lease_ms
        self.token = uuid.uuid4().hex
        self._renew, self._release = client.register_script(_RENEW), client.register_script(_RELEASE)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        self.held = False

    def __enter__(self) -> Self:
        """Take the lease if it is free; `held` says whether.

        Raises:
            QueueUnavailable: Redis does not answer.
        """
        try:
            self.held = bool(self._client.set(LEASE_KEY, self.token, nx=True, px=self._lease_ms))
        except (redis.RedisError, OSError) as error:
            raise QueueUnavailable(f"the retrain lease cannot be taken: {error}") from error
        if self.held:
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        if not self.held:
            return
        self._stop.set()
        self._thread.join()
        try:
            self._release([LEASE_KEY], [self.token])
        except (redis.RedisError, OSError):
            return  # it expires by itself

    def check(self) -> None:
        """Renew the lease now, at once.

        Raises:
            QueueUnavailable: another worker has it, or Redis cannot say that we still have it.
        """
        try:
            renewed = bool(self._renew([LEASE_KEY], [self.token, self._lease_ms]))
        except (redis.RedisError, OSError) as error:
            raise QueueUnavailable(f"the retrain lease cannot be checked: {error}") from error
        if not renewed:
            raise QueueUnavailable(LOST)

    def _keep(self) -> None:
        while not self._stop.wait(self._lease_ms / 3_000):
            try:
                self.check()
            except QueueUnavailable:
                continue  # Redis may be back in time; if not, the next `check` of the worker says so
