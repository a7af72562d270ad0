"""The processes of one server: what it started and what those started, also in sessions of their own. Read from /proc."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / (1024 * 1024)


class _Process(NamedTuple):
    pid: int
    parent: int
    session: int
    ticks: int
    pages: int
    runs: bool


def cpu_s(leader: int) -> float:
    """CPU time that the processes which still run have used, in seconds."""
    return sum(process.ticks for process in _family(leader)) / _TICKS


def members(leader: int) -> list[int]:
    """The ids of those that run."""
    return [process.pid for process in _family(leader) if process.runs]


def resident_mib(leader: int) -> float:
    """Memory of all of them; pages that they share count for each."""
    return sum(process.pages for process in _family(leader)) * _PAGE_MIB


def kill(leader: int) -> bool:
    """Kill all that run; whether there were any. `leader` is a session's, so its members are found after it ended."""
    left = [process for process in _family(leader) if process.runs]
    for process in left:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
    return bool(left)


def _family(leader: int) -> list[_Process]:
    found: dict[int, _Process] = {}
    everything = _processes()
    known = {leader}
    while more := [p for p in everything if p.pid not in found and known & {p.pid, p.parent, p.session}]:
        found |= {process.pid: process for process in more}
        known |= found.keys()
    return list(found.values())


def _processes() -> list[_Process]:
    found: list[_Process] = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            state, parent, _, session, *more = path.read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
            ticks = int(more[7]) + int(more[8])
            found.append(_Process(int(path.parent.name), int(parent), int(session), ticks, int(more[17]), state not in "ZX"))
    return found
