"""The full circle with real processes, the server and the queue killed between its steps: nothing lost, nothing trained twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from benchmarks.processes import SHIPPED, Server, until
from benchmarks.processes import environment as variables
from gatling_core.registry import Registry
from server.examples import ALLOWED, ATTACK

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A training of a few steps, on every case."""
    few = {"GATLING_RETRAIN_STEPS": "2", "GATLING_RETRAIN_REPLAY": "16", "GATLING_GATE__HELD_BACK": "0"}
    return variables(tmp_path / "data", **few, PYTHONPATH=str(SHIPPED.parent))


def retrain(environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "trainer", "retrain", "--once"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert result.returncode == 0, result.stderr[-3_000:]
    return json.loads(result.stdout.splitlines()[-1])


def test_the_circle_survives_kills_between_its_steps(environment: dict[str, str]) -> None:
    with Server(environment) as server:
        answers = {a["decision_id"]: a for a in (server.http.post("/score", json=case).json() for case in (ALLOWED, ATTACK))}
        assert all(answer["queued"] for answer in answers.values())
        first = next(iter(answers.values()))["model"]["version"]
        # Killed at once: whether the cases had reached the stream or only the spool, they must arrive.

    with Server(environment) as server:
        until(lambda: server.cases().keys() == answers.keys(), "the queued cases did not come back after the server was killed")
        server.kill_queue()
        until(lambda: server.cases().keys() == answers.keys(), "the queued cases did not come back after the queue was killed")
        attack = next(
            name
            for name, case in server.cases().items()
            if case["answer"]["energy"] == max(a["energy"] for a in answers.values())
        )
        verdict = {"label": "adversarial", "reviewer": "ada", "reason": "sends data out"}
        assert server.http.post(f"/cases/{attack}/verdict", json=verdict).status_code == 200
        server.kill_queue()

    report = retrain(environment)
    assert (report["outcome"], report["trained"]) == ("published", 1), report

    registry = Registry(Path(environment["GATLING_DATA_DIR"]) / "registry")
    assert registry.current() == report["version"] != first
    assert len(registry.verify(report["version"]).trained_cases) == 1

    with Server(environment) as server:
        answer = server.http.post("/score", json=ATTACK).json()
        assert answer["model"]["version"] == report["version"]
        until(lambda: server.cases().keys() >= answers.keys() - {attack}, "the case without a verdict was lost")
    assert retrain(environment)["trained"] == 0


def test_a_running_server_serves_the_new_model_without_a_restart(environment: dict[str, str]) -> None:
    with Server(environment) as server:
        first = server.http.post("/score", json=ATTACK).json()
        until(lambda: first["decision_id"] in server.cases(), "the case did not reach the queue")
        verdict = {"label": "adversarial", "reviewer": "ada"}
        assert server.http.post(f"/cases/{first['decision_id']}/verdict", json=verdict).status_code == 200
        report = retrain(environment)
        assert report["outcome"] == "published", report

        def served() -> bool:
            return server.http.post("/score", json=ALLOWED).json()["model"]["version"] == report["version"]

        until(served, "the new version was not loaded")
