"""Several processes behind one port: one dies under load, the first one dies, one cannot start; rates and metrics are those of all."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from benchmarks import family
from benchmarks.processes import SHIPPED, Server, environment, until
from gatling_core.keys import add_key, new_key
from gatling_core.settings import ROOT
from server.examples import ATTACK

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="processes share a port on Linux"),
    pytest.mark.skipif(not (SHIPPED / "manifest.json").exists(), reason="there is no shipped model in this tree"),
]


def fleet(tmp_path: Path, **more: str) -> Mapping[str, str]:
    return environment(tmp_path, GATLING_PROCESSES="2", GATLING_DRAIN_MS="0", **more)


def serving(server: Server) -> list[int]:
    """The processes that answer; the first one only watches them."""
    first = server.process.pid
    command = Path(f"/proc/{first}/cmdline").read_bytes()
    return [pid for pid in family.members(first) if pid != first and Path(f"/proc/{pid}/cmdline").read_bytes() == command]


def decided(server: Server) -> float:
    """Over all processes, asked of whichever answers."""
    text = httpx.get(f"{server.url}/metrics").text
    lines = (line for line in text.splitlines() if line.startswith("gatling_decisions_total{"))
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def answers(server: Server, path: str) -> bool:
    try:
        return httpx.get(f"{server.url}{path}").status_code == 200
    except httpx.TransportError:
        return False


def post(server: Server, count: int) -> list[int]:
    """Each on a connection of its own, tried again where that breaks."""
    found: list[int] = []
    while len(found) < count:
        try:
            found.append(
                httpx.post(f"{server.url}/score", json={**ATTACK, "user_role": f"{time.monotonic_ns()}"}, timeout=30).status_code
            )
        except httpx.TransportError:
            continue
    return found


def test_one_that_is_killed_is_replaced_and_nothing_that_was_counted_is_forgotten(tmp_path: Path) -> None:
    with Server(fleet(tmp_path)) as server:
        before = serving(server)
        assert [os.sched_getscheduler(pid) for pid in before] == [os.SCHED_BATCH] * 2
        assert set(post(server, 40)) == {200}
        until(lambda: decided(server) == 40, "the processes do not tell each other")
        time.sleep(2)  # until each has written down what it counted
        os.kill(before[0], signal.SIGKILL)
        assert set(post(server, 20)) == {200}
        until(lambda: len(serving(server)) == 2 and before[0] not in serving(server), "nobody took its place")
        assert set(post(server, 20)) == {200}
        until(lambda: decided(server) == 80, "a count was lost")
        until(lambda: server.http.get("/readyz").json()["queue"]["depth"] == 80, "a queued case was lost")
        server.end()
        assert family.members(server.process.pid) == []


def test_one_that_hangs_is_replaced(tmp_path: Path) -> None:
    with Server(fleet(tmp_path, GATLING_HUNG_AFTER_S="5")) as server:
        before = serving(server)
        until(lambda: decided(server) == 0, "it does not serve")
        os.kill(before[1], signal.SIGSTOP)
        until(lambda: len(serving(server)) == 2 and before[1] not in serving(server), "it still hangs")
        assert set(post(server, 10)) == {200}
        server.end()


def test_none_is_taken_for_hung_where_all_stood_still(tmp_path: Path) -> None:
    with Server(fleet(tmp_path, GATLING_HUNG_AFTER_S="5")) as server:
        before = serving(server)
        everybody = [server.process.pid, *before]
        for number, seconds in ((signal.SIGSTOP, 8), (signal.SIGCONT, 4)):
            for pid in everybody:
                os.kill(pid, number)
            time.sleep(seconds)
        assert serving(server) == before
        assert set(post(server, 4)) == {200}
        server.end()


def test_a_keys_file_that_vanishes_opens_nothing_to_who_takes_a_place(tmp_path: Path) -> None:
    secret, key = new_key(["admin"], now=datetime.now(UTC))
    add_key(tmp_path / "keys.json", key)
    with Server(fleet(tmp_path, GATLING_KEYS_FILE=str(tmp_path / "keys.json"))) as server:
        before = serving(server)
        assert httpx.get(f"{server.url}/models", headers={"authorization": f"Bearer {secret}"}).status_code == 200
        (tmp_path / "keys.json").unlink()
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        until(lambda: len(serving(server)) == 2 and not set(before) & set(serving(server)), "nobody took their place")
        until(lambda: answers(server, "/healthz"), "they do not serve")
        assert {httpx.get(f"{server.url}/models").status_code for _ in range(16)} == {401}
        server.end()


def test_two_that_start_together_do_not_share_a_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "server", "up", "--port", str(port)]
    both = [
        subprocess.Popen(
            command, cwd=ROOT, env=dict(fleet(tmp_path / str(k))), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for k in range(2)
    ]
    try:
        refused = until(lambda: next((one for one in both if one.poll() is not None), None), "both serve")
        assert (refused.returncode, "another process listens there" in refused.communicate()[1]) == (1, True)
    finally:
        for one in both:
            one.terminate()
            one.communicate()
    assert sorted(one.returncode for one in both) == [-signal.SIGTERM, 1]


def test_none_outlives_the_first(tmp_path: Path) -> None:
    with Server(fleet(tmp_path)) as server:
        members = serving(server)
        assert len(members) == 2
        server.kill()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in members), "a process lives on")


def test_a_rate_is_that_of_all_processes(tmp_path: Path) -> None:
    with Server(fleet(tmp_path, GATLING_API_KEY="secret", GATLING_RATE_PER_MINUTE="12")) as server:
        headers = {"authorization": "Bearer secret"}
        answers = [httpx.post(f"{server.url}/score", json=ATTACK, headers=headers).status_code for _ in range(30)]
        assert 12 <= answers.count(200) <= 14, "a token or two came while it asked"
        assert answers.count(429) == 30 - answers.count(200)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"GATLING_PROVIDER": "cuda"}, "onnxruntime has no cuda here"),
        ({"GATLING_KEYS_FILE": "broken.json"}, "broken.json"),
    ],
)
def test_what_no_process_can_serve_with_is_said_once(tmp_path: Path, settings: dict[str, str], said: str) -> None:
    (tmp_path / "broken.json").write_text("{")
    command = [sys.executable, "-m", "server", "up", "--port", "0"]
    variables = {**fleet(tmp_path), **settings, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr.count(said)) == (1, 1), ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
