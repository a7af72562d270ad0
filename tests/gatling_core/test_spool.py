from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from gatling_core.errors import QueueUnavailable
from gatling_core.queue import CaseQueue, QueueEntry, WrittenEntry, tenant_in
from gatling_core.spool import REJECTED, Spool, erase_rejected, flush_spool
from tests.conftest import MakeEntry


@pytest.fixture
def queue(client: redis.Redis) -> CaseQueue:
    return CaseQueue(client)


@pytest.fixture
def down() -> CaseQueue:
    return CaseQueue(redis.Redis(unix_socket_path="/nowhere/redis.sock", retry=Retry(NoBackoff(), 0)))


def left_behind(root: Path, down: CaseQueue, *entries: QueueEntry) -> None:
    """What a process that is gone took in and could not deliver."""
    killed = Spool(root, down)
    for entry in entries:
        assert killed.append(entry)
    killed.stop()


def segments(root: Path) -> list[Path]:
    return sorted(root.glob("*.segment"))


def numbers(queue: CaseQueue) -> list[str]:
    return [case.entry.decision_id for case in reversed(queue.cases(10_000))]


def test_delivers_in_order_and_leaves_no_file(queue: CaseQueue, entry: MakeEntry, tmp_path: Path) -> None:
    spool = Spool(tmp_path, queue)
    assert all(spool.append(entry(n)) for n in range(150))
    assert queue.stats().depth == 0
    assert spool.flush_once() == 150
    assert numbers(queue) == [f"decision-{n}" for n in range(150)]
    assert (segments(tmp_path), spool.stats().waiting_bytes, spool.flush_once()) == ([], 0, 0)


def test_keeps_deciding_while_redis_is_down(queue: CaseQueue, down: CaseQueue, entry: MakeEntry, tmp_path: Path) -> None:
    spool = Spool(tmp_path, down)
    for n in range(30):
        assert spool.append(entry(n))
        with pytest.raises(QueueUnavailable):
            spool.flush_once()
    assert len(segments(tmp_path)) <= 2, "segments grow while Redis is down, they do not multiply"
    spool.stop()
    assert Spool(tmp_path, queue).flush_once() == 30
    assert sorted(numbers(queue)) == sorted(f"decision-{n}" for n in range(30))


def test_redelivery_after_a_lost_reply_adds_nothing(queue: CaseQueue, entry: MakeEntry, tmp_path: Path) -> None:
    class Forgetful(CaseQueue):
        def add_written(self, entries: Sequence[WrittenEntry]) -> list[str | None]:
            super().add_written(entries)
            raise QueueUnavailable("the reply was lost")

    spool = Spool(tmp_path, Forgetful(queue.client))
    for n in range(3):
        spool.append(entry(n))
    for _ in range(3):
        with pytest.raises(QueueUnavailable):
            spool.flush_once()
    spool.stop()
    assert Spool(tmp_path, queue).flush_once() == 3
    assert numbers(queue) == ["decision-0", "decision-1", "decision-2"]


def test_a_full_queue_keeps_the_rest_on_disk(client: redis.Redis, entry: MakeEntry, tmp_path: Path) -> None:
    spool = Spool(tmp_path, CaseQueue(client, max_cases=70))
    for n in range(100):
        spool.append(entry(n))
    with pytest.raises(QueueUnavailable, match="full"):
        spool.flush_once()
    spool.stop()
    queue = CaseQueue(client)
    assert queue.stats().depth == 70
    Spool(tmp_path, queue).flush_once()
    assert numbers(queue) == [f"decision-{n}" for n in range(100)]


def test_a_full_spool_refuses_and_counts(down: CaseQueue, entry: MakeEntry, tmp_path: Path) -> None:
    spool = Spool(tmp_path, down, max_bytes=2_500)
    kept = [spool.append(entry(n)) for n in range(10)]
    assert kept == sorted(kept, reverse=True)
    assert 0 < kept.count(True) < 10
    assert spool.stats().refused == kept.count(False)
    assert sum(path.stat().st_size for path in segments(tmp_path)) == spool.stats().waiting_bytes <= 2_500
    assert not Spool(tmp_path, down, max_bytes=2_500).append(entry(11)), "a new process counts what lies there"


