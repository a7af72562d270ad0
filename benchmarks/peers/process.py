"""One peer at work, in a session of its own, so that nothing of it outlives its measurement."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import httpx

from benchmarks import family
from benchmarks.peers.environment import last_line
from benchmarks.peers.peer import Peer, Settings, Unavailable
from benchmarks.peers.scoring import ROOT, Given

_START_S = 120
_STOP_S = 5
_POLL_S = 0.2


class Running(NamedTuple):
    url: str
    pid: int


@contextmanager
def running(peer: Peer, python: Path, settings: Settings, probe: bytes) -> Generator[Running]:
    """It, once it answers `probe`.

    Raises:
        Unavailable: it ended, or did not answer in time.
    """
    given = Given(_free_port(), dict(settings))
    with tempfile.TemporaryDirectory(prefix="peer-", ignore_cleanup_errors=True) as folder:
        said = Path(folder, "said")
        # PYTHONPATH, since it works in a folder of its own: some write logs and sockets to where they are.
        switches = {name: value for name, value in settings.items() if name.isupper()}
        own = {**given.variables(), **peer.variables, **switches, "PYTHONPATH": str(ROOT), "TMPDIR": folder}
        command = [str(python), "-m", f"benchmarks.peers.on_{peer.name}"]
        with said.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603
                command, cwd=folder, env={**os.environ, **own}, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        try:
            url = f"http://127.0.0.1:{given.port}"
            _await_answer(process, url + peer.path, probe, said)
            yield Running(url, process.pid)
        finally:
            _stop(process)


def _await_answer(process: subprocess.Popen[bytes], url: str, probe: bytes, said: Path) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise Unavailable(last_line(said.read_text(encoding="utf-8", errors="replace")))
        with suppress(httpx.HTTPError):
            if httpx.post(url, content=probe, headers={"content-type": "application/json"}, timeout=10).is_success:
                return
        time.sleep(_POLL_S)
    last = last_line(said.read_text(encoding="utf-8", errors="replace"))
    raise Unavailable(f"no answer after {_START_S} s; it said: {last}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, then kill what is left of it: some leave their workers behind."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_S)
    while family.kill(process.pid):
        process.poll()
        time.sleep(_POLL_S)


def _free_port() -> int:
    """A port that is free, and the next one too: MLServer cannot do without gRPC."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            with suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port
