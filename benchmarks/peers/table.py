"""The loads of interleaved rounds, and what they come to: medians, and Gatling beside the best peer."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import Any, NamedTuple

from benchmarks.load import Load

GATLING = "gatling"


class Measured(NamedTuple):
    """A load and the CPU time that all processes of the server used for it. A refusal is an answer too, but no scored case."""

    load: Load
    cpu_s: float

    @property
    def per_s(self) -> float:
        return self.load.per_s * self._scored / self.load.requests if self.load.requests else 0.0

    @property
    def per_cpu_s(self) -> float:
        return self._scored / self.cpu_s if self.cpu_s else 0.0

    @property
    def _scored(self) -> int:
        return max(0, self.load.requests - self.load.failed)

    def line(self) -> dict[str, Any]:
        return _line([self])


class Table:
    """Loads by server and concurrency, one a round."""

    def __init__(self) -> None:
        self._found: dict[int, dict[str, list[Measured]]] = defaultdict(lambda: defaultdict(list))

    def add(self, server: str, concurrency: int, measured: Measured) -> None:
        self._found[concurrency][server].append(measured)

    def lines(self) -> list[dict[str, Any]]:
        """For each concurrency the servers' medians and, where there is a peer, Gatling beside the best."""
        return [
            {"concurrency": concurrency, "servers": servers, **_beside_the_best(servers)}
            for concurrency, found in sorted(self._found.items())
            for servers in [{server: {**_line(rounds), "rounds": len(rounds)} for server, rounds in found.items()}]
        ]


def _line(rounds: list[Measured]) -> dict[str, Any]:
    """Medians, and how many failed in all."""
    return {
        "per_s": round(median(one.per_s for one in rounds), 1),
        "p50_ms": round(median(one.load.p50_ms for one in rounds), 2),
        "p99_ms": round(median(one.load.p99_ms for one in rounds), 2),
        "per_cpu_s": round(median(one.per_cpu_s for one in rounds), 1),
        "failed": sum(one.load.failed for one in rounds),
    }


def _beside_the_best(servers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """`ratio` is Gatling's cases/s over the best peer's; `p99_ratio` its p99 over the lowest of any peer, which may be another.

    A server that scored nothing in its median round has no p99 that says anything: it is left out.
    """
    scoring = {server: found for server, found in servers.items() if found["per_s"]}
    own = scoring.pop(GATLING, None)
    if own is None or not scoring:
        return {}
    best = max(scoring, key=lambda server: scoring[server]["per_s"])
    calmest = min(scoring, key=lambda server: scoring[server]["p99_ms"])
    return {
        "best": best,
        "ratio": round(own["per_s"] / scoring[best]["per_s"], 2),
        "lowest_p99": calmest,
        "p99_ratio": round(own["p99_ms"] / scoring[calmest]["p99_ms"], 2),
    }
