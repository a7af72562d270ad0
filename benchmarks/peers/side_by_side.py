"""`POST /score` beside the same graphs behind LitServe, MLServer, BentoML and Ray Serve: one JSON object a line.

    .venv/bin/python -m benchmarks peers

Every server gets the same cases (8 calls, cached policies, 16 distinct bodies unless told otherwise) from wrk on the same machine, and
scores them with the same `gatling_core.runtime`: one thread a session, a policy cache, batches of at most 32. A peer returns the energy,
its terms and the contributions of every call, and nothing else: its access log and metrics are off. Gatling runs as it ships: no key asked
for, decision log, metrics, and the case queue with its spool on.

- `peers`: the versions, and what could not be installed, with the line that says why.
- `tuning`: for each peer the settings that were tried, cases/s at concurrency 16 and 64, and the one that was kept: the highest
  geometric mean of both. Where time is short not all are: `of` says how many there are.
- `round`: the loads as they were measured. One server runs at a time; every round measures all of them, odd rounds backwards.
- `result`: medians over the rounds. `ratio` is Gatling's cases/s over the best peer's; `p99_ratio` its p99 over the lowest of any peer.

Only scored cases count; `failed` says how many were not. `per_cpu_s` is cases per second of CPU time of all processes of the server: where
others work on the same machine, who has more processes gets more of it, and only this can be compared.

After `LIMIT_S` no round is begun any more that would not end in time; the first use takes some minutes longer, to install the peers.
"""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.peers.environment import python_of
from benchmarks.peers.peer import PEERS, Peer, Settings, Unavailable
from benchmarks.peers.table import GATLING, Table
from benchmarks.peers.target import Sent, Target, gatling, peer_under
from benchmarks.serving import CONCURRENCY

LIMIT_S = 570
TUNING_SHARE = 0.45
TUNED_AT = (16, 64)
_TUNING_S = 2

Start = Callable[[], AbstractContextManager[Target]]


class _Installed(NamedTuple):
    peer: Peer
    python: Path


def peers(seconds: int, rounds: int, only: Sequence[str], distinct: int) -> Iterator[dict[str, Any]]:
    """The lines to print. `seconds`: of each measured load; `only`: these peers; `distinct`: bodies."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends the measurement ends the server at work, too
    installed: list[_Installed] = []
    for peer in PEERS:
        if not only or peer.name in only:
            try:
                installed.append(_Installed(peer, python_of(peer)))
                yield {"peer": peer.name, "installed": peer.requirement}
            except Unavailable as error:
                yield {"peer": peer.name, "not_installed": peer.requirement, "error": str(error)}
    sent = Sent.of(distinct)
    begun = time.monotonic()
    servers: dict[str, Start] = {GATLING: lambda: gatling(sent)}
    for i, one in enumerate(installed, 1):
        tried = list(_tried(one, sent, begun + LIMIT_S * TUNING_SHARE * i / len(installed)))
        ran = [found for found in tried if "error" not in found]
        kept = max(ran, key=lambda found: found["mean_per_s"])["settings"] if ran else None
        if kept is not None:
            servers[one.peer.name] = lambda one=one, kept=kept: peer_under(*one, kept, sent)
        yield {"tuning": one.peer.name, "kept": kept, "tried": tried, "of": len(one.peer.settings)}
    table = Table()
    yield from _rounds(servers, seconds, rounds, begun + LIMIT_S, table)
    for line in table.lines():
        yield {"result": line}


def _tried(installed: _Installed, sent: Sent, end: float) -> Iterator[dict[str, Any]]:
    """What each setting comes to, as long as another is likely to fit in; the first in any case."""
    longest = 0.0
    for settings in installed.peer.settings:
        begun = time.monotonic()
        if longest and begun + longest > end:
            return
        yield {"settings": settings, **_tuning(installed, settings, sent)}
        longest = max(longest, time.monotonic() - begun)


def _tuning(installed: _Installed, settings: Settings, sent: Sent) -> dict[str, Any]:
    try:
        with peer_under(*installed, settings, sent) as target:
            found = [target.load(connections, _TUNING_S) for connections in TUNED_AT]
    except Unavailable as error:
        return {"error": str(error)}
    mean = math.prod(one.per_s for one in found) ** (1 / len(found))
    return {
        "per_s": [round(one.per_s, 1) for one in found],
        "mean_per_s": round(mean, 1),
        "failed": sum(one.load.failed for one in found),
    }


def _rounds(servers: dict[str, Start], seconds: int, rounds: int, end: float, table: Table) -> Iterator[dict[str, Any]]:
    """Every server once a round, into `table` as well."""
    longest = 0.0
    for number in range(rounds):
        begun = time.monotonic()
        if longest and begun + longest > end:
            yield {"stopped": f"{number} of {rounds} rounds: there is no time for another"}
            return
        for name in list(servers)[:: -1 if number % 2 else 1]:
            try:
                with servers[name]() as target:
                    for connections in CONCURRENCY:
                        measured = target.load(connections, seconds)
                        table.add(name, connections, measured)
                        yield {"round": number, "server": name, "concurrency": connections, **measured.line()}
            except Unavailable as error:
                yield {"round": number, "server": name, "error": str(error)}
        longest = max(longest, time.monotonic() - begun)
