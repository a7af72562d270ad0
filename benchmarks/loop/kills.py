"""Every process of the loop killed at random moments while cases go through it: none lost, none trained twice.

A server, its embedded queue and two retrain workers (the second is there by mistake) are real processes; agents post every case until
the server says that it is queued, and reviewers judge what they find unjudged. One case in `OPEN` never gets a verdict. Where every case
is at the end is read from the lineage of the published models, the regression suite and the streams, not from what the processes said.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Literal, Self, TypeVar

import httpx

from benchmarks.processes import SHIPPED, Server, environment
from gatling_core.digest import case_digest
from gatling_core.embedded import connect
from gatling_core.errors import QueueUnavailable
from gatling_core.lineage import Lesson, read_lessons
from gatling_core.mirror import registry_of
from gatling_core.queue import CASES, JUDGED, VERDICTS, CaseQueue, DeadLetter, QueuedCase, QueueEntry, identity_of
from gatling_core.registry import Manifest, Registry
from gatling_core.regression import RegressionSuite
from gatling_core.schemas import Case, Label, Verdict
from gatling_core.settings import ROOT, Settings
from server.examples import ALLOWED, ATTACK

Kind = Literal["server", "queue", "worker"]
KINDS: tuple[Kind, ...] = ("server", "queue", "worker")
RETRAIN = (sys.executable, "-m", "trainer", "retrain", "--every", "1s")
"""What `./gatling retrain --every 1s` becomes."""
COPYING = (sys.executable, "-m", "benchmarks.loop.copying_worker")
OPEN = 50
TENANT = "default"
"""Of a caller without a key who names none."""
REVIEWERS, CALLERS = 10, 4
POISON = {"no JSON": "{", "of a later schema": '{"schema_version": 99}'}
"""Entries that no worker can read; each comes twice, with a verdict and without one."""

_LOOSE = '{"auc": 1, "auc_any": 1, "recall_at_5pct": 1, "in_band_gold": 1}'
"""Two steps of training teach nothing, and how good the models are is another experiment's subject."""


def kills(
    cases: int,
    count: int,
    seed: int,
    every_s: float,
    *,
    trainings: int = 10,
    worker: Sequence[str] = RETRAIN,
    patience_s: float = 1_800,
) -> Iterator[dict[str, Any]]:
    """Where the cases are at the end, and what was killed.

    Args:
        every_s: between two kills, on average.
        trainings: so many at least, since none takes more than its share of the cases.
        patience_s: without any progress.
    """
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        data = Path(folder)
        given: dict[str, Any] = {"_env_file": None, "redis_url": None, "data_dir": data, "shipped_model": SHIPPED}
        settings = Settings(**given)
        with _running(data, cases // trainings, worker) as processes, connect(settings) as client:
            books = Books(CaseQueue.of(client, settings), registry_of(settings), cases)
            books.plant()
            killed = Counter[Kind]()
            with Traffic(processes, cases) as traffic:
                for kill in _order(count, seed):
                    time.sleep(kill.after * every_s)
                    processes.kill(kill)
                    killed[kill.of] += 1
                    yield {
                        "killed": kill.of,
                        "s": round(time.perf_counter() - start),
                        "versions": len(books.registry.versions()) - 1,
                    }
                books.until_settled(patience_s)
            processes.end()
            yield {
                "queued": cases,
                "judged": len(traffic.judged),
                **books.counts(),
                "poison": len(books.poison),
                "versions": len(books.registry.versions()) - 1,
                "kills": dict(killed),
                "minutes": round((time.perf_counter() - start) / 60, 1),
            }


@dataclass(frozen=True)
class Kill:
    """What is killed, how long after the last kill in units of the average, and which one where there are several."""

    of: Kind
    after: float
    which: int


def _order(count: int, seed: int) -> list[Kill]:
    """As many kills of each kind, in any order and at any distance."""
    rng = Random(seed)
    kinds = list[Kind]([KINDS[k % len(KINDS)] for k in range(count)])
    rng.shuffle(kinds)
    return [Kill(kind, rng.uniform(0, 2), rng.randrange(2)) for kind in kinds]


class Processes:
    """The server and two workers over one data folder. What is killed is started again at once."""

    def __init__(self, variables: dict[str, str], worker: Sequence[str]) -> None:
        self._variables, self._worker = variables, worker
        self._log = (Path(variables["GATLING_DATA_DIR"]) / "processes.log").open("ab")
        self.server = Server(variables, self._log)
        self.workers = [self._started(), self._started()]

    def kill(self, kill: Kill) -> None:
        """kill -9."""
        match kill.of:
            case "server":
                self.server.kill()
                self.server = Server(self._variables, self._log)
            case "queue":
                self.server.kill_queue()
            case "worker":
                self.workers[kill.which].kill()
                self.workers[kill.which].wait()
                self.workers[kill.which] = self._started()

    def end(self) -> None:
        """In order, the workers first."""
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            worker.wait()
        self.server.end()

    def kill_all(self) -> None:
        """Whatever still runs."""
        for worker in self.workers:
            worker.kill()
            worker.wait()
        self.server.kill()
        self._log.close()

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._worker, env=self._variables, cwd=ROOT, stdout=self._log, stderr=self._log)  # noqa: S603