def test_a_disk_that_refuses_is_no_error_of_the_request(down: CaseQueue, entry: MakeEntry, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    spool = Spool(tmp_path / "file" / "spool", down)
    assert not spool.append(entry(1))
    assert spool.stats().refused == 1


def test_half_a_write_spoils_nothing_else(
    queue: CaseQueue, entry: MakeEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path, queue)
    assert spool.append(entry(1))
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr("gatling_core.spool.os.write", lambda fd, line: write(fd, line[:100]))
        assert not spool.append(entry(2))
    assert spool.append(entry(3))
    assert spool.flush_once() == 2
    assert numbers(queue) == ["decision-1", "decision-3"]
    assert spool.stats().torn == 0


def test_a_torn_last_line_is_skipped_and_counted(queue: CaseQueue, down: CaseQueue, entry: MakeEntry, tmp_path: Path) -> None:
    left_behind(tmp_path, down, *map(entry, range(3)))
    (segment,) = segments(tmp_path)
    whole = segment.read_bytes()
    for cut in (1, 2, 50, len(whole.splitlines()[-1])):
        segment.write_bytes(whole[:-cut])
        spool = Spool(tmp_path, queue)
        assert spool.flush_once() == 2
        assert spool.stats().torn == 1
        spool.stop()
    assert numbers(queue) == ["decision-0", "decision-1"]


def test_a_damaged_line_costs_only_itself(queue: CaseQueue, down: CaseQueue, entry: MakeEntry, tmp_path: Path) -> None:
    left_behind(tmp_path, down, *map(entry, range(3)))
    (segment,) = segments(tmp_path)
    segment.write_bytes(segment.read_bytes().replace(b"decision-1", b"decision-9"))
    spool = Spool(tmp_path, queue)
    assert spool.flush_once() == 2
    assert (numbers(queue), spool.stats().torn) == (["decision-0", "decision-2"], 1)


def test_an_entry_of_another_version_is_put_aside(queue: CaseQueue, down: CaseQueue, entry: MakeEntry, tmp_path: Path) -> None:
    left_behind(tmp_path, down, entry(1).model_copy(update={"schema_version": 2}), entry(2))
    spool = Spool(tmp_path, queue)
    assert spool.flush_once() == 1
    assert spool.stats().rejected == 1
    assert b'"decision-1"' in (tmp_path / "rejected.jsonl").read_bytes()
    assert numbers(queue) == ["decision-2"]


def test_retries_send_only_what_is_left_and_count_nothing_twice(
    queue: CaseQueue, down: CaseQueue, entry: MakeEntry, tmp_path: Path
) -> None:
    class Failing(CaseQueue):
        def __init__(self, client: redis.Redis) -> None:
            super().__init__(client)
            self.sent: list[int] = []

        def add_written(self, entries: Sequence[WrittenEntry]) -> list[str | None]:
            self.sent.append(len(entries))
            if len(self.sent) in (2, 3):
                raise QueueUnavailable("down")
            return super().add_written(entries)

    left_behind(tmp_path, down, *map(entry, range(100)), entry(100).model_copy(update={"schema_version": 2}))
    (segment,) = segments(tmp_path)
    segment.write_bytes(segment.read_bytes() + b"torn")
    failing = Failing(queue.client)
    spool = Spool(tmp_path, failing)
    for _ in range(2):
        with pytest.raises(QueueUnavailable):
            spool.flush_once()
    assert spool.flush_once() == 36
    assert failing.sent == [64, 36, 36, 36]
    assert (spool.stats().delivered, spool.stats().rejected, spool.stats().torn) == (100, 1, 1)
    assert len((tmp_path / "rejected.jsonl").read_bytes().splitlines()) == 1


def test_a_segment_delivered_a_moment_ago_is_no_longer_adopted(
    queue: CaseQueue, down: CaseQueue, entry: MakeEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_behind(tmp_path, down, entry(1))
    lock = fcntl.flock

    def late(fd: int, how: int) -> None:
        segments(tmp_path)[0].unlink()  # the other was faster, between our opening and our lock
        lock(fd, how)

    with monkeypatch.context() as patch:
        patch.setattr("gatling_core.spool.fcntl.flock", late)
        assert Spool(tmp_path, queue).flush_once() == 0


def test_a_segment_that_may_not_be_opened_holds_nothing_up(
    queue: CaseQueue, down: CaseQueue, entry: MakeEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of another user's process, say, in whose place this one runs."""
    left_behind(tmp_path, down, entry(1))
    (foreign,) = segments(tmp_path)
    spool, opened = Spool(tmp_path, queue), os.open

    def forbidden(path: Path, *how: int) -> int:
        if path == foreign:
            raise PermissionError(13, "Permission denied")
        return opened(path, *how)

    spool.append(entry(2))
    with monkeypatch.context() as patch:
        patch.setattr("gatling_core.spool.os.open", forbidden)
        assert spool.flush_once() == 1
    assert spool.stats().waiting_bytes > 0, "it is still seen to wait"
    assert spool.flush_once() == 1


def test_a_living_process_is_left_alone(queue: CaseQueue, entry: MakeEntry, tmp_path: Path) -> None:
    mine, other = Spool(tmp_path, queue), Spool(tmp_path, queue)
    mine.append(entry(1))
    assert other.flush_once() == 0
    assert mine.append(entry(2))
    assert mine.flush_once() == 2


def test_many_spools_on_one_folder(queue: CaseQueue, entry: MakeEntry, tmp_path: Path) -> None:
    spools = [Spool(tmp_path, queue) for _ in range(4)]

    def write(spool: Spool, first: int) -> None:
        for n in range(first, first + 50):
            assert spool.append(entry(n))
            if n % 7 == 0:
                spool.flush_once()
        spool.flush_once()

    threads = [threading.Thread(target=write, args=(spool, 50 * k)) for k, spool in enumerate(spools)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers(queue)) == sorted(f"decision-{n}" for n in range(200))
    assert segments(tmp_path) == []


def test_large_spools_have_several_segments(
    queue: CaseQueue, down: CaseQueue, entry: MakeEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gatling_core.spool._MAX_SEGMENT_BYTES", 2_000)
    killed = Spool(tmp_path, down)
    for n in range(20):
        assert killed.append(entry(n))
    assert len(segments(tmp_path)) > 3
    killed.stop()
    assert Spool(tmp_path, queue).flush_once() == 20


@pytest.mark.parametrize("failure", [QueueUnavailable("down"), ValueError("nobody thought of it")])
def test_the_thread_delivers_and_tries_again(client: redis.Redis, entry: MakeEntry, tmp_path: Path, failure: Exception) -> None:
    class Flaky(CaseQueue):
        failures = 2

        def add_written(self, entries: Sequence[WrittenEntry]) -> list[str | None]:
            if self.failures:
                self.failures -= 1
                raise failure
            return super().add_written(entries)

    queue = Flaky(client)
    spool = Spool(tmp_path, queue, retry_ms=1)
    spool.start()
    for n in range(10):
        spool.append(entry(n))
    deadline = time.monotonic() + 10
    while queue.stats().depth < 10 or not spool.healthy:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    spool.append(entry(10))
    spool.stop()
    assert queue.stats().depth == 11, "stop delivers what is left"
    assert segments(tmp_path) == []


def test_what_was_left_on_disk_is_flushed_and_rejected_lines_are_erased(
    queue: CaseQueue, entry: MakeEntry, tmp_path: Path
) -> None:
    left, running = Spool(tmp_path, queue), Spool(tmp_path, queue)
    left.append(entry(1, tenant="acme"))
    left.stop()
    running.append(entry(2, tenant="acme"))
    (tmp_path / REJECTED).write_bytes(b'{"tenant": "acme", "future": 1}\n{"tenant": "rival"}\nnothing\n')
    assert flush_spool(tmp_path, queue) > 0, "a running process holds the other"
    assert numbers(queue) == ["decision-1"]
    assert erase_rejected(tmp_path, "acme") == 1
    assert (tmp_path / REJECTED).read_bytes() == b'{"tenant": "rival"}\nnothing\n'
    assert erase_rejected(tmp_path / "nowhere", "acme") == 0
    running.stop()


def test_what_is_put_aside_while_a_tenant_is_erased_is_not_lost(
    queue: CaseQueue, down: CaseQueue, entry: MakeEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / REJECTED).write_bytes(b'{"tenant": "acme"}\n')
    left_behind(tmp_path, down, entry(1, tenant="rival").model_copy(update={"schema_version": 2}))
    server = threading.Thread(target=Spool(tmp_path, queue).flush_once)

    def read_slowly(line: bytes) -> str | None:
        server.start()
        server.join(0.5)  # as far as it comes while the lines are being looked at
        return tenant_in(line)

    monkeypatch.setattr("gatling_core.spool.tenant_in", read_slowly)
    assert erase_rejected(tmp_path, "acme") == 1
    server.join()
    assert [tenant_in(line) for line in (tmp_path / REJECTED).read_bytes().splitlines()] == ["rival"]
