"""`python -m server up` as a process of its own, with the shipped model."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import family, processes


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
        """Of all its processes, the embedded queue among them."""
        return family.cpu_s(self.process.pid)

    def resident_mib(self) -> float:
        """Of all its processes, the embedded queue among them."""
        return family.resident_mib(self.process.pid)


@contextmanager
def started() -> Generator[Server]:
    """One with a data folder of its own, for as long as it runs."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        yield server
