"""`up` as a process of its own: the shipped model, the embedded queue, a signal to stop, a second start on the same data."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from gatling_core.settings import Settings
from server.examples import ALLOWED, ATTACK

SHIPPED = Settings().shipped_model  # pyright: ignore[reportCallIssue]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not (SHIPPED / "manifest.json").exists(), reason="there is no shipped model in this tree"),
]


@contextmanager
def running(data_dir: Path, **more: str) -> Iterator[httpx.Client]:
    """A server with every case in the queue's band, and more in its environment, ended by SIGTERM."""
    environment = {
        **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
        "GATLING_DATA_DIR": str(data_dir),
        "GATLING_SHIPPED_MODEL": str(SHIPPED),
        "GATLING_BANDS": '{"queue_from": 0, "queue_to": 1000000}',
        **more,
    }
    command = [sys.executable, "-m", "server", "up", "--port", "0"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        greeting = process.stdout.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+", greeting)
        assert url, greeting
        with httpx.Client(base_url=url[0], timeout=30) as client:
            yield client
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) in (0, -signal.SIGTERM)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def queued(client: httpx.Client, count: int) -> list[str]:
    """The decision ids in the queue, once there are so many."""
    deadline = time.monotonic() + 30
    while True:
        response = client.get("/cases")
        cases = response.json().get("cases", [])
        if len(cases) >= count:
            return [case["decision_id"] for case in cases]
        assert time.monotonic() < deadline, response.text[:500]
        time.sleep(0.05)


def test_up_scores_queues_keeps_and_ends_in_order(tmp_path: Path) -> None:
    with running(tmp_path) as client:
        assert client.get("/readyz").json()["model"]["version"]
        decisions = [client.post("/score", json=case).json() for case in (ALLOWED, ATTACK)]
        assert [answer["queued"] for answer in decisions] == [True, True]
        assert decisions[0]["energy"] < decisions[1]["energy"]
        assert set(queued(client, 2)) == {answer["decision_id"] for answer in decisions}
        verdict = {"label": "adversarial", "reviewer": "ada"}
        assert client.post(f"/cases/{decisions[1]['decision_id']}/verdict", json=verdict).status_code == 200

    with running(tmp_path) as client:
        assert set(queued(client, 2)) == {answer["decision_id"] for answer in decisions}
        judged = client.get("/cases", params={"label": "adversarial"}).json()["cases"]
        assert [case["decision_id"] for case in judged] == [decisions[1]["decision_id"]]


def test_traces_are_sent_to_the_collector_and_decisions_to_the_log(tmp_path: Path) -> None:
    received: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        thread = threading.Thread(target=collector.serve_forever)
        thread.start()
        with running(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{collector.server_port}") as client:
            assert client.post("/score", json=ATTACK).status_code == 200
        collector.shutdown()
        thread.join()
    spans = b"".join(received)
    assert b"POST /score" in spans
    assert b"gatling.energy.flow" in spans
    (log,) = (tmp_path / "decisions").glob("*.jsonl")
    assert json.loads(log.read_text())["calls"][1]["tool_name"] == "customers.export"
