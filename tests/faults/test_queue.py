"""The queue dies, hangs, is slow or is full, or the disk is, under load: every score is answered, and what was called queued arrives once."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
from pydantic import SecretStr

from gatling_core import spool as spool_module
from gatling_core.embedded import connect
from gatling_core.queue import CaseQueue
from gatling_core.settings import Settings
from tests.server.conftest import Client, Start, case_of

CALLERS = 4
CASES = 200


@pytest.fixture
def valkey(settings: Settings) -> Iterator[redis.Redis]:
    """A Valkey of its own, to be killed."""
    client = connect(settings.model_copy(update={"redis_timeout_ms": 200}))
    client.ping()
    yield client
    client.close()


async def load(client: Client, first: int = 0) -> list[dict[str, Any]]:
    """`CASES` different cases in the queue's band from a few callers; each is answered with 200."""
    numbers = iter(range(first, first + CASES))

    async def call() -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = []
        for number in numbers:
            response = await client.post("/score", json=case_of(3.0, user_role=str(number)))
            assert response.status_code == 200, response.text
            answers.append(response.json())
        return answers

    return [answer for answers in await asyncio.gather(*(call() for _ in range(CALLERS))) for answer in answers]


async def delivered(client: Client, queue: CaseQueue, answers: list[dict[str, Any]]) -> None:
    """All that was called queued is in the stream, once, and nothing else."""
    wanted = sorted(answer["decision_id"] for answer in answers if answer["queued"])
    async with asyncio.timeout(30):
        while client.service.spool.stats().waiting_bytes:
            await client.flush()
    found: list[str] = []
    before = None
    while page := queue.cases(100, before):
        found += [case.entry.decision_id for case in page]
        before = page[-1].id
    assert sorted(found) == wanted


async def during(fault: Callable[[], Awaitable[None]], client: Client) -> list[dict[str, Any]]:
    running = asyncio.create_task(load(client))
    await fault()
    return await running


async def test_killed(start: Start, valkey: Any) -> None:
    queue = CaseQueue(valkey)

    async def kills() -> None:
        for _ in range(3):
            os.kill(valkey.valkey.pid, signal.SIGKILL)
            await asyncio.to_thread(valkey.valkey.ensure)

    async with start(queue=queue, spool_retry_ms=10) as client:
        answers = await during(kills, client)
        assert len(answers) == CASES
        assert all(answer["queued"] for answer in answers)
        await delivered(client, queue, answers)


async def test_hanging(start: Start, valkey: Any) -> None:
    queue = CaseQueue(valkey)
    async with start(queue=queue, spool_retry_ms=10) as client:
        os.kill(valkey.valkey.pid, signal.SIGSTOP)
        try:
            answers = await load(client)
        finally:
            os.kill(valkey.valkey.pid, signal.SIGCONT)
        assert len(answers) == CASES
        assert all(answer["queued"] for answer in answers)
        await delivered(client, queue, answers)


class Proxy:
    """TCP before Valkey's socket. While `delay_s` is not 0, every reply is held back for so long."""

    def __init__(self, path: Path) -> None:
        self.delay_s = 0.0
        self.held = asyncio.Event()
        self._path = path
        self._tasks: set[asyncio.Task[Any]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """The port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            for writer in self._writers:
                writer.close()
            await asyncio.gather(*self._tasks, *(writer.wait_closed() for writer in self._writers), return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        replies, commands = await asyncio.open_unix_connection(self._path)
        self._writers |= {writer, commands}
        self._tasks |= {asyncio.create_task(self._pass(reader, commands)), asyncio.create_task(self._answer(replies, writer))}

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            if self.delay_s:
                self.held.set()
                await asyncio.sleep(self.delay_s)
            writer.write(data)
        writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
        writer.close()


@pytest.mark.parametrize("timeout_ms", [100, 10_000], ids=["given up and tried again", "waited for"])
async def test_slow(start: Start, valkey: Any, settings: Settings, timeout_ms: int) -> None:
    """A reply that comes too late belongs to a command that was carried out: the next try must not queue the case again."""
    proxy = Proxy(valkey.valkey.socket)
    async with proxy.listening() as port:
        url = SecretStr(f"redis://127.0.0.1:{port}")
        slow = connect(settings.model_copy(update={"redis_url": url, "redis_timeout_ms": timeout_ms}))
        async with start(queue=CaseQueue(slow), spool_retry_ms=10) as client:
            proxy.delay_s = 1.0
            answers = await load(client)
            async with asyncio.timeout(30):
                await proxy.held.wait()
            proxy.delay_s = 0.0
            assert len(answers) == CASES
            assert all(answer["queued"] for answer in answers)
            await delivered(client, CaseQueue(valkey), answers)
        await asyncio.to_thread(slow.close)


async def test_full(start: Start, valkey: redis.Redis) -> None:
    queue = CaseQueue(valkey)
    async with start(queue=queue, spool_retry_ms=10) as client:
        valkey.config_set("maxmemory", 1)
        answers = await load(client)
        assert len(answers) == CASES
        assert client.service.spool.stats().waiting_bytes > 0
        valkey.config_set("maxmemory", 0)
        await delivered(client, queue, answers)


async def test_the_disk_is_full_for_a_while(start: Start, queue: CaseQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the spool cannot take is scored all the same, and not called queued."""
    real = os.write

    def full(_: int, __: bytes) -> int:
        raise OSError(errno.ENOSPC, "no space left on device")

    async with start() as client:
        before = await load(client)
        monkeypatch.setattr(spool_module.os, "write", full)
        while_full = await load(client, first=CASES)
        monkeypatch.setattr(spool_module.os, "write", real)
        after = await load(client, first=2 * CASES)
        assert [sum(answer["queued"] for answer in answers) for answers in (before, while_full, after)] == [CASES, 0, CASES]
        await delivered(client, queue, [*before, *while_full, *after])
