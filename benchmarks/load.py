"""A load on one route: wrk, a closed loop of `connections` clients that each send the next body when the answer is there."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_SCRIPT = """
local bodies, at = {{}}, 0
for line in io.lines("{file}") do bodies[#bodies + 1] = line end
request = function()
  at = at % #bodies + 1
  return wrk.format("POST", nil, {{["Content-Type"] = "application/json"}}, bodies[at])
end
"""

_MILLISECONDS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


class Load(NamedTuple):
    """What came out of it."""

    per_s: float
    p50_ms: float
    p99_ms: float
    requests: int
    failed: int
    cpu_s: float  # of wrk itself


def wrk(url: str, bodies: Sequence[bytes], *, connections: int, seconds: int) -> Load:
    """Run wrk on one thread.

    Raises:
        SystemExit: there is no wrk.
    """
    if shutil.which("wrk") is None:
        raise SystemExit("benchmarks: wrk is not installed (Debian: apt-get install wrk)")
    with tempfile.TemporaryDirectory() as folder:
        lines, script = Path(folder, "bodies.jsonl"), Path(folder, "load.lua")
        lines.write_bytes(b"\n".join(bodies) + b"\n")
        script.write_text(_SCRIPT.format(file=lines), encoding="utf-8")
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s", "-s", str(script), url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
            assert process.stdout
            said = process.stdout.read()
            usage = _cpu_of_children(process)
    return _read(said, usage)


def _cpu_of_children(process: subprocess.Popen[str]) -> float:
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _read(said: str, cpu_s: float) -> Load:
    def found(pattern: str) -> list[str]:
        match = re.search(pattern, said)
        return list(match.groups()) if match else []

    def quantile(percent: int) -> float:
        value, unit = found(rf"\s{percent}%\s+([\d.]+)(us|ms|s|m)\b")
        return float(value) * _MILLISECONDS[unit]

    wrong = sum(map(int, found(r"Non-2xx or 3xx responses: (\d+)"))) + sum(
        map(int, found(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)"))
    )
    return Load(
        per_s=float(found(r"Requests/sec:\s+([\d.]+)")[0]),
        p50_ms=quantile(50),
        p99_ms=quantile(99),
        requests=int(found(r"(\d+) requests in")[0]),
        failed=wrong,
        cpu_s=cpu_s,
    )
