"""`up` as a process of its own: the shipped model, the embedded queue, a signal to stop, a second start on the same data."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from benchmarks.processes import SHIPPED, Server, environment, until
from server.examples import ALLOWED, ATTACK

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not (SHIPPED / "manifest.json").exists(), reason="there is no shipped model in this tree"),
]


def test_up_scores_queues_keeps_and_ends_in_order(tmp_path: Path) -> None:
    variables = environment(tmp_path, GATLING_DRAIN_MS="0")
    with Server(variables) as server:
        assert server.http.get("/readyz").json()["model"]["version"]
        decisions = [server.http.post("/score", json=case).json() for case in (ALLOWED, ATTACK)]
        ids = {answer["decision_id"] for answer in decisions}
        assert [answer["queued"] for answer in decisions] == [True, True]
        assert decisions[0]["energy"] < decisions[1]["energy"]
        until(lambda: server.cases().keys() == ids, "the cases did not reach the queue")
        verdict = {"label": "adversarial", "reviewer": "ada"}
        assert server.http.post(f"/cases/{decisions[1]['decision_id']}/verdict", json=verdict).status_code == 200
        server.end()

    with Server(variables) as server:
        until(lambda: server.cases().keys() == ids, "the cases did not come back")
        judged = server.http.get("/cases", params={"label": "adversarial"}).json()["cases"]
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
        variables = environment(
            tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{collector.server_port}", GATLING_DRAIN_MS="0"
        )
        with Server(variables) as server:
            assert server.http.post("/score", json=ATTACK).status_code == 200
            server.end()
        collector.shutdown()
        thread.join()
    spans = b"".join(received)
    assert b"POST /score" in spans
    assert b"gatling.energy.flow" in spans
    (log,) = (tmp_path / "decisions").glob("*.jsonl")
    assert json.loads(log.read_text())["calls"][1]["tool_name"] == "customers.export"
