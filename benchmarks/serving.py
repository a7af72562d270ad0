"""How near `POST /score` comes to the hardware: one JSON object a line.

    .venv/bin/python -m benchmarks serving

- `limit`: onnxruntime alone, the graphs of 16 plans of 8 calls under 16 cached policies in batches of 32: cases per second of one core;
  and the bare run of one plan.
- `http`: wrk at concurrency 1, 16 and 64 on a server of its own process. `repeated` sends 16 distinct bodies again and again, as agents
  that post their plan at every step nearly do; `distinct` sends 4,096, so that only policies and tools are known. `of_limit` is
  cases per second of server CPU, over the limit; at concurrency 1 `of_bare` is the median over the bare run.

Everything is in units of CPU time where it can be, since others may work on the same machine; waiting times are what they are.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from benchmarks.cases import POLICIES, document
from benchmarks.load import wrk
from benchmarks.server import Server, started
from gatling_core.runtime import BATCH, Model
from gatling_core.schemas import Case
from gatling_core.settings import ROOT

CONCURRENCY = (1, 16, 64)
DISTINCT = 4_096


def serving(seconds: int) -> Iterator[dict[str, Any]]:
    """The lines to print."""
    per_core_s, bare_ms = _limit(seconds)
    yield {"limit": {"cases_per_core_s": round(per_core_s), "bare_ms": round(bare_ms, 2)}}
    bodies = [json.dumps(document(i)).encode() for i in range(DISTINCT)]
    with started() as server:
        for name, some in (("repeated", bodies[:POLICIES]), ("distinct", bodies)):
            wrk(f"{server.url}/score", some, connections=16, seconds=1)
            for connections in CONCURRENCY:
                yield {"http": {"bodies": name, "concurrency": connections,
                                **_http(server, some, connections, seconds, per_core_s, bare_ms)}}  # fmt: skip


def _limit(seconds: int) -> tuple[float, float]:
    """Cases per second of one core in batches of 32, and milliseconds of one plan alone."""
    model = Model.load(ROOT / "shipped")
    ready = [model.ready(Case.model_validate(document(i % POLICIES))) for i in range(BATCH)]
    batch_s = _median_s(lambda: model.score_ready(ready), time.process_time, seconds)
    bare_s = _median_s(lambda: model.score_ready(ready[:1]), time.perf_counter, seconds)
    return BATCH / batch_s, bare_s * 1_000


def _median_s(run: Callable[[], Any], clock: Callable[[], float], seconds: int) -> float:
    """After a warm-up, the median of `seconds` seconds of runs."""
    run()
    found: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = clock()
        run()
        found.append(clock() - start)
    return median(found)


def _http(
    server: Server, bodies: list[bytes], connections: int, seconds: int, per_core_s: float, bare_ms: float
) -> dict[str, Any]:
    before = server.cpu_s()
    load = wrk(f"{server.url}/score", bodies, connections=connections, seconds=seconds)
    used = server.cpu_s() - before
    found = {
        "per_s": round(load.per_s),
        "p50_ms": round(load.p50_ms, 2),
        "p99_ms": round(load.p99_ms, 2),
        "failed": load.failed,
        "server_cores": round(used / seconds, 2),
        "load_cores": round(load.cpu_s / seconds, 2),
        "of_limit": round(load.requests / used / per_core_s, 2),
    }
    return {**found, "of_bare": round(load.p50_ms / bare_ms, 2)} if connections == 1 else found
