"""`python -m server up` as a process of its own, with the shipped model."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import processes

_TICKS = os.sysconf("SC_CLK_TCK")
_MIB = 1024 * 1024


class Server(processes.Server):
    """It is ready when this is made; `ready_s` after its start `/readyz` was 200. It ends in order at the end of `with`."""

    def __init__(self, data: Path) -> None:
        start = time.perf_counter()
        super().__init__({**os.environ, "GATLING_DATA_DIR": str(data), "GATLING_SHIPPED_MODEL": str(processes.SHIPPED)})
        try:
            self.http.get("/readyz").raise_for_status()
        except BaseException:
            self.kill()
            raise
        self.ready_s = time.perf_counter() - start

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()
        self._close()

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
