"""`python -m server up` as a process of its own, with the shipped model."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import httpx

from gatling_core.settings import ROOT

_TICKS = os.sysconf("SC_CLK_TCK")
_MIB = 1024 * 1024


class Server:
    """It is ready when this is made; `ready_s` after its start `/readyz` was 200. It is gone at the end of `with`."""

    def __init__(self, data: Path) -> None:
        environment = {**os.environ, "GATLING_DATA_DIR": str(data), "GATLING_SHIPPED_MODEL": str(ROOT / "shipped")}
        command = [sys.executable, "-m", "server", "up", "--port", "0"]
        start = time.perf_counter()
        self.process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603
        try:
            self.url = self._ready()
        except BaseException:
            self.__exit__()
            raise
        self.ready_s = time.perf_counter() - start

    def _ready(self) -> str:
        """Its address, once `/readyz` is 200."""
        assert self.process.stdout
        said = self.process.stdout.readline()
        match = re.search(r"http://\S+?:\d+", said)
        assert match, said
        httpx.get(f"{match[0]}/readyz", timeout=30).raise_for_status()
        return match[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident_mib(self) -> float:
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="utf-8").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / _MIB


@contextmanager
def started() -> Generator[Server]:
    """One with a data folder of its own, for as long as it runs."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        yield server
