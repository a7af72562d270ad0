"""The books of the kills experiment find what is lost, what is there twice, and what died: they would say so if it happened."""

from __future__ import annotations

from pathlib import Path

import redis

from benchmarks.loop.kills import TENANT, Books, document
from gatling_core.kept import KeptCase
from gatling_core.lineage import write_lessons
from gatling_core.queue import CaseQueue, QueuedCase, QueueEntry
from gatling_core.registry import Registry
from gatling_core.regression import RegressionSuite
from gatling_core.schemas import Case, Verdict
from tests.conftest import make_entry


def entry_of(number: int) -> QueueEntry:
    answer = make_entry(number).answer
    return QueueEntry.of(Case.model_validate(document(number)), answer, tenant=TENANT, keep_outputs=True)


def kept(*numbers: int) -> list[KeptCase]:
    verdict = Verdict(label="gold", reviewer="ann")
    return [KeptCase.of(QueuedCase(id="1-0", entry=entry_of(number), verdict=verdict)) for number in numbers]


def publish(registry: Registry, folder: Path, *numbers: int) -> None:
    folder.mkdir()
    (folder / "energy.onnx").write_bytes(b"graph")
    write_lessons(folder, kept(*numbers))
    names = [case.identity for case in kept(*numbers)]
    registry.publish(folder, feature_version="1", trained_cases=names, again=True)


def test_every_place_is_looked_at(client: redis.Redis, tmp_path: Path) -> None:
    queue, registry = CaseQueue(client), Registry(tmp_path / "registry")
    books = Books(queue, registry, cases=7)
    books.plant()
    publish(registry, tmp_path / "first", 0, 1)
    publish(registry, tmp_path / "second", 1, 2)
    RegressionSuite(registry.root).add(kept(3))
    queue.add_all([entry_of(2), entry_of(4), entry_of(5)])
    queue.bury(queue.get("decision-5").id, "test")
    queue.take(10)
    assert books.counts() == {
        "trained_once": 2,
        "held_back": 1,
        "still_queued": 2,
        "dead_cases": 1,
        "trained_twice": 1,
        "at_two_places": 2,
        "lost": 1,
        "dead_poison": 4,
    }
