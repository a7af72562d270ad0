"""A queue that goes away is logged once, and so is its return."""

from __future__ import annotations

import fakeredis
from structlog.testing import capture_logs

from gatling_core.queue import CaseQueue
from server.queue_watch import QueueWatch


async def test_what_changes_is_logged_once() -> None:
    redis = fakeredis.FakeServer()
    watch = QueueWatch(CaseQueue(fakeredis.FakeRedis(server=redis)))
    with capture_logs() as logged:
        for connected in (True, False, False, True, True):
            redis.connected = connected
            await watch.look()
            assert (watch.stats is not None) == connected
    assert [line["event"] for line in logged] == ["queue_away", "queue_back"]
