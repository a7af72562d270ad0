"""Gatling as processes of its own, to be measured, signalled and killed: the server, and the embedded queue whoever started it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, Self

import httpx
import redis

from gatling_core.embedded import EmbeddedValkey
from gatling_core.settings import ROOT

SHIPPED = ROOT / "shipped"


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
    """It listens on a free port when this is made; whatever happens, it is gone at the end of `with`. `log` takes what it logs."""

    def __init__(self, variables: Mapping[str, str], log: IO[bytes] | None = None) -> None:
        command = [sys.executable, "-m", "server", "up", "--port", "0"]
        self.process = subprocess.Popen(  # noqa: S603
            command, env=dict(variables), cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
        )
        assert self.process.stdout
        greeting = self.process.stdout.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+", greeting)
        if url is None:
            self.process.kill()
            self.process.wait()
        assert url, greeting
        self.url = url[0]
        self.http = httpx.Client(base_url=self.url, timeout=30)
        self._data_dir = Path(variables["GATLING_DATA_DIR"])

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
        """kill -9 the embedded Valkey that this server uses, whichever process started it."""
        until(self._queue_killed, "no queue answers")

    def _queue_killed(self) -> bool:
        # A plain client: one of `connect` would start the queue that it does not find.
        with redis.Redis(unix_socket_path=str(EmbeddedValkey(self._data_dir).socket), socket_timeout=2) as client:
            try:
                found: Any = client.info("server")
            except redis.RedisError:
                return False
        os.kill(found["process_id"], signal.SIGKILL)
        return True

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
