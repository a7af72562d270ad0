"""`POST /score` beside the same graphs behind LitServe, MLServer, BentoML and Ray Serve: one JSON object a line.

    .venv/bin/python -m benchmarks peers

Every server gets the same cases (8 calls, cached policies, 16 distinct bodies unless told otherwise) from wrk on the same machine, and
scores them with the same `gatling_core.runtime`: one thread a session, a policy cache, batches of at most 32. A peer returns the energy,
its terms and the contributions of every call, and nothing else: its access log and metrics are off. Gatling runs as it ships: no key asked
for, decision log, metrics, and the case queue with its spool on.

- `peers`: the versions, and what could not be installed, with the line that says why.
- `tuning`: for each peer the settings that were tried, cases/s at concurrency 16 and 64, and the one that was kept: the highest
  geometric mean of both.
- `round`: the loads as they were measured. One server runs at a time; every round measures all of them, odd rounds backwards.
- `result`: medians over the rounds. `ratio` is Gatling's cases/s over the best peer's; `p99_ratio` its p99 over the lowest of any peer.

Only scored cases count; `failed` says how many were not. After `LIMIT_S` no setting and no round is begun any more; the first use
takes some minutes longer, to make the peers' environments.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from benchmarks.cases import document
from benchmarks.load import Load, wrk
from benchmarks.peers.environment import python_of
from benchmarks.peers.peer import PEERS, Peer, Settings, Unavailable
from benchmarks.peers.process import running
from benchmarks.peers.scoring import Scorer
from benchmarks.peers.table import GATLING, Table, scored_per_s
from benchmarks.serving import CONCURRENCY, started

LIMIT_S = 540
"""What is begun before this ends within a minute more."""
TUNING_SHARE = 0.4
TUNED_AT = (16, 64)
_TUNING_S = 2
_WARM_UP_S = 2


class Tuned(NamedTuple):
    """A peer that runs, and how."""

    peer: Peer
    python: Path
    settings: Settings


class Target(NamedTuple):
    """Where the load goes, and what it sends."""

    url: str
    path: str
    bodies: Sequence[bytes]

    def load(self, connections: int, seconds: int) -> Load:
        return wrk(self.url, self.bodies, connections=connections, seconds=seconds, path=self.path)


def peers(seconds: int, rounds: int, only: Sequence[str], distinct: int) -> Iterator[dict[str, Any]]:
    """The lines to print. `seconds`: of each measured load; `only`: these peers; `distinct`: bodies."""
    installed: dict[str, tuple[Peer, Path]] = {}
    said: dict[str, str] = {}
    for peer in PEERS:
        if peer.name in (only or [peer.name]):
            try:
                installed[peer.name] = (peer, python_of(peer))
                said[peer.name] = peer.requirement
            except Unavailable as error:
                said[peer.name] = f"{peer.requirement} cannot be installed: {error}"
    yield {"peers": said}
    bodies = [json.dumps(document(i)).encode() for i in range(distinct)]
    expected = Scorer()([document(0)])[0]
    start = time.monotonic()
    tuned: list[Tuned] = []
    for i, (peer, python) in enumerate(installed.values(), 1):
        tried = list(_tried(peer, python, bodies, expected, start + LIMIT_S * TUNING_SHARE * i / len(installed)))
        best = max(tried, key=lambda one: one.get("mean_per_s", 0.0))
        works = best.get("mean_per_s", 0.0) > 0
        yield {"tuning": {"peer": peer.name, "kept": best["settings"] if works else None, "tried": tried}}
        if works:
            tuned.append(Tuned(peer, python, best["settings"]))
    table = Table()
    yield from _rounds(tuned, bodies, expected, seconds, rounds, start + LIMIT_S, table)
    for line in table.lines():
        yield {"result": line}


def _tried(peer: Peer, python: Path, bodies: Sequence[bytes], expected: dict[str, Any], end: float) -> Iterator[dict[str, Any]]:
    """What each setting comes to, as long as there is time for as much again; the first in any case."""
    longest = 0.0
    for settings in peer.settings:
        begun = time.monotonic()
        if longest and begun + longest > end:
            return
        yield {"settings": settings, **_tuning(Tuned(peer, python, settings), bodies, expected)}
        longest = max(longest, time.monotonic() - begun)


def _tuning(tuned: Tuned, bodies: Sequence[bytes], expected: dict[str, Any]) -> dict[str, Any]:
    try:
        with _peer(tuned, bodies, expected) as target:
            loads = [target.load(connections, _TUNING_S) for connections in TUNED_AT]
    except Unavailable as error:
        return {"error": str(error)}
    rates = [scored_per_s(load) for load in loads]
    return {
        "per_s": [round(rate, 1) for rate in rates],
        "mean_per_s": round(math.prod(rates) ** (1 / len(rates)), 1),
        "failed": sum(load.failed for load in loads),
    }


def _rounds(
    tuned: Sequence[Tuned],
    bodies: Sequence[bytes],
    expected: dict[str, Any],
    seconds: int,
    rounds: int,
    end: float,
    table: Table,
) -> Iterator[dict[str, Any]]:
    servers: list[tuple[str, Callable[[], Any]]] = [(GATLING, lambda: _gatling(bodies, expected))]
    servers += [(one.peer.name, lambda one=one: _peer(one, bodies, expected)) for one in tuned]
    longest = 0.0
    for number in range(rounds):
        begun = time.monotonic()
        if longest and begun + longest > end:
            yield {"stopped": f"after {number} of {rounds} rounds: there is no time for another"}
            return
        for name, serving in servers[:: -1 if number % 2 else 1]:
            try:
                with serving() as target:
                    for connections in CONCURRENCY:
                        load = target.load(connections, seconds)
                        table.add(name, connections, load)
                        yield {"round": number, "server": name, "concurrency": connections, **_line(load)}
            except Unavailable as error:
                yield {"round": number, "server": name, "error": str(error)}
        longest = max(longest, time.monotonic() - begun)


def _line(load: Load) -> dict[str, Any]:
    return {
        "per_s": round(scored_per_s(load), 1),
        "p50_ms": round(load.p50_ms, 2),
        "p99_ms": round(load.p99_ms, 2),
        "failed": load.failed,
    }


@contextmanager
def _gatling(bodies: Sequence[bytes], expected: dict[str, Any]) -> Generator[Target]:
    with started() as server:
        target = Target(server.url, "/score", bodies)
        _prepare(target, json.loads, expected)
        yield target


@contextmanager
def _peer(tuned: Tuned, bodies: Sequence[bytes], expected: dict[str, Any]) -> Generator[Target]:
    peer = tuned.peer
    wrapped = [peer.wrap(body) for body in bodies]
    with running(peer, tuned.python, tuned.settings, wrapped[0]) as url:
        target = Target(url, peer.path, wrapped)
        _prepare(target, peer.unwrap, expected)
        yield target


def _prepare(target: Target, unwrap: Callable[[bytes], Any], expected: dict[str, Any]) -> None:
    """Check that it serves the same, then warm it up: batching that adapts has to see a load first.

    Raises:
        Unavailable: it answers something else.
    """
    said = httpx.post(
        target.url + target.path, content=target.bodies[0], headers={"content-type": "application/json"}, timeout=30
    )
    if not is_same(unwrap(said.content), expected):
        raise Unavailable(f"answers something else: {said.text[:200]}")
    target.load(TUNED_AT[-1], _WARM_UP_S)


def is_same(answer: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Whether energy, terms and the contributions of every call are there and agree."""
    energies = [(answer["energy"], expected["energy"])]
    energies += [(answer["terms"][term], energy) for term, energy in expected["terms"].items()]
    for node, wanted in zip(answer["nodes"], expected["nodes"], strict=True):
        energies += [(node["terms"][term], energy) for term, energy in wanted["terms"].items()]
    return all(math.isclose(one, other, abs_tol=1e-3) for one, other in energies)
