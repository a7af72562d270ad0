"""The retrain worker: judged cases → fine-tuned model → gates → published → acknowledged, one worker at a time.

Effects come last and in this order: publish, introduce (make current, or let it stand beside), acknowledge. A worker killed between two of them leaves what the
next one finds: a case that a published model was trained on is never trained again, only acknowledged.
"""

from __future__ import annotations

import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain, dropwhile
from pathlib import Path
from typing import Any, Literal, NoReturn, Protocol

import structlog
from pydantic import Field

from gatling_core.beside import Beside, Canary
from gatling_core.digest import sha256
from gatling_core.embedded import connect
from gatling_core.errors import AlreadyJudged, GatlingError, NotFound, PackageRejected, QueueUnavailable, RegistryError
from gatling_core.grounds import Words, words_of
from gatling_core.kept import KeptCase
from gatling_core.lease import Lease
from gatling_core.lineage import line_of, taught, write_lessons
from gatling_core.mirror import registry_of
from gatling_core.oracle.docket import judge_open
from gatling_core.queue import CaseQueue, QueuedCase
from gatling_core.registry import Manifest, Registry, read_manifest, seal, version_number
from gatling_core.regression import RegressionSuite
from gatling_core.schemas import TERMS, Case, Contract, Label, Terms, Verdict
from gatling_core.settings import Settings
from trainer.gate_report import GateReport
from trainer.material import Material
from trainer.outliers import standings
from trainer.rulings import rulings_of, unexplained
from trainer.unfinished import Unfinished

log = structlog.get_logger()

TARGETS: dict[Label, float] = {"gold": 0.5, "boundary": 3.5, "adversarial": 9.5}
"""The energy that a verdict asks for: the means of the bands (DESIGN, section 2)."""


class FineTune(Protocol):
    """Trains from `parent` on `cases`, writes `staged/checkpoint.safetensors`, returns what the manifest says of the training."""

    def __call__(
        self,
        parent: Path,
        cases: Sequence[Case],
        staged: Path,
        *,
        opposites: Sequence[int | None],
        steps: int,
        seed: int,
        replay: int,
        minutes: float | None,
        work: Path,
    ) -> dict[str, Any]: ...


class Mine(Protocol):
    """Adds to judged cases what can be learnt beside them, as the model in `parent` sees them."""

    def __call__(self, parent: Path, cases: Sequence[Case], /) -> Material: ...


class Export(Protocol):
    """Writes the ONNX graphs of `staged` and says by how much they differ from the checkpoint; PackageRejected if by too much."""

    def __call__(self, staged: Path, /) -> dict[str, float]: ...


class Gate(Protocol):
    """Says where `staged` is worse than its parent, if it is."""

    def __call__(self, staged: Path, parent: Path, /) -> GateReport: ...


class RetrainReport(Contract):
    """What one run did.

    `known`: cases acknowledged without training, since a published model has them. `held_back`: those that went to the regression
    suite. `waiting`: judged, still open. `outliers`: reviewers whose verdicts disagree far more than the others' do.
    """

    outcome: Literal["published", "rejected", "idle", "busy"]
    reason: str = ""
    version: str | None = None
    trained: int = 0
    known: int = 0
    held_back: int = 0
    waiting: int = 0
    outliers: list[str] = Field(default_factory=list[str])