@contextmanager
def _running(data: Path, most: int, worker: Sequence[str]) -> Generator[Processes]:
    """Trainings of at most so many cases and a few steps, and a gate that lets every model pass."""
    variables = environment(
        data,
        GATLING_RETRAIN_MAX_CASES=str(max(1, most)),
        GATLING_RETRAIN_STEPS="2",
        GATLING_RETRAIN_REPLAY="16",
        GATLING_GATE__CASES="64",
        GATLING_GATE__SUITE_CASES="64",
        GATLING_GATE__MARGINS=_LOOSE,
        GATLING_GATE__TENANT_FALSE_POSITIVES="1",
        GATLING_GATE__LOST_ATTACKS="1000000",
        GATLING_GATE__SLOWER="1000000",
        GATLING_ALARM__PROBATION_S="0",
        GATLING_QUEUE_OUTPUTS="true",
        GATLING_LEASE_MS="5000",
        GATLING_DRAIN_MS="0",
        OMP_NUM_THREADS="1",
    )
    processes = Processes(variables, worker)
    try:
        yield processes
    finally:
        processes.kill_all()


class Traffic:
    """Agents that post every case, and reviewers who judge; whatever fails is done again.

    `judged`: numbers of the cases whose verdict was confirmed; a kill may cut such an answer off.
    """

    def __init__(self, processes: Processes, cases: int) -> None:
        self.judged: set[int] = set()
        self._processes = processes
        self._numbers = iter(range(cases))
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._call) for _ in range(CALLERS)]
        self._threads.append(threading.Thread(target=self._review))

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _call(self) -> None:
        with httpx.Client(timeout=30) as client:
            for number in self._numbers:
                while not self._done.is_set():
                    answer = self._answer(client, "POST", "/score", json=document(number))
                    if answer and answer["queued"]:
                        break

    def _review(self) -> None:
        """Look at what nobody has judged, page by page, from the start again at its end."""
        before: str | None = None
        with httpx.Client(timeout=30) as client:
            while not self._done.is_set():
                query = {"label": "unjudged", "limit": 200, **({"before": before} if before else {})}
                page = self._answer(client, "GET", "/cases", params=query)
                before = page["next"] if page else None
                for case in page["cases"] if page else []:
                    number = int(case["case"]["user_role"].split()[1])
                    if number % OPEN:
                        verdict = {"label": label(number), "reviewer": f"reviewer {number % REVIEWERS}"}
                        if self._answer(client, "POST", f"/cases/{case['decision_id']}/verdict", json=verdict):
                            self.judged.add(number)
                if before is None:
                    self._done.wait(0.1)

    def _answer(self, client: httpx.Client, method: str, path: str, **what: Any) -> dict[str, Any] | None:
        """None if the server is away, is cut off meanwhile, or cannot reach its queue."""
        try:
            response = client.request(method, self._processes.server.url + path, **what)
        except httpx.HTTPError:
            self._done.wait(0.05)
            return None
        return response.json() if response.status_code == 200 else None


