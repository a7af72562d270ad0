"""`python -m server up` as a process of its own, for the tests that signal and kill it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import httpx

from gatling_core.settings import Settings

SHIPPED = Settings().shipped_model  # pyright: ignore[reportCallIssue]


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """A data folder of its own, and every energy in the queue's band."""
    inherited = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    return inherited | {
        "GATLING_DATA_DIR": str(data_dir),
        "GATLING_SHIPPED_MODEL": str(SHIPPED),
        "GATLING_BANDS": '{"queue_from": 0, "queue_to": 1000000}',
        **settings,
    }


class Server:
    """It listens on a free port when this is made; whatever happens, it is gone at the end of `with`."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        command = [sys.executable, "-m", "server", "up", "--port", "0"]
        self.process = subprocess.Popen(command, env=dict(variables), stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        greeting = self.process.stdout.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+", greeting)
        assert url, greeting
        self.url = url[0]
        self.http = httpx.Client(base_url=self.url, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._close()

    def end(self) -> None:
        """SIGTERM, and an orderly end."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) in (0, -signal.SIGTERM)
        self._close()

    def cases(self) -> dict[str, Any]:
        """The queued cases by decision id; none while the queue does not answer."""
        response = self.http.get("/cases", params={"limit": 200})
        return {case["decision_id"]: case for case in response.json()["cases"]} if response.status_code == 200 else {}

    def kill_queue(self) -> None:
        """kill -9 the Valkey that this server started."""
        own = Path(f"/proc/{self.process.pid}/task")
        children = {int(pid) for task in own.iterdir() for pid in (task / "children").read_text().split()}
        queues = [pid for pid in children if "valkey" in Path(f"/proc/{pid}/comm").read_text()]
        assert queues, "no valkey process below the server"
        for pid in queues:
            os.kill(pid, signal.SIGKILL)

    def _close(self) -> None:
        self.http.close()
        assert self.process.stdout
        self.process.stdout.close()


def until(found: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """The first true answer, asked for again and again."""
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
    return answer
