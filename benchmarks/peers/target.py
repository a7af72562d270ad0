"""A server that was checked and warmed up, and the load on it: Gatling as it ships, or a peer under some settings."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

import httpx

from benchmarks import family
from benchmarks.cases import document
from benchmarks.load import wrk
from benchmarks.peers.peer import Peer, Settings, Unavailable
from benchmarks.peers.process import running
from benchmarks.peers.scoring import Scorer
from benchmarks.peers.table import Measured
from benchmarks.server import started
from benchmarks.serving import CONCURRENCY
from gatling_core.schemas import TERMS

_WARM_UP_S = 2


class Sent(NamedTuple):
    """The cases that every server gets, and what it has to answer to the first."""

    bodies: Sequence[bytes]
    expected: dict[str, Any]

    @classmethod
    def of(cls, distinct: int) -> Self:
        documents = [document(i) for i in range(distinct)]
        return cls([json.dumps(one).encode() for one in documents], Scorer()(documents[:1])[0])


class Target(NamedTuple):
    """Where the load goes, what is sent, and whose CPU time it costs."""

    url: str
    pid: int
    bodies: Sequence[bytes]

    def load(self, connections: int, seconds: int) -> Measured:
        before = family.cpu_s(self.pid)
        load = wrk(self.url, self.bodies, connections=connections, seconds=seconds)
        return Measured(load, family.cpu_s(self.pid) - before)


@contextmanager
def gatling(sent: Sent) -> Generator[Target]:
    """Gatling with the shipped model and its defaults.

    Raises:
        Unavailable: it answers something else than the runtime does.
    """
    with started() as server:
        target = Target(f"{server.url}/score", server.process.pid, sent.bodies)
        _prepare(target, json.loads, sent.expected)
        yield target


@contextmanager
def peer_under(peer: Peer, python: Path, settings: Settings, sent: Sent) -> Generator[Target]:
    """A peer from its environment.

    Raises:
        Unavailable: it does not start, or answers something else.
    """
    bodies = [peer.wrap(body) for body in sent.bodies]
    with running(peer, python, settings, bodies[0]) as server:
        target = Target(server.url + peer.path, server.pid, bodies)
        _prepare(target, peer.unwrap, sent.expected)
        yield target


def _prepare(target: Target, unwrap: Callable[[bytes], Any], expected: dict[str, Any]) -> None:
    """Batching that adapts has to see a load before it is measured."""
    said = httpx.post(target.url, content=target.bodies[0], headers={"content-type": "application/json"}, timeout=30)
    if not says_the_same(said.content, unwrap, expected):
        raise Unavailable(f"answers something else: {said.text[:200]}")
    target.load(CONCURRENCY[-1], _WARM_UP_S)


def says_the_same(said: bytes, unwrap: Callable[[bytes], Any], expected: dict[str, Any]) -> bool:
    """Whether the energy, its terms and the contributions of every call are there and agree."""
    try:
        pairs = list(zip(_energies(unwrap(said)), _energies(expected), strict=True))
    except (LookupError, TypeError, ValueError):  # an error page, or not all of it
        return False
    return all(math.isclose(one, other, abs_tol=1e-3) for one, other in pairs)


def _energies(answer: dict[str, Any]) -> list[float]:
    parts: list[dict[str, float]] = [answer["terms"], *(node["terms"] for node in answer["nodes"])]
    return [answer["energy"], *(part[term] for part in parts for term in TERMS)]
