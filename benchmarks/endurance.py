"""How `POST /score` does in the long run: one JSON object a line.

    .venv/bin/python -m benchmarks endurance --minutes 5 --requests 1000000

- `cold_start`: seconds from starting the process to `/readyz` 200: on an empty data folder, where the registry is seeded and the
  embedded queue made, and the median of later starts.
- `capacity`: cases per second that wrk gets out of it at concurrency 16 (a closed loop).
- `steady`: 70 % of that at a fixed rate (an open loop, latencies from when a request was due), and p99 over p50. `late_ms` is the 99th
  percentile of what the load itself was late by, which is in the latencies too.
- `memory`: resident MiB of the server at full load over the requests, and how much it grows by 100,000 requests: the slope of a straight line
  through the second half.

Every request is another one: its own user, request and arguments, under 16 policies.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from statistics import linear_regression, median
from typing import Any

from benchmarks.cases import document
from benchmarks.load import wrk
from benchmarks.server import Server
from benchmarks.steady import steady

SHARE = 0.7
CONNECTIONS = 16
STARTS = 5
_CHUNK_S = 2
_CHUNK = 8_192
"""Bodies of one chunk of load; a server that is faster than this sees some of them twice."""


def endurance(minutes: float, requests: int, seconds: int) -> Iterator[dict[str, Any]]:
    """The lines to print. `seconds`: of the measurement of the capacity."""
    bodies = (json.dumps(document(number)).encode() for number in count())
    with tempfile.TemporaryDirectory() as folder:
        starts: list[float] = []
        for _ in range(STARTS):
            with Server(Path(folder)) as server:
                starts.append(server.ready_s)
        yield {"cold_start": {"first_s": round(starts[0], 2), "again_s": round(median(starts[1:]), 2)}}
        with Server(Path(folder)) as server:
            wrk(f"{server.url}/score", list(islice(bodies, _CHUNK)), connections=CONNECTIONS, seconds=_CHUNK_S)
            load = wrk(f"{server.url}/score", list(islice(bodies, _CHUNK)), connections=CONNECTIONS, seconds=seconds)
            yield {"capacity": {"per_s": round(load.per_s), "p50_ms": load.p50_ms, "p99_ms": load.p99_ms, "failed": load.failed}}
            yield {"steady": _steady(server, bodies, SHARE * load.per_s, 60 * minutes)}
            yield {"memory": _memory(server, bodies, requests)}


def _steady(server: Server, bodies: Iterator[bytes], per_s: float, seconds: float) -> dict[str, Any]:
    found = steady(server.url, bodies, per_s=per_s, seconds=seconds)
    times = {name: round(value, 2) for name, value in found._asdict().items()}
    return {"per_s": round(per_s), **times, "p99_by_p50": round(found.p99_ms / found.p50_ms, 2)}


def _memory(server: Server, bodies: Iterator[bytes], requests: int) -> dict[str, Any]:
    sent, failed = 0, 0
    seen: list[tuple[int, float]] = []
    while sent < requests:
        load = wrk(f"{server.url}/score", list(islice(bodies, _CHUNK)), connections=CONNECTIONS, seconds=_CHUNK_S)
        sent, failed = sent + load.requests, failed + load.failed
        seen.append((sent, server.resident_mib()))
    return {"requests": sent, "failed": failed, **slope(seen)}


def slope(seen: list[tuple[int, float]]) -> dict[str, float]:
    """First, highest and last of (requests so far, MiB), and the growth by 100,000 requests over the second half."""
    mib = [size for _, size in seen]
    half = seen[len(seen) // 2 :]
    grows = linear_regression(*zip(*half, strict=True)).slope if len(half) > 1 else 0.0
    return {
        "first_mib": round(mib[0], 1),
        "most_mib": round(max(mib), 1),
        "last_mib": round(mib[-1], 1),
        "mib_by_100k": round(100_000 * grows, 2),
    }
