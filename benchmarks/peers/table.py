"""The loads of interleaved rounds, and what they come to: medians, and Gatling beside the best peer."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import Any

from benchmarks.load import Load

GATLING = "gatling"


def scored_per_s(load: Load) -> float:
    """Cases that were scored: a refusal is an answer too, and a quick one."""
    return load.per_s * max(0, load.requests - load.failed) / load.requests if load.requests else 0.0


class Table:
    """Loads by server and concurrency, one a round."""

    def __init__(self) -> None:
        self._loads: dict[int, dict[str, list[Load]]] = defaultdict(lambda: defaultdict(list))

    def add(self, server: str, concurrency: int, load: Load) -> None:
        self._loads[concurrency][server].append(load)

    def lines(self) -> list[dict[str, Any]]:
        """For each concurrency the servers' medians and, where there is a peer, Gatling beside the best."""
        return [
            {"concurrency": concurrency, "servers": servers, **_beside_the_best(servers)}
            for concurrency, loads in sorted(self._loads.items())
            for servers in [{server: _medians(some) for server, some in loads.items()}]
        ]


def _medians(loads: list[Load]) -> dict[str, Any]:
    return {
        "per_s": round(median(map(scored_per_s, loads)), 1),
        "p50_ms": round(median(load.p50_ms for load in loads), 2),
        "p99_ms": round(median(load.p99_ms for load in loads), 2),
        "failed": sum(load.failed for load in loads),
        "rounds": len(loads),
    }


def _beside_the_best(servers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """`ratio` is Gatling's cases/s over the best peer's; `p99_ratio` its p99 over the lowest of any peer, which may be another."""
    peers = {server: found for server, found in servers.items() if server != GATLING and found["per_s"]}
    if GATLING not in servers or not peers:
        return {}
    best = max(peers, key=lambda server: peers[server]["per_s"])
    calmest = min(peers, key=lambda server: peers[server]["p99_ms"])
    own = servers[GATLING]
    return {
        "best": best,
        "ratio": round(own["per_s"] / peers[best]["per_s"], 2),
        "lowest_p99": calmest,
        "p99_ratio": round(own["p99_ms"] / peers[calmest]["p99_ms"], 2),
    }