@dataclass(frozen=True)
class RetrainWorker:
    """One worker; its steps are given, so that whoever tests the loop need not train."""

    settings: Settings
    queue: CaseQueue
    registry: Registry
    mine: Mine
    fine_tune: FineTune
    export: Export
    gate: Gate

    def run_once(self) -> RetrainReport:
        """Train on what has a verdict, once.

        Raises:
            QueueUnavailable: Redis does not answer, or the lease was lost; nothing was published after that.
            RegistryError: there is no model to start from, or none can be written.
        """
        return self._alone(RetrainWorker._learn)

    def run_without(self, tenant: str) -> RetrainReport:
        """Teach a model anew what the current one learned from all others, from the last model that had learned of nobody else.

        It starts from the version before the first one that learned from this tenant, or from a case that is kept no more: whose such a
        case was, nobody can tell. The gate compares it with the version that it starts from.

        Raises:
            QueueUnavailable, RegistryError: as `run_once`; also when there is no version before.
        """
        return self._alone(partial(RetrainWorker._teach_again, tenant=tenant))

    def _alone(self, work: Callable[[RetrainWorker, Lease], RetrainReport]) -> RetrainReport:
        """What a worker does while it holds the lease, with a queue and a registry that refuse it once the lease is lost."""
        with Lease(self.queue.client, self.settings.lease_ms) as lease:
            if not lease.held:
                return RetrainReport(outcome="busy", reason="another retrain worker is at work")
            worker = replace(self, queue=self.queue.under(lease), registry=self.registry.under(lease.check))
            report = work(worker, lease)
            report = report.model_copy(update={"waiting": self.queue.stats().judged})
            if report.outcome in ("published", "rejected"):
                worker.queue.record_run(report.model_dump_json())
        log.info("retrained", **report.model_dump())
        return report

    def run_every(self, seconds: float, wait: Callable[[float], object] = time.sleep) -> NoReturn:
        """Run now and then again, `seconds` after each end, until the process is told to stop."""
        while True:
            try:
                self.run_once()
            except GatlingError as error:
                log.warning("retrain failed", error=str(error))
            except Exception:  # a training that fails must not end the worker; its cases count the try
                log.exception("retrain failed")
            wait(seconds)

    def _erase(self) -> None:
        """What is older than anything may be kept, and what is kept beside the models of tenants that were erased from the queue."""
        kept, seconds, forgotten = taught(self.registry.root), self.settings.queue_retention_s, self.queue.forgotten()
        if seconds is not None:
            self.queue.erase(older_than_s=seconds)
        # Even if nothing is to be erased: who was in the middle of writing when it lost the lease has ended then, and writes no more.
        with self.registry.writing():
            if seconds is not None:
                kept.forget(judged_before=datetime.now(UTC) - timedelta(seconds=seconds))
            for tenant in forgotten:
                for cases in (kept, RegressionSuite(self.registry.root)):
                    cases.forget(tenant=tenant)
        for tenant in forgotten:
            self.queue.forgotten_everywhere(tenant)

    def _learn(self, lease: Lease) -> RetrainReport:
        self._erase()
        if self.settings.retrain_oracle:
            judge_open(self.queue)
        self._judge_forgotten()
        published = self.registry.trained_cases()
        cases = self.queue.take(
            self.settings.retrain_max_cases, per_tenant=self.settings.retrain_max_per_tenant, taught=published
        )
        with self._released(cases):
            return self._run(cases, published, lease)

    def _teach_again(self, lease: Lease, *, tenant: str) -> RetrainReport:
        self._erase()
        current = self._current()
        others = {case.identity: case for case in taught(self.registry.root) if case.tenant != tenant}
        self._take_off_pupils(others)
        line = self._pupils(current, others)
        if not line:
            return RetrainReport(outcome="idle", reason=f"{current} learned nothing from {tenant}")
        parent = line[0].parent
        if parent is None:
            raise RegistryError(f"{line[0].version} learned from {tenant}, and there is no version before it")
        cases = [others[identity] for manifest in line for identity in manifest.trained_cases if identity in others]
        report = RetrainReport(outcome="published", version=parent, reason=f"from {parent}, in place of {current}")
        if cases:
            try:
                manifest = self._left_by_a_killed_one(cases, parent) or self._publish(cases, lease, parent, trainings=len(line))
            except PackageRejected as error:
                return RetrainReport(outcome="rejected", reason=str(error))
            report = report.model_copy(update={"version": manifest.version, "trained": len(cases)})
        self.registry.activate(report.version or parent)
        return report

    def _left_by_a_killed_one(self, cases: Sequence[KeptCase], parent: str) -> Manifest | None:
        """The version that a worker taught the same from the same parent and was killed before it made it current."""
        introduced, identities = self._introduced(), {case.identity for case in cases}
        return next(
            (
                manifest
                for manifest in self.registry.versions()
                if manifest.version not in introduced and manifest.parent == parent and set(manifest.trained_cases) == identities
            ),
            None,
        )

    def _introduced(self) -> set[str]:
        """Every version that was current or stood beside: what became of it since then, somebody may have decided."""
        return {*self.registry.activations(), *self.registry.trials()}

    def _pupils(self, version: str, others: Collection[str]) -> list[Manifest]:
        """The line of a version from the first model on that learned from somebody else than these cases."""
        line = line_of(version, self.registry.versions())
        return list(dropwhile(lambda manifest: set(manifest.trained_cases) <= set(others), line))

    def _take_off_pupils(self, others: Collection[str]) -> None:
        """Nothing that learned from the tenant may become current by itself."""
        beside = self.registry.beside()
        places = {beside.place_of(version): None for version in beside.versions() if self._pupils(version, others)}
        if places:
            self.registry.stand_beside(Beside.model_validate(places))

    def _run(self, cases: Sequence[QueuedCase], published: Mapping[str, str], lease: Lease) -> RetrainReport:
        """`published`: the version that learned from a case, by the identity of the case."""
        known = [case for case in cases if case.entry.identity in published]
        fresh = [case for case in cases if case.entry.identity not in published]
        self._acknowledge(known, published)
        undecided = self._undecided()
        if undecided is not None:
            self.queue.release(fresh, failed=False)
            return RetrainReport(outcome="idle", known=len(known), reason=f"{undecided} stands beside, and is not current yet")
        begun = self._unfinished.cases_of(fresh)
        self.queue.release(_without(fresh, begun), failed=False)
        within = self._within_caps(begun)
        outliers = [standing for standing in standings(self._with_opinions(within)) if standing.is_outlier]
        chosen, held = self._held_back(within)
        report = RetrainReport(outcome="idle", known=len(known), held_back=len(held), outliers=[str(o) for o in outliers])
        if len(chosen) < self.settings.retrain_min_cases:
            self.queue.release(chosen, failed=False)
            reason = f"{len(chosen)} judged cases, a training takes {self.settings.retrain_min_cases}"
            return report.model_copy(update={"reason": reason})
        return self._attempted(chosen, {outlier.reviewer for outlier in outliers}, report, lease)

    def _attempted(self, cases: list[QueuedCase], suspects: set[str], report: RetrainReport, lease: Lease) -> RetrainReport:
        """Publish a model; if the gate refuses it, try once more without the verdicts of the outliers."""
        others = [case for case in cases if _verdict(case).reviewer not in suspects]
        attempts = [cases] if len(others) == len(cases) or len(others) < self.settings.retrain_min_cases else [cases, others]
        reasons: list[str] = []
        for chosen in attempts:
            try:
                manifest = self._publish([KeptCase.of(case) for case in chosen], lease, self._current())
            except PackageRejected as error:
                reasons.append(str(error))
                continue
            self._introduce(manifest.version)
            self.queue.done(chosen, manifest.version)
            self.queue.release(_without(cases, chosen), failed=True)
            reason = f"without the verdicts of {', '.join(sorted(suspects))}; with them: {reasons[0]}" if reasons else ""
            done = {"outcome": "published", "version": manifest.version, "trained": len(chosen), "reason": reason}
            return report.model_copy(update=done)
        self.queue.release(cases, failed=True)
        return report.model_copy(update={"outcome": "rejected", "reason": "; without the outliers: ".join(reasons)})

    def _within_caps(self, cases: Sequence[QueuedCase]) -> list[QueuedCase]:
        """At most so many verdicts of one source: nobody alone decides what a model learns. The rest waits for the next training."""
        seen = Counter[tuple[str, str]]()
        kept: list[QueuedCase] = []
        for case in cases:
            source = (_verdict(case).source, _verdict(case).reviewer)
            seen[source] += 1
            if seen[source] <= self.settings.retrain_max_per_source:
                kept.append(case)
        self.queue.release(_without(cases, kept), failed=False)
        return kept

    def _with_opinions(self, cases: Sequence[QueuedCase]) -> list[QueuedCase]:
        """With what single reviewers said, where several were asked."""
        said = {case.id: case.opinions for case in self.queue.read([case.id for case in cases])}
        return [case.model_copy(update={"opinions": said.get(case.id, [])}) for case in cases]

    def _held_back(self, cases: Sequence[QueuedCase]) -> tuple[list[QueuedCase], list[QueuedCase]]:
        """The cases to train on, and those that go to the regression suite and leave the queue."""
        suite, share = RegressionSuite(self.registry.root), self.settings.gate.held_back
        held = [case for case in cases if suite.takes(KeptCase.of(case), share)]
        if held:
            with self.registry.writing():
                suite.add([KeptCase.of(case) for case in held])
        self.queue.done(held, "held back")
        return _without(cases, held), held

    def _current(self) -> str:
        version = self.registry.current()
        if version is None:
            raise RegistryError("there is no current model to start from: publish the shipped one first")
        return version

    def _publish(self, cases: Sequence[KeptCase], lease: Lease, parent: str, *, trainings: int = 1) -> Manifest:
        """Train from `parent`, with the steps of so many trainings, and publish what takes the place of the current version.

        Raises:
            PackageRejected: the new model is not fit to, or another version became current meanwhile.
        """
        current = self._current()
        features = self.registry.verify(parent).feature_version
        package = self.registry.package(parent)
        with self._staged(lease) as staged:
            training = self._trained(cases, package, staged, lease, trainings)
            seal(staged, version=self.registry.next_version(), feature_version=features, training=training, parent=parent)
            metrics = self._passed(staged, package)
            if self.registry.current() != current:
                raise PackageRejected(f"{current}, which this model was to take the place of, is no longer current")
            with self.registry.writing():
                taught(self.registry.root).add(cases)
            return self.registry.publish(
                staged,
                feature_version=features,
                metrics=metrics,
                training=training,
                trained_cases=[case.identity for case in cases],
                parent=parent,
                again=parent != current,
            )

    def _trained(self, cases: Sequence[KeptCase], package: Path, staged: Path, lease: Lease, trainings: int) -> dict[str, Any]:
        """Everything of the next package but its manifest; what the manifest says of the training."""
        settings, lessons = self.settings, [training_case(case.case, case.terms, case.verdict) for case in cases]
        rulings = rulings_of([*self._lessons_of(package), *lessons], TARGETS)
        rest = unexplained(lessons, rulings, TARGETS)
        material = self.mine(package, rest)
        budget: dict[str, Any] = {
            "steps": 0 if material.settled else settings.retrain_steps * trainings,
            "seed": settings.retrain_seed,
            "replay": settings.retrain_replay,
            "minutes": settings.retrain_minutes,
        }
        key = sha256([read_manifest(package).digest, budget, [lesson.model_dump(mode="json") for lesson in rest]])
        lease.check()
        work = self._unfinished.begin(key, [case.identity for case in cases])
        training = self.fine_tune(package, material.cases, staged, opposites=material.opposites, work=work, **budget)
        write_lessons(staged, cases)
        _write_words(package, staged, [case.case for case in cases])
        rulings.write(staged)
        labels = Counter(case.verdict.label for case in cases)
        return {
            **training,
            "queued_cases": dict(labels),
            "mined": material.counts(),
            "rulings": len(rulings),
            "explained": len(lessons) - len(rest),
            "parity": self.export(staged),
        }

    def _lessons_of(self, package: Path) -> list[Case]:
        """What a version and those before it learned from, as far as it is kept."""
        line = line_of(read_manifest(package).version, self.registry.versions())
        learned = {identity for manifest in line for identity in manifest.trained_cases}
        kept = [case for case in taught(self.registry.root) if case.identity in learned]
        return [training_case(case.case, case.terms, case.verdict) for case in kept]

    @property
    def _unfinished(self) -> Unfinished:
        return Unfinished(self.settings.data_dir / "training")

    def _passed(self, staged: Path, parent: Path) -> dict[str, Any]:
        """The metrics of a staged package that the gate lets pass; one that it does not is kept, with the report.

        Raises:
            PackageRejected: it is worse than its parent.
        """
        report = self.gate(staged, parent)
        report.write(staged)
        if report.worse:
            raise PackageRejected(f"{'; '.join(report.worse)} (kept as rejected/{self.registry.keep_rejected(staged)})")
        return report.metrics()

    def _introduce(self, version: str) -> None:
        """Let a newly published model go as far as it may by itself."""
        match self.settings.retrain_publish:
            case "current":
                self.registry.activate(version)
            case "shadow":
                self.registry.stand_beside(Beside(shadow=version))
            case "canary":
                canary = Canary(version=version, share=self.settings.rollout.share)
                self.registry.stand_beside(Beside(canary=canary))

    def _undecided(self) -> str | None:
        """A model that is on its way to become current. The next one starts from it or without it: only then what both learned adds up."""
        if self.settings.retrain_publish == "current":
            return None
        current = version_number(self.registry.current() or "")
        return next((v for v in self.registry.beside().versions() if version_number(v) > current), None)

    def _acknowledge(self, known: Sequence[QueuedCase], published: Mapping[str, str]) -> None:
        """Finish what a worker did not live to: introduce its version if it never was, and let its cases go."""
        # Nor one whose parent is no longer current: somebody may have rolled back.
        introduced = self._introduced()
        parents = {manifest.version: manifest.parent for manifest in self.registry.versions()}
        for version in sorted({published[case.entry.identity] for case in known}, key=version_number):
            if version not in introduced and parents[version] == self.registry.current():
                self._introduce(version)
            self.queue.done([case for case in known if published[case.entry.identity] == version], version)

    def _judge_forgotten(self) -> None:
        seconds = self.settings.retrain_unjudged_after_s
        if seconds is None:
            return
        reason = f"nobody judged it within {seconds:g} s"
        for case in self.queue.unjudged(seconds):
            try:
                verdict = Verdict(label="boundary", reviewer="nobody", source="timeout", reason=reason)
                self.queue.set_verdict(case.entry.decision_id, verdict)
            except (NotFound, AlreadyJudged):
                continue

    @contextmanager
    def _released(self, cases: Sequence[QueuedCase]) -> Generator[None]:
        """Give the cases back when the run is ended early, unless the lease is lost: then they are another's, and the queue refuses.

        So it is when registry or disk refuse, for which no case is to blame. A training that breaks leaves them as a killed one does, with
        a try more: in the end `take` looks for what it broke on.
        """
        try:
            yield
        except BaseException as error:
            if not isinstance(error, Exception) or isinstance(error, (QueueUnavailable, RegistryError, OSError)):
                with suppress(QueueUnavailable):
                    self.queue.release(cases, failed=False)
            raise

    @contextmanager
    def _staged(self, lease: Lease) -> Generator[Path]:
        """A folder for the next package. Only a training that was killed or told to stop is gone on with: one that broke would break again.

        What is left of it goes, unless the lease is lost: then it is another worker's.
        """
        self.settings.data_dir.mkdir(parents=True, exist_ok=True)
        lease.check()
        for left in self.settings.data_dir.glob("staged-*"):  # of a worker that was killed: we hold the lease
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix="staged-", dir=self.settings.data_dir, ignore_cleanup_errors=True) as staged:
            try:
                yield Path(staged)
            except Exception:
                with suppress(QueueUnavailable):
                    lease.check()
                    self._unfinished.end()
                raise
            lease.check()
            self._unfinished.end()


