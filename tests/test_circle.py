"""The full circle with real processes, the server and the queue killed between its steps: nothing lost, nothing trained twice."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("torch")

from gatling_core.registry import Registry
from server.examples import ALLOWED, ATTACK

ROOT = Path(__file__).resolve().parents[1]

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A data folder of its own; every energy lies in the queue's band; a training of a few steps."""
    inherited = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    return inherited | {
        "GATLING_DATA_DIR": str(tmp_path / "data"),
        "GATLING_SHIPPED_MODEL": str(ROOT / "shipped"),
        "GATLING_BANDS": '{"queue_from": 0, "queue_to": 1000000}',
        "GATLING_RETRAIN_STEPS": "2",
        "GATLING_RETRAIN_REPLAY": "16",
        "PYTHONPATH": str(ROOT),
    }


class Server:
    """`python -m server up` on a free port."""

    def __init__(self, environment: dict[str, str]) -> None:
        command = [sys.executable, "-m", "server", "up", "--port", "0"]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        greeting = self.process.stdout.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+", greeting)
        assert url, greeting
        self.http = httpx.Client(base_url=url[0], timeout=30)

    def kill_queue(self) -> None:
        """kill -9 the Valkey that this server started."""
        own = Path(f"/proc/{self.process.pid}/task")
        children = {int(pid) for task in own.iterdir() for pid in (task / "children").read_text().split()}
        queues = [pid for pid in children if "valkey" in Path(f"/proc/{pid}/comm").read_text()]
        assert queues, "no valkey process below the server"
        for pid in queues:
            os.kill(pid, signal.SIGKILL)

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.http.close()
        assert self.process.stdout
        self.process.stdout.close()


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[Server]:
    server = Server(environment)
    try:
        yield server
    finally:
        server.kill()


def until(found: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """The first true answer, asked for again and again."""
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
    return answer


def cases(server: Server) -> dict[str, Any]:
    response = server.http.get("/cases")
    return {case["decision_id"]: case for case in response.json()["cases"]} if response.status_code == 200 else {}


def retrain(environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "trainer", "retrain", "--once"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert result.returncode == 0, result.stderr[-3_000:]
    return json.loads(result.stdout.splitlines()[-1])


def test_the_circle_survives_kills_between_its_steps(environment: dict[str, str]) -> None:
    with serving(environment) as server:
        answers = {a["decision_id"]: a for a in (server.http.post("/score", json=case).json() for case in (ALLOWED, ATTACK))}
        assert all(answer["queued"] for answer in answers.values())
        first = next(iter(answers.values()))["model"]["version"]
        # Killed at once: whether the cases had reached the stream or only the spool, they must arrive.

    with serving(environment) as server:
        until(lambda: cases(server).keys() == answers.keys(), "the queued cases did not come back after the server was killed")
        server.kill_queue()
        until(lambda: cases(server).keys() == answers.keys(), "the queued cases did not come back after the queue was killed")
        attack = next(
            name for name, case in cases(server).items() if case["answer"]["energy"] == max(a["energy"] for a in answers.values())
        )
        verdict = {"label": "adversarial", "reviewer": "ada", "reason": "sends data out"}
        assert server.http.post(f"/cases/{attack}/verdict", json=verdict).status_code == 200
        server.kill_queue()

    report = retrain(environment)
    assert (report["outcome"], report["trained"]) == ("published", 1), report

    registry = Registry(Path(environment["GATLING_DATA_DIR"]) / "registry")
    assert registry.current() == report["version"] != first
    assert len(registry.verify(report["version"]).trained_cases) == 1

    with serving(environment) as server:
        answer = server.http.post("/score", json=ATTACK).json()
        assert answer["model"]["version"] == report["version"]
        until(lambda: cases(server).keys() >= answers.keys() - {attack}, "the case without a verdict was lost")
    assert retrain(environment)["trained"] == 0


def test_a_running_server_serves_the_new_model_without_a_restart(environment: dict[str, str]) -> None:
    with serving(environment) as server:
        first = server.http.post("/score", json=ATTACK).json()
        until(lambda: first["decision_id"] in cases(server), "the case did not reach the queue")
        verdict = {"label": "adversarial", "reviewer": "ada"}
        assert server.http.post(f"/cases/{first['decision_id']}/verdict", json=verdict).status_code == 200
        report = retrain(environment)
        assert report["outcome"] == "published", report

        def served() -> bool:
            return server.http.post("/score", json=ALLOWED).json()["model"]["version"] == report["version"]

        until(served, "the new version was not loaded")
