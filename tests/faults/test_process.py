"""The server as a process: kill -9 under load and a restart, and SIGTERM under load behind a balancer."""

from __future__ import annotations

import itertools
import signal
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.processes import SHIPPED, Server, environment, until
from server.examples import ATTACK

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not (SHIPPED / "manifest.json").exists(), reason="there is no shipped model in this tree"),
]

CALLERS = 4


class Load:
    """Callers that post different cases until the server is gone, or the balancer has taken them `away` from it.

    `answers` is what they were told, `failed` what went wrong.
    """

    def __init__(self, url: str) -> None:
        self.answers: list[dict[str, Any]] = []
        self.failed: list[str] = []
        self.away = threading.Event()
        self._url = url
        self._threads = [threading.Thread(target=self._call, args=(caller,)) for caller in range(CALLERS)]
        for thread in self._threads:
            thread.start()

    def until_gone(self) -> None:
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()

    def _call(self, caller: int) -> None:
        with httpx.Client(base_url=self._url, timeout=30) as client:
            for number in itertools.count():
                if self.away.is_set():
                    return
                try:
                    response = client.post("/score", json={**ATTACK, "user_role": f"{caller} {number}"})
                except httpx.HTTPError as error:
                    self.failed.append(type(error).__name__)
                    return
                if response.status_code != 200:
                    self.failed.append(response.text)
                    return
                self.answers.append(response.json())


def test_kill_9_loses_no_case_that_was_called_queued(tmp_path: Path) -> None:
    variables = environment(tmp_path)
    with Server(variables) as server:
        load = Load(server.url)
        until(lambda: len(load.answers) >= 40, "no answers")
        server.kill()
        load.until_gone()
    queued = {answer["decision_id"] for answer in load.answers if answer["queued"]}
    assert len(load.failed) == CALLERS, "each was cut off"
    assert len(queued) == len(load.answers) <= 190, "one page of cases"
    with Server(variables) as server:
        until(lambda: server.cases().keys() >= queued, "a case that was called queued is lost")
        assert len(server.cases()) <= len(queued) + CALLERS, "only what was in progress may be there beside"


def test_sigterm_is_unready_first_and_fails_no_request(tmp_path: Path) -> None:
    with Server(environment(tmp_path, GATLING_DRAIN_MS="1500", GATLING_BANDS='{"queue_from": 0, "queue_to": 0}')) as server:
        load = Load(server.url)
        until(lambda: len(load.answers) >= 20, "no answers")
        server.process.terminate()
        answered = len(load.answers)
        until(lambda: httpx.get(f"{server.url}/readyz").status_code == 503, "it ended without being unready first")
        until(lambda: len(load.answers) >= answered + 20, "it does not serve on while it is unready")
        load.away.set()
        load.until_gone()
        assert server.process.wait(60) in (0, -signal.SIGTERM)
    assert load.failed == []