def training_case(case: Case, predicted: Terms, verdict: Verdict) -> Case:
    """A queued case as its verdict labels it, for the trainer.

    The four energies sum to the verdict's band mean. They follow the violations that the verdict names; without any, the terms
    that the model gave, since a verdict on the whole plan says how much and the model where. Gold spreads evenly.
    """
    total = TARGETS[verdict.label]
    named = Counter[str]()
    for violation in verdict.violations:
        named[violation.term] += violation.energy  # type: ignore[assignment]
    weights = [named[term] for term in TERMS] if any(named.values()) else list(predicted.as_tuple())
    if verdict.label == "gold" or sum(weights) <= 0:
        weights = [1.0] * len(TERMS)
    energies = {term: total * weight / sum(weights) for term, weight in zip(TERMS, weights, strict=True)}
    return case.model_copy(
        update={"label": verdict.label, "kind": "queued", "energy_labels": Terms(**energies), "violations": verdict.violations}
    )


def retrain(settings: Settings, *, every_s: float | None = None, without_tenant: str | None = None) -> RetrainReport:
    """Run the worker with the real trainer: once, every so many seconds until SIGTERM or Ctrl-C, or once to unlearn a tenant.

    Raises:
        GatlingError: as `RetrainWorker.run_once`.
        FileNotFoundError: a suite of the gate is not there.
        SystemExit: told to stop; the lease and the cases are given back.
    """
    from trainer.export import export  # here: torch only where it trains
    from trainer.fine_tuning import fine_tune
    from trainer.gate import QualityGate
    from trainer.mining import mine

    gate = QualityGate.of(settings)
    signal.signal(signal.SIGTERM, _stop)
    with connect(settings) as client:
        queue = CaseQueue.of(client, settings)
        registry = registry_of(settings)
        registry.seed(settings.shipped_model)
        worker = RetrainWorker(settings, queue, registry, mine, fine_tune, export, gate)
        if every_s is not None:
            worker.run_every(every_s)
        if without_tenant is not None:
            return worker.run_without(without_tenant)
        return worker.run_once()


def _stop(*_: object) -> NoReturn:
    raise SystemExit(0)


def _write_words(parent: Path, staged: Path, cases: Sequence[Case]) -> None:
    """What the parent knew, and what the cases teach: after a verdict their words are ground to judge by."""
    words = Words.read(parent)
    if words is not None:
        found = (words_of([case.policy], [case.request], case.tools, [case.execution_plan]) for case in cases)
        words.taught(chain.from_iterable(found)).write(staged)


def _verdict(case: QueuedCase) -> Verdict:
    assert case.verdict is not None, "take gives judged cases only"
    return case.verdict


def _without(cases: Sequence[QueuedCase], others: Sequence[QueuedCase]) -> list[QueuedCase]:
    gone = {case.id for case in others}
    return [case for case in cases if case.id not in gone]
