"""Metrics of processes that serve together: Prometheus asks one of them, and gets the sum of all."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from server.sibling import Sibling, kept

EVERY_S = 1.0
"""How old what the others say may be."""

_COUNTED = ("counter", "histogram")
_ADDED = frozenset(
    {"gatling_in_progress_cases", "gatling_waiting_cases", "gatling_decision_log_waiting", "gatling_policy_cache_policies"}
)
"""Gauges that each process has its own share of; of all others, as the depth of the queue, every process says the same."""

log = structlog.get_logger()

_Sample = tuple[str, dict[str, str], float]


class _Family(NamedTuple):
    name: str
    documentation: str
    kind: str
    samples: list[_Sample]


class Pool(Collector):
    """What this process and the others last wrote down, as one.

    A process that takes the place of a dead one goes on from what that had written down, a second before its end at most.
    """

    def __init__(self, registry: CollectorRegistry, sibling: Sibling) -> None:
        self._registry = registry
        self._writing = threading.Lock()
        self._folder = sibling.folder
        self._own = sibling.folder / f"{sibling.number}.json"
        self._before = [family for family in _read(self._own) if family.kind in _COUNTED]

    def collect(self) -> Iterator[Metric]:
        """Every family once, as it is written down: whoever is asked next says no less."""
        self.write()
        return map(_metric, _together(map(_read, sorted(self._folder.glob("*.json")))))

    def write(self) -> None:
        """Tell the others.

        Raises:
            OSError: the disk does not take it.
        """
        kept(self._folder)
        with self._writing:
            staged = self._own.with_suffix(".json.staged")
            staged.write_bytes(msgspec.json.encode(self._share()))
            staged.replace(self._own)

    async def keep_writing(self) -> None:
        """Until it is cancelled, whatever the disk does."""
        while True:
            try:
                await asyncio.to_thread(self.write)
            except OSError as error:
                log.warning("metrics_not_told", reason=error.strerror)
            await asyncio.sleep(EVERY_S)

    def _share(self) -> list[_Family]:
        return _together([self._before, [_family(metric) for metric in self._registry.collect()]])


def _read(path: Path) -> list[_Family]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[_Family])
    except FileNotFoundError:
        return []


def _family(metric: Metric) -> _Family:
    samples = [(sample.name, dict(sample.labels), float(sample.value)) for sample in metric.samples]
    return _Family(metric.name, metric.documentation, metric.type, samples)


def _metric(family: _Family) -> Metric:
    found = Metric(family.name, family.documentation, family.kind)
    for name, labels, value in family.samples:
        found.add_sample(name, labels, value)
    return found


def _together(shares: Iterable[Iterable[_Family]]) -> list[_Family]:
    """Counts add up, other figures are the most that anybody says; since when it is counted, the earliest."""
    families: dict[str, _Family] = {}
    values: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]] = {}
    for family in (family for share in shares for family in share):
        families.setdefault(family.name, family)
        found = values.setdefault(family.name, {})
        for name, labels, value in family.samples:
            key = (name, tuple(labels.items()))
            found[key] = _joined(family, name, found[key], value) if key in found else value
    return [
        family._replace(samples=[(name, dict(labels), value) for (name, labels), value in values[family.name].items()])
        for family in families.values()
    ]


def _joined(family: _Family, sample: str, one: float, other: float) -> float:
    if sample.endswith("_created"):
        return min(one, other)
    return one + other if family.kind in _COUNTED or family.name in _ADDED else max(one, other)