def document(number: int) -> dict[str, Any]:
    """Each another case: the role's name differs."""
    return {**(ATTACK if number % 2 else ALLOWED), "user_role": f"analyst {number}"}


def label(number: int) -> Label:
    return "adversarial" if number % 2 else "gold"


@dataclass
class Books:
    """Where every case is."""

    queue: CaseQueue
    registry: Registry
    cases: int
    identities: list[str] = field(init=False)
    poison: list[str] = field(init=False, default_factory=list[str])

    def __post_init__(self) -> None:
        found = (Case.model_validate(document(number)) for number in range(self.cases))
        self.identities = [identity_of(TENANT, case_digest(case)) for case in found]

    def plant(self) -> None:
        """Put poison into the stream, as a server of another version might."""
        verdict = Verdict(label="gold", reviewer="ann").model_dump_json()
        for judged, (name, entry) in itertools.product((True, False), POISON.items()):
            decision_id = f"{name}, {'judged' if judged else 'unjudged'}"
            self.poison.append(decision_id)
            id_: Any = self.queue.client.xadd(CASES, {"decision_id": decision_id, "digest": decision_id, "entry": entry})
            if judged:
                self.queue.client.hset(VERDICTS, id_, verdict)
                self.queue.client.zadd(JUDGED, {id_: 0})

    def until_settled(self, patience_s: float) -> None:
        """Return when every case that was judged has left the queue, or when nothing has moved for so long."""
        last, moved = dict[str, Any](), time.monotonic()
        while time.monotonic() < moved + patience_s:
            with suppress(QueueUnavailable):  # just killed, or loading its data
                stats = self.stats()
                if stats["judged"] == 0 and self.is_settled():
                    return
                if stats != last:
                    last, moved = stats, time.monotonic()
            time.sleep(1)

    def stats(self) -> dict[str, Any]:
        """What the queue says of itself."""
        return self.queue.stats().model_dump(exclude={"oldest_s"})

    def is_settled(self) -> bool:
        counts = self.counts()
        return counts["lost"] == 0 and counts["still_queued"] == len(range(0, self.cases, OPEN))

    def counts(self) -> dict[str, int]:
        """How many cases are where. `at_two_places`: also those that are twice in the queue. `dead_poison` of what was planted."""
        letters = list(_paged(self.queue.dead))
        trained = Counter(lesson.identity for version in self.registry.versions() for lesson in self._lessons(version))
        places = {
            "trained_once": trained,
            "held_back": Counter(held.identity for held in RegressionSuite(self.registry.root)),
            "still_queued": Counter(case.entry.identity for case in _paged(self.queue.cases)),
            "dead_cases": Counter(
                QueueEntry.model_validate_json(x.entry).identity for x in letters if x.decision_id not in self.poison
            ),
        }
        anywhere = Counter[str]()
        for place in places.values():
            anywhere.update(place)
        return {
            **{name: sum(place[identity] == 1 for identity in self.identities) for name, place in places.items()},
            "trained_twice": sum(count > 1 for count in trained.values()),
            "at_two_places": sum(count > 1 for count in anywhere.values()),
            "lost": sum(identity not in anywhere for identity in self.identities),
            "dead_poison": len({letter.decision_id for letter in letters} & set(self.poison)),
        }

    def _lessons(self, manifest: Manifest) -> list[Lesson]:
        """What a version says it learned from."""
        lessons = read_lessons(self.registry.package(manifest.version))
        assert len(lessons) == len(manifest.trained_cases), f"{manifest.version} and its manifest disagree"
        return lessons


Letter = TypeVar("Letter", QueuedCase, DeadLetter)


def _paged(read: Callable[[int, str | None], list[Letter]]) -> Iterator[Letter]:
    """All of a stream, page by page."""
    before: str | None = None
    while page := read(500, before):
        yield from page
        before = page[-1].id
