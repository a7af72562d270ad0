from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from pydantic import SecretStr

from gatling_core.embedded import connect
from gatling_core.errors import QueueUnavailable
from gatling_core.queue import CaseQueue
from gatling_core.schemas import Verdict
from gatling_core.settings import Settings
from gatling_core.spool import Spool

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts `tests.gatling_core.process` and kills what is left of it at the end."""
    running: list[subprocess.Popen[bytes]] = []

    def run(*arguments: object) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.gatling_core.process", *map(str, arguments)]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]))
        return running[-1]

    yield run
    for process in running:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


@pytest.fixture
def client(settings: Settings) -> Iterator[Any]:
    client = connect(settings)
    yield client
    client.close()


def run_id(client: redis.Redis) -> str:
    return client.info("server")["run_id"]


def eventually(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def line(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout
    return process.stdout.readline().decode().strip()


def alive(pid: int | None) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_nothing_starts_before_the_first_command(client: Any, settings: Settings) -> None:
    assert client.valkey.pid is None
    assert not settings.data_dir.exists()
    assert client.ping()
    assert alive(client.valkey.pid)


def test_it_is_set_up_to_lose_nothing(client: Any, settings: Settings) -> None:
    config = client.config_get("*")
    assert (config["appendonly"], config["appendfsync"]) == ("yes", "always")
    assert (config["maxmemory-policy"], config["save"], config["port"]) == ("noeviction", "", "0")
    assert client.valkey.socket.stat().st_mode & 0o077 == 0
    assert json.loads((settings.data_dir / "valkey" / "engine.json").read_text())["engine"] == "valkey"


def test_a_second_one_attaches_and_does_not_end_the_first(client: Any, settings: Settings) -> None:
    client.set("a", 1)
    other = connect(settings)
    assert run_id(other) == run_id(client)
    other.close()
    assert client.get("a") == b"1"


def test_close_ends_it_and_the_data_stay(settings: Settings) -> None:
    client: Any = connect(settings)
    client.set("a", 1)
    pid = client.valkey.pid
    client.close()
    assert not alive(pid)
    with connect(settings) as again:
        assert again.get("a") == b"1"


def test_it_comes_back_after_kill_9(client: Any) -> None:
    for n in range(3):
        client.set(f"key-{n}", n)
        os.kill(client.valkey.pid, signal.SIGKILL)
        assert client.get(f"key-{n}") == b"%d" % n
    assert client.dbsize() == 3


def test_it_outlives_the_thread_that_needed_it_first(client: Any) -> None:
    thread = threading.Thread(target=client.ping)
    thread.start()
    thread.join()
    pid = client.valkey.pid
    for _ in range(20):
        assert client.ping()
    assert client.valkey.pid == pid
    assert alive(pid)


def test_many_threads_after_a_kill_start_one(client: Any) -> None:
    client.ping()
    os.kill(client.valkey.pid, signal.SIGKILL)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(run_id(client))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.e2e
def test_processes_that_start_together_share_one(start: Start, settings: Settings) -> None:
    holders = [start("hold", settings.data_dir) for _ in range(4)]
    assert len({line(holder) for holder in holders}) == 1


@pytest.mark.e2e
def test_it_follows_its_process_into_death_and_another_takes_over(start: Start, client: Any, settings: Settings) -> None:
    holder = start("hold", settings.data_dir)
    first = line(holder)
    assert run_id(client) == first
    pid = client.info("server")["process_id"]
    client.set("a", 1)
    holder.kill()
    eventually(lambda: not alive(pid))
    assert client.get("a") == b"1"
    assert run_id(client) != first


def test_a_long_data_dir_gets_a_short_private_socket(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / ("long" * 30), redis_url=None)
    with connect(settings) as client:
        assert client.ping()
        socket: Path = client.valkey.socket  # type: ignore[attr-defined]
        assert len(str(socket)) < 100
        assert socket.parent.stat().st_mode & 0o077 == 0
        assert connect(settings).valkey.socket == socket  # type: ignore[attr-defined]
    socket.parent.rmdir()


def test_data_of_a_newer_engine_are_refused(client: Any, settings: Settings) -> None:
    folder = settings.data_dir / "valkey"
    folder.mkdir(parents=True)
    (folder / "engine.json").write_text('{"engine": "valkey", "version": [99, 0]}')
    with pytest.raises(redis.RedisError, match="newer"):
        client.ping()
    with pytest.raises(QueueUnavailable, match="newer"):
        CaseQueue(client).stats()


def test_data_that_cannot_be_loaded_say_so_soon(settings: Settings) -> None:
    with connect(settings) as client:
        client.set("a", 1)
    (log,) = (settings.data_dir / "valkey" / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"no such thing\r\n" + log.read_bytes())
    with connect(settings) as client, pytest.raises(redis.RedisError, match=r"ended at once: .*AOF"):
        client.ping()


def test_without_the_package_it_says_what_to_do(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatling_core.embedded.importlib.util.find_spec", lambda _: None)
    with pytest.raises(QueueUnavailable, match="REDIS_URL"):
        connect(settings)


def test_a_real_redis_is_used_where_there_is_one(client: Any, settings: Settings, tmp_path: Path) -> None:
    client.set("a", 1)
    url = SecretStr(f"unix://{client.valkey.socket}")
    with connect(Settings(data_dir=tmp_path / "unused", redis_url=url)) as real:
        assert real.get("a") == b"1"
    assert not (tmp_path / "unused").exists()
    assert client.ping()


@pytest.mark.e2e
def test_kill_9_of_valkey_and_of_writers_loses_nothing_and_doubles_nothing(start: Start, client: Any, settings: Settings) -> None:
    """Writers that spool as the server does are killed mid-write, Valkey under them, while verdicts are given."""
    queue = CaseQueue(client)
    acknowledged: list[int] = []
    judged: set[str] = set()

    def drain(writer: subprocess.Popen[bytes], count: int) -> None:
        acknowledged.extend(int(line(writer)) for _ in range(count))

    def judge(limit: int) -> None:
        for case in queue.cases(limit):
            queue.set_verdict(case.entry.decision_id, Verdict(label="gold", reviewer="ann"))
            judged.add(case.entry.decision_id)

    for round_ in range(4):
        writers = [start("write", settings.data_dir, 100_000 * (2 * round_ + k)) for k in range(2)]
        for writer in writers:
            drain(writer, 60)
        judge(20)
        os.kill(client.info("server")["process_id"], signal.SIGKILL)
        for writer in writers:
            drain(writer, 60)
        judge(20)
        writers[0].kill()
        os.kill(client.info("server")["process_id"], signal.SIGKILL)
        drain(writers[1], 60)
        writers[1].kill()
        for writer in writers:  # what it had acknowledged before it died
            assert writer.stdout
            acknowledged.extend(int(number) for number in writer.stdout.read().split(b"\n")[:-1])

    Spool(settings.data_dir / "spool", queue).flush_once()
    cases = queue.cases(1_000_000)
    found = [case.entry.decision_id for case in cases]
    assert len(found) == len(set(found)), "nothing twice"
    assert {f"decision-{number}" for number in acknowledged} <= set(found), "nothing lost"
    assert len(acknowledged) >= 4 * 300
    assert len(judged) >= 20
    assert judged <= {case.entry.decision_id for case in cases if case.verdict}, "no verdict lost"
    assert not list((settings.data_dir / "spool").glob("*.segment"))
