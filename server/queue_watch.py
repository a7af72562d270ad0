"""How the case queue is, looked at in the background: a Redis that hangs must not hang the probes and the metrics."""

from __future__ import annotations

import asyncio

import structlog
from starlette.concurrency import run_in_threadpool

from gatling_core.errors import QueueUnavailable
from gatling_core.queue import CaseQueue, QueueStats

log = structlog.get_logger()


class QueueWatch:
    """The last look: `stats` if the queue answered, `reason` if not, neither before the first look. Logs when that changes."""

    def __init__(self, queue: CaseQueue) -> None:
        self.stats: QueueStats | None = None
        self.reason: str | None = None
        self._queue = queue

    async def look(self) -> None:
        before = self.reason
        # Not asyncio.to_thread: scoring uses those threads, and Redis may hold this one up.
        try:
            self.stats, self.reason = await run_in_threadpool(self._queue.stats), None
        except QueueUnavailable as error:
            self.stats, self.reason = None, str(error)
        if self.reason and not before:
            log.warning("queue_away", reason=self.reason)
        elif before and not self.reason:
            log.info("queue_back")

    async def watch(self, every_ms: int) -> None:
        """Looks until cancelled; the first look starts an embedded queue."""
        while True:
            await self.look()
            await asyncio.sleep(every_ms / 1_000)
