from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import redis

from gatling_core import text
from gatling_core.beside import Beside, Canary
from gatling_core.digest import case_digest
from gatling_core.errors import NotFound, PackageRejected, QueueUnavailable, RegistryError
from gatling_core.grounds import Words
from gatling_core.lease import LEASE_KEY, Lease
from gatling_core.lineage import read_lessons, taught
from gatling_core.queue import CaseQueue
from gatling_core.registry import Registry, seal
from gatling_core.regression import RegressionSuite
from gatling_core.rulings import Rulings
from gatling_core.schemas import TERMS, Case, Label, Terms, Verdict
from gatling_core.settings import GateConfig, Settings
from tests.conftest import MakeEntry, make_entry
from tests.trainer.killed_worker import MOMENTS, MOMENTS_BESIDE, STOPS, export, fine_tune, gate, mine
from trainer.gate_report import GateReport
from trainer.worker import TARGETS, RetrainReport, RetrainWorker, training_case

Work = Callable[..., RetrainWorker]


@pytest.fixture
def queue(client: redis.Redis) -> CaseQueue:
    return CaseQueue(client, max_deliveries=3)


@pytest.fixture
def registry(settings: Settings, tmp_path: Path) -> Registry:
    """A registry with a shipped v1."""
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (shipped / "energy.onnx").write_bytes(b"shipped")
    seal(shipped, version="v1", feature_version="1")
    registry = Registry(Path(settings.registry))
    registry.seed(shipped)
    return registry


@pytest.fixture
def work(settings: Settings, queue: CaseQueue, registry: Registry) -> Work:
    """work(judging=…, retrain_min_cases=2): a worker with other steps (`judging` is its gate) or settings; it holds nothing back."""

    def make(**changes: Any) -> RetrainWorker:
        steps: dict[str, Any] = {"mine": mine, "fine_tune": fine_tune, "export": export}
        steps.update({name: changes.pop(name) for name in list(changes) if name in steps})
        steps["gate"] = changes.pop("judging", gate)
        return RetrainWorker(settings.model_copy(update={"gate": GateConfig(held_back=0), **changes}), queue, registry, **steps)

    return make


@contextmanager
def killed_at(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> Generator[None]:
    """A worker within this block ends where it would call that method."""

    def killed(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(owner, name, killed)
        with pytest.raises(SystemExit):
            yield


def away_before(
    monkeypatch: pytest.MonkeyPatch, queue: CaseQueue, owner: type, name: str, meanwhile: Callable[[], object]
) -> None:
    """Where a worker first calls that method, its lease runs out and something else happens, before it goes on."""
    action = getattr(owner, name)

    def away(*arguments: Any) -> Any:
        monkeypatch.setattr(owner, name, action)
        queue.client.delete(LEASE_KEY)
        meanwhile()
        return action(*arguments)

    monkeypatch.setattr(owner, name, away)


def judge(queue: CaseQueue, *numbers: int, label: str = "gold", **entry: Any) -> None:
    for number in numbers:
        queue.add(make_entry(number, **entry))
        queue.set_verdict(f"decision-{number}", Verdict.model_validate({"label": label, "reviewer": "ann"}))


def trained_on(registry: Registry, version: str) -> list[Case]:
    lines = (registry.package(version) / "checkpoint.safetensors").read_text().splitlines()
    return [Case.model_validate_json(line) for line in lines]


def test_judged_cases_become_the_next_version(work: Work, queue: CaseQueue, registry: Registry) -> None:
    queue.add(make_entry(9))
    judge(queue, 1, 2)
    judge(queue, 3, label="adversarial")
    report = work().run_once()
    assert (report.outcome, report.version, report.trained, report.waiting) == ("published", "v2", 3, 0)
    assert registry.current() == "v2"
    manifest = registry.verify("v2")
    assert (manifest.parent, manifest.feature_version) == ("v1", "1")
    assert manifest.trained_cases == sorted(make_entry(n).case_digest for n in (1, 2, 3))
    assert manifest.training["queued_cases"] == {"gold": 2, "adversarial": 1}
    fixed: Any = manifest.metrics["fixed"]
    assert fixed["checked"] == ["checkpoint.safetensors", "energy.onnx", "manifest.json", "verdicts.json"]
    assert [case.label for case in trained_on(registry, "v2")] == ["gold", "gold", "adversarial"]
    lessons = read_lessons(registry.package("v2"))
    assert {lesson.identity for lesson in lessons} == set(manifest.trained_cases)
    assert [(lesson.decision_id, lesson.verdict.label, lesson.verdict.reviewer) for lesson in lessons][2] == (
        "decision-3", "adversarial", "ann",
    )  # fmt: skip
    assert [report for _, report in queue.runs()] == [report.model_dump_json()]
    assert [case.entry.decision_id for case in queue.cases()] == ["decision-9"], "no verdict, no training"


def test_without_verdicts_nothing_happens(work: Work, queue: CaseQueue, registry: Registry) -> None:
    queue.add(make_entry(1))
    report = work().run_once()
    assert (report.outcome, report.reason) == ("idle", "0 judged cases, a training takes 1")
    assert [manifest.version for manifest in registry.versions()] == ["v1"]


def test_too_few_wait_without_counting_a_try(work: Work, queue: CaseQueue) -> None:
    judge(queue, 1)
    for _ in range(10):
        assert work(retrain_min_cases=2).run_once().outcome == "idle"
    queue.set_verdict("decision-1", Verdict(label="boundary", reviewer="ann"))
    judge(queue, 2)
    assert work(retrain_min_cases=2).run_once().trained == 2


def test_a_failed_gate_publishes_nothing_and_keeps_the_cases(
    work: Work, queue: CaseQueue, registry: Registry, settings: Settings
) -> None:
    def strict(_: Path, __: Path) -> GateReport:
        return GateReport(worse=["AUC 0.4 is worse than 0.9"])

    judge(queue, 1, 2)
    for waiting in (2, 2, 2):
        report = work(judging=strict).run_once()
        assert (report.outcome, report.waiting) == ("rejected", waiting)
        assert report.reason.startswith("AUC 0.4 is worse than 0.9 (kept as rejected/v2-")
    kept = registry.rejected()[-1]
    assert kept.name in report.reason
    assert GateReport.model_validate_json((kept / "gate.json").read_bytes()).worse == ["AUC 0.4 is worse than 0.9"]
    assert len(read_lessons(kept)) == 2, "with what it learned from"
    assert ([m.version for m in registry.versions()], registry.current()) == (["v1"], "v1")
    assert not list(settings.data_dir.glob("staged-*"))
    assert work(judging=strict).run_once().outcome == "idle"
    assert [letter.reason for letter in queue.dead()] == ["3 trainings in vain"] * 2


def test_a_failed_parity_is_a_rejection_too(work: Work, queue: CaseQueue, registry: Registry) -> None:
    def differs(_: Path) -> dict[str, float]:
        raise PackageRejected("energy.onnx differs by 0.1")

    judge(queue, 1)
    assert work(export=differs).run_once().reason == "energy.onnx differs by 0.1"
    assert work().run_once().version == "v2"


def test_a_training_that_breaks_counts_a_try_and_frees_the_lease(work: Work, queue: CaseQueue) -> None:
    def broken(*_: Any, **__: Any) -> dict[str, Any]:
        raise MemoryError("out of memory")

    judge(queue, 1)
    with pytest.raises(MemoryError):
        work(fine_tune=broken).run_once()
    assert not queue.client.exists(LEASE_KEY)
    assert [case.tries for case in queue.take(10)] == [1]


def test_a_case_that_every_training_breaks_on_is_buried_alone(work: Work, queue: CaseQueue, registry: Registry) -> None:
    poison = make_entry(11).case

    def broken(parent: Path, cases: Sequence[Case], staged: Path, **what: Any) -> dict[str, Any]:
        if any(case.execution_plan == poison.execution_plan for case in cases):
            raise ZeroDivisionError
        return fine_tune(parent, cases, staged, **what)

    judge(queue, *range(16))
    for _ in range(60):
        if not queue.stats().depth:
            break
        with suppress(ZeroDivisionError):
            work(fine_tune=broken).run_once()
    assert [letter.decision_id for letter in queue.dead()] == ["decision-11"]
    assert sorted(registry.trained_cases()) == sorted(make_entry(n).case_digest for n in range(16) if n != 11)


def test_being_told_to_stop_counts_no_try(work: Work, queue: CaseQueue) -> None:
    def stopped(*_: Any, **__: Any) -> dict[str, Any]:
        raise SystemExit(0)

    judge(queue, 1)
    with pytest.raises(SystemExit):
        work(fine_tune=stopped).run_once()
    assert not queue.client.exists(LEASE_KEY)
    assert [case.tries for case in queue.take(10)] == [0]


def test_one_worker_at_a_time(work: Work, queue: CaseQueue, registry: Registry) -> None:
    judge(queue, 1)
    with Lease(queue.client, 60_000):
        assert work().run_once().outcome == "busy"
    assert registry.current() == "v1"


def test_who_lost_the_lease_publishes_nothing(work: Work, queue: CaseQueue, registry: Registry, tmp_path: Path) -> None:
    """Stopped for too long, while another worker took the lease and the case, and is at work again."""

    def away(staged: Path, parent: Path) -> GateReport:
        queue.client.delete(LEASE_KEY)
        assert work(data_dir=tmp_path / "other").run_once().version == "v2"
        registry.activate("v1")  # so that the lease alone decides
        queue.client.set(LEASE_KEY, "the other, again")
        judge(queue, 2)
        queue.take(1)
        return gate(staged, parent)

    judge(queue, 1)
    with pytest.raises(QueueUnavailable, match="lost"):
        work(judging=away).run_once()
    assert [m.version for m in registry.versions()] == ["v1", "v2"]
    assert queue.client.get(LEASE_KEY) == b"the other, again"
    with pytest.raises(NotFound, match="being trained"):
        judge(queue, 2)


@pytest.mark.parametrize(
    ("found", "raises"), [(ZeroDivisionError(), ZeroDivisionError), (PackageRejected("worse"), QueueUnavailable)]
)
def test_who_lost_the_lease_gives_nothing_back(work: Work, queue: CaseQueue, found: Exception, raises: type[Exception]) -> None:
    def away(*_: Any) -> GateReport:
        queue.client.set(LEASE_KEY, "another")
        queue.take(1)
        raise found

    judge(queue, 1)
    with pytest.raises(raises):
        work(judging=away).run_once()
    with pytest.raises(NotFound, match="being trained"):
        judge(queue, 1)


def test_who_lost_the_lease_leaves_the_training_of_another_alone(work: Work, queue: CaseQueue) -> None:
    """The other one took the same data folder over, and the cases."""
    found: list[Path] = []

    def the_other(*_: Any, work: Path, **__: Any) -> dict[str, Any]:
        (work / "state.safetensors").write_text("the other's")
        found.append(work)
        raise SystemExit(0)  # told to stop: to be gone on with

    def away(staged: Path, parent: Path) -> GateReport:
        queue.client.delete(LEASE_KEY)
        queue.set_verdict("decision-1", Verdict(label="boundary", reviewer="ann"))
        with pytest.raises(SystemExit):
            work(fine_tune=the_other).run_once()
        queue.client.set(LEASE_KEY, "a third one")
        raise ZeroDivisionError

    judge(queue, 1)
    with pytest.raises(ZeroDivisionError):
        work(judging=away).run_once()
    assert (found[0] / "state.safetensors").read_text() == "the other's"


def test_who_lost_the_lease_saves_nothing_into_the_training_of_another(work: Work, queue: CaseQueue) -> None:
    begun: list[Path] = []

    def the_other(*_: Any, work: Path, **__: Any) -> dict[str, Any]:
        begun.append(work)
        raise SystemExit(0)

    def away(*_: Any, work: Path, **__: Any) -> dict[str, Any]:
        queue.client.delete(LEASE_KEY)
        queue.set_verdict("decision-1", Verdict(label="boundary", reviewer="ann"))
        with pytest.raises(SystemExit):
            other.run_once()
        (work / "state.safetensors").write_text("of another training")
        raise AssertionError("there is no such folder any more")

    other = work(fine_tune=the_other)
    judge(queue, 1)
    with pytest.raises(FileNotFoundError):
        work(fine_tune=away).run_once()
    assert list(begun[0].iterdir()) == []


def test_who_lost_the_lease_holds_no_erased_case_back(
    work: Work, queue: CaseQueue, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def erased() -> None:
        queue.erase(tenant="acme")
        assert work().run_once().outcome == "idle"

    judge(queue, 1, tenant="acme")
    away_before(monkeypatch, queue, RegressionSuite, "takes", erased)
    with pytest.raises(QueueUnavailable, match="lost"):
        work(gate=GateConfig(held_back=1)).run_once()
    assert list(RegressionSuite(registry.root)) == []


def test_who_lost_the_lease_makes_nothing_current(
    work: Work, queue: CaseQueue, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made_up_for() -> None:
        assert work().run_once().known == 1
        assert registry.roll_back("v2 blocks too much") == "v1"

    judge(queue, 1)
    away_before(monkeypatch, queue, Registry, "activate", made_up_for)
    with pytest.raises(QueueUnavailable, match="lost"):
        work().run_once()
    assert registry.current() == "v1"


def test_who_lost_the_lease_forgets_no_second_erasure(work: Work, queue: CaseQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    def erased_again() -> None:
        work().run_once()
        queue.erase(tenant="acme")

    queue.erase(tenant="acme")
    away_before(monkeypatch, queue, CaseQueue, "forgotten_everywhere", erased_again)
    with pytest.raises(QueueUnavailable, match="lost"):
        work().run_once()
    assert queue.forgotten() == ["acme"]


@pytest.mark.parametrize("error", [RegistryError("the registry cannot be written"), OSError(28, "No space left on device")])
def test_what_no_case_is_to_blame_for_counts_no_try(work: Work, queue: CaseQueue, error: Exception) -> None:
    def full(*_: Any, **__: Any) -> dict[str, Any]:
        raise error

    judge(queue, 1)
    with pytest.raises(type(error)):
        work(fine_tune=full).run_once()
    assert [case.tries for case in queue.take(10)] == [0]


def test_what_learned_from_a_model_that_was_rolled_back_is_not_made_up_for(
    work: Work, queue: CaseQueue, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(queue, 1)
    assert work().run_once().version == "v2"
    judge(queue, 2)
    with killed_at(monkeypatch, registry, "activate"):
        work().run_once()
    assert registry.verify("v3").parent == "v2"
    registry.roll_back("v2 blocks too much")
    assert work().run_once().known == 1
    assert (registry.current(), queue.stats().depth) == ("v1", 0)


def test_a_roll_back_during_the_training_wins(work: Work, queue: CaseQueue, registry: Registry) -> None:
    judge(queue, 1)
    work().run_once()

    def roll_back(staged: Path, parent: Path) -> GateReport:
        registry.roll_back()
        return gate(staged, parent)

    judge(queue, 2)
    report = work(judging=roll_back).run_once()
    assert (report.outcome, registry.current()) == ("rejected", "v1")
    assert "no longer current" in report.reason
    assert (work().run_once().version, registry.verify("v3").parent) == ("v3", "v1")


def test_without_a_model_to_start_from(work: Work, queue: CaseQueue, registry: Registry) -> None:
    judge(queue, 1)
    (registry.root / "current").unlink()
    with pytest.raises(RegistryError, match="no current model"):
        work().run_once()


def test_no_tenant_fills_a_training(work: Work, queue: CaseQueue) -> None:
    judge(queue, *range(5), tenant="loud")
    judge(queue, 5, tenant="quiet")
    report = work(retrain_max_per_tenant=2).run_once()
    assert (report.trained, report.waiting) == (3, 3)


def test_no_reviewer_fills_a_training(work: Work, queue: CaseQueue) -> None:
    for number in range(6):
        queue.add(make_entry(number))
        queue.set_verdict(f"decision-{number}", Verdict(label="gold", reviewer="loud" if number < 5 else "quiet"))
    report = work(retrain_max_per_source=2).run_once()
    assert (report.trained, report.waiting) == (3, 3)
    assert [case.tries for case in queue.take(10)] == [0, 0, 0], "waiting is no try"


def flip(queue: CaseQueue) -> None:
    """Two reviewers who agree with the model, and one who says the opposite."""
    for number in range(90):
        high, reviewer = number % 2 == 0, ("ann", "bob", "eve")[number % 3]
        queue.add(make_entry(number, energy=7.0 if high else 2.5))
        label: Label = "adversarial" if high != (reviewer == "eve") else "gold"
        queue.set_verdict(f"decision-{number}", Verdict(label=label, reviewer=reviewer))


def test_outliers_are_shown_and_all_are_learned_from_while_the_gate_is_content(work: Work, queue: CaseQueue) -> None:
    flip(queue)
    report = work().run_once()
    assert (report.outcome, report.trained) == ("published", 90)
    assert [outlier.split(":")[0] for outlier in report.outliers] == ["eve"]


def test_what_the_gate_refuses_is_tried_again_without_the_outliers(work: Work, queue: CaseQueue) -> None:
    def wary(staged: Path, parent: Path) -> GateReport:
        poisoned = any(lesson.verdict.reviewer == "eve" for lesson in read_lessons(staged))
        return GateReport(worse=["fixed: auc"]) if poisoned else gate(staged, parent)

    flip(queue)
    report = work(judging=wary).run_once()
    assert (report.outcome, report.version, report.trained, report.waiting) == ("published", "v2", 60, 30)
    assert report.reason.startswith("without the verdicts of eve; with them: fixed: auc (kept as rejected/")
    assert {case.tries for case in queue.take(100)} == {1}

    for _ in range(2):
        queue.release(queue.take(100), failed=True)
    assert queue.take(100) == []
    assert queue.stats().dead == 30, "buried in the end, where somebody may look at them"


def test_unjudged_cases_train_only_where_asked_for(work: Work, queue: CaseQueue, registry: Registry) -> None:
    queue.add(make_entry(1))
    assert work().run_once().outcome == "idle"
    assert work(retrain_unjudged_after_s=3_600.0).run_once().outcome == "idle", "not yet"
    assert work(retrain_unjudged_after_s=-60.0).run_once().trained == 1
    assert trained_on(registry, "v2")[0].label == "boundary"


def test_time_judges_only_what_nobody_has_said_anything_of(
    work: Work, queue: CaseQueue, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.agreement = 2
    for number in (1, 2):
        queue.add(make_entry(number))
    listed = list(queue.unjudged())
    queue.set_verdict("decision-1", Verdict(label="gold", reviewer="ana"))
    monkeypatch.setattr(queue, "unjudged", lambda _: iter(listed))  # ana said it after the worker had looked
    assert work(retrain_unjudged_after_s=60.0).run_once().trained == 1, "needs no second"
    assert [case.label for case in trained_on(registry, "v2")] == ["boundary"]
    assert queue.get("decision-1").verdict is None, "an opinion, still open"


def test_the_oracle_judges_and_old_cases_go_only_where_asked_for(
    work: Work, queue: CaseQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[CaseQueue] = []
    monkeypatch.setattr("trainer.worker.judge_open", asked.append)
    queue.add(make_entry(1))
    work().run_once()
    assert (asked, queue.stats().depth) == ([], 1)
    work(retrain_oracle=True, queue_retention_s=3_600.0).run_once()
    assert (len(asked), queue.stats().depth) == (1, 1)
    work(queue_retention_s=-60.0).run_once()
    assert queue.stats().depth == 0


def test_a_case_trained_before_is_acknowledged_not_trained(work: Work, queue: CaseQueue, registry: Registry) -> None:
    judge(queue, 1)
    work().run_once()
    registry.roll_back()
    queue.client.delete("gatling:digest:" + make_entry(1).case_digest)  # the window is over, the case comes again
    judge(queue, 1, 2)
    report = work().run_once()
    assert (report.known, report.trained, report.version) == (1, 1, "v3")
    assert registry.activations() == ["v1", "v2", "v1", "v3"], "what was rolled back stays so"
    with pytest.raises(NotFound):
        queue.get("decision-1")


@pytest.mark.parametrize(
    ("publish", "beside"), [("shadow", Beside(shadow="v2")), ("canary", Beside(canary=Canary(version="v2", share=0.1)))]
)
def test_a_model_that_goes_only_as_far_as_it_may(
    work: Work, queue: CaseQueue, registry: Registry, publish: str, beside: Beside
) -> None:
    judge(queue, 1)
    report = work(retrain_publish=publish).run_once()
    assert (report.version, report.trained, queue.stats().depth) == ("v2", 1, 0)
    assert (registry.current(), registry.beside(), registry.trials()) == ("v1", beside, ["v2"])
    judge(queue, 2)
    report = work(retrain_publish=publish).run_once()
    assert (report.outcome, report.reason) == ("idle", "v2 stands beside, and is not current yet")
    assert report.waiting == 1, "no model that lacks what v2 learned overtakes it"
    registry.activate("v2")
    assert work(retrain_publish=publish).run_once().version == "v3"
    assert registry.verify("v3").parent == "v2"


def test_a_worker_killed_before_the_model_stood_beside_is_made_up_for_once(
    work: Work, queue: CaseQueue, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(queue, 1)
    with killed_at(monkeypatch, registry, "stand_beside"):
        work(retrain_publish="shadow").run_once()
    assert (len(registry.versions()), registry.beside()) == (2, Beside())
    with killed_at(monkeypatch, queue, "done"):
        work(retrain_publish="shadow").run_once()
    assert registry.beside() == Beside(shadow="v2")
    registry.stand_beside(Beside(shadow=None))
    assert work(retrain_publish="shadow").run_once().known == 1
    assert registry.beside() == Beside(shadow=None), "what was taken off stays so"
    assert (queue.stats().depth, registry.current()) == (0, "v1")


def test_the_loop_runs_now_and_then_and_survives_failures(work: Work, queue: CaseQueue, registry: Registry) -> None:
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            raise SystemExit(0)
        judge(queue, len(waits))

    def fragile(staged: Path) -> dict[str, float]:
        if not waits[1:]:
            raise ZeroDivisionError
        return export(staged)

    with pytest.raises(SystemExit):
        work(export=fragile).run_every(3_600.0, wait)
    assert waits == [3_600.0] * 3
    assert registry.verify("v2").training["queued_cases"] == {"gold": 2}


def test_a_share_is_held_back_for_good_and_never_trained(work: Work, queue: CaseQueue, registry: Registry) -> None:
    judge(queue, *range(40), tenant="acme")
    report = work(gate=GateConfig(held_back=0.25)).run_once()
    suite = RegressionSuite(registry.root)
    held = {case.identity for case in suite}
    assert (report.trained + report.held_back, report.waiting) == (40, 0)
    assert 2 <= report.held_back == len(held) <= 20
    assert held.isdisjoint(registry.verify("v2").trained_cases)

    for key in queue.client.scan_iter("gatling:digest:*"):  # the window is over, the cases come again
        queue.client.delete(key)
    judge(queue, *range(40), tenant="acme", label="boundary")
    again = work(gate=GateConfig(held_back=0)).run_once()
    assert (again.known, again.held_back) == (report.trained, report.held_back), "once held back, never trained"
    assert {case.verdict.label for case in suite.latest(100)} == {"boundary"}
    assert len(suite.latest(2)) == 2
    assert suite.forget(tenant="acme") == len(held)
    assert suite.latest(100) == []


@pytest.fixture
def three_trainings(work: Work, queue: CaseQueue) -> None:
    """v2 learned from ann's firm, v3 from acme and others, v4 from others."""
    for numbers, tenant in (((1, 2), "ann's"), ((3, 4), "acme"), ((5,), "others")):
        judge(queue, *numbers, tenant=tenant)
        if tenant != "acme":
            work().run_once()
    judge(queue, 6, tenant="others", label="boundary")
    work().run_once()


def digests(*numbers: int) -> list[str]:
    return sorted(make_entry(number).case_digest for number in numbers)


def learned(registry: Registry, version: str) -> list[str]:
    """Digests of the cases whose content a model was trained on."""
    return sorted(case_digest(case) for case in trained_on(registry, version))


@pytest.mark.usefixtures("three_trainings")
def test_a_model_can_be_taught_again_without_a_tenant(work: Work, registry: Registry, queue: CaseQueue) -> None:
    assert [learned(registry, v) for v in ("v2", "v3", "v4")] == [digests(1, 2), digests(3, 4, 5), digests(6)]
    judge(queue, 7, tenant="acme")
    report = work().run_without("acme")
    assert (report.outcome, report.version, report.trained, report.waiting) == ("published", "v5", 2, 1)
    manifest = registry.verify("v5")
    assert (registry.current(), manifest.parent) == ("v5", "v2"), "the last that had not learned from acme"
    assert learned(registry, "v5") == digests(5, 6)
    assert {case.label for case in trained_on(registry, "v5")} == {"gold", "boundary"}
    assert manifest.training["steps"] == 2 * 200, "as two trainings had"
    assert {lesson.decision_id for lesson in read_lessons(registry.package("v5"))} == {"decision-5", "decision-6"}

    assert work().run_without("acme").reason == "v5 learned nothing from acme"
    assert work().run_without("others").version == "v2", "nothing is left to teach after it"
    assert registry.current() == "v2"


def test_rulings_of_a_tenant_go_with_what_was_learned_from_it(work: Work, registry: Registry, queue: CaseQueue) -> None:
    for number, tenant in ((1, "acme"), (2, "others"), (3, "others")):
        queue.add(make_entry(number, tenant=tenant))
        violation = {"node_id": "b", "term": "scope", "energy": 3.0, "argument": "number"}
        verdict = {"label": "boundary", "reviewer": "ann", "violations": [violation]}
        queue.set_verdict(f"decision-{number}", Verdict.model_validate(verdict))
        if number != 2:
            work().run_once()
    assert [len(Rulings.read(registry.package(version))) for version in ("v2", "v3")] == [1, 3], (
        "what its parent learned counts too"
    )
    assert work().run_without("acme").version == "v4"
    assert len(Rulings.read(registry.package("v4"))) == 2
    assert registry.verify("v4").training["rulings"] == 2


@pytest.mark.parametrize(("term", "explained", "steps"), [("scope", 1, 0), ("flow", 0, 200)])
def test_the_network_learns_what_no_ruling_explains(
    term: str, explained: int, steps: int, work: Work, registry: Registry, queue: CaseQueue
) -> None:
    queue.add(make_entry(1))
    violation = {"node_id": "b", "term": term, "energy": 3.0, "argument": "number"}
    verdict = {"label": "boundary", "reviewer": "ann", "violations": [violation]}
    queue.set_verdict("decision-1", Verdict.model_validate(verdict))
    assert work().run_once().trained == 1
    training = registry.verify("v2").training
    assert (training["rulings"], training["explained"], training["steps"]) == (explained, explained, steps)


def test_what_learned_from_the_tenant_does_not_stand_beside_any_more(work: Work, registry: Registry, queue: CaseQueue) -> None:
    judge(queue, 1, tenant="acme")
    work(retrain_publish="shadow").run_once()
    report = work(retrain_publish="shadow").run_without("acme")
    assert (report.outcome, report.reason) == ("idle", "v1 learned nothing from acme")
    assert registry.beside() == Beside(shadow=None)


@pytest.mark.usefixtures("three_trainings")
def test_what_a_killed_unlearning_published_is_made_current_by_the_next(
    work: Work, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    with killed_at(monkeypatch, registry, "activate"):
        work().run_without("acme")
    assert (registry.versions()[-1].version, registry.current()) == ("v5", "v4")
    report = work().run_without("acme")
    assert (report.outcome, report.version, report.trained, registry.current()) == ("published", "v5", 2, "v5")
    assert [manifest.version for manifest in registry.versions()] == ["v1", "v2", "v3", "v4", "v5"], "nothing is left over"

    registry.activate("v4")
    assert work().run_without("acme").version == "v6", "what was rolled back stays so"


@pytest.mark.usefixtures("three_trainings")
def test_the_gate_may_refuse_a_model_without_a_tenant(work: Work, registry: Registry) -> None:
    def strict(_: Path, parent: Path) -> GateReport:
        return GateReport(worse=[f"worse than {parent.name}"])

    report = work(judging=strict).run_without("acme")
    assert (report.outcome, registry.current()) == ("rejected", "v4")
    assert report.reason.startswith("worse than v2")


@pytest.mark.usefixtures("three_trainings")
def test_an_erased_tenant_is_named_nowhere_and_still_unlearned(work: Work, registry: Registry, queue: CaseQueue) -> None:
    def named() -> set[str]:
        return {path.parent.name for path in registry.root.rglob("*") if path.is_file() and b"acme" in path.read_bytes()}

    assert named() == {"taught"}, "no package names a tenant"
    queue.erase(tenant="acme")
    assert queue.forgotten() == ["acme"]
    assert work().run_once().outcome == "idle"
    assert named() == set()
    assert not list(queue.client.scan_iter("gatling:forgotten"))
    assert work().run_without("acme").version == "v5"
    assert learned(registry, "v5") == digests(5, 6)


@pytest.mark.usefixtures("three_trainings")
def test_what_is_kept_beside_the_models_is_erased_with_age(work: Work, registry: Registry) -> None:
    work(queue_retention_s=3_600.0).run_once()
    assert len(list(taught(registry.root))) == 6
    work(queue_retention_s=-60.0).run_once()
    assert list(taught(registry.root)) == []
    assert work().run_without("nobody").version == "v1", "whose the cases were, nobody can tell"


def test_there_must_be_a_model_before_the_tenant(work: Work, queue: CaseQueue, registry: Registry) -> None:
    judge(queue, 1, tenant="acme")
    version = work().run_once().version
    shutil.rmtree(registry.package("v1"))
    assert version == "v2"
    with pytest.raises(RegistryError, match="no version v1"):
        work().run_without("acme")
    assert registry.current() == "v2"


def test_a_training_that_was_cut_off_goes_on_with_its_cases(work: Work, queue: CaseQueue, settings: Settings) -> None:
    folders: list[list[str]] = []

    def watched(*given: Any, work: Path, **more: Any) -> dict[str, Any]:
        folders.append(sorted(path.name for path in work.iterdir()))
        (work / "state.safetensors").touch()
        if len(folders) in (1, 3):
            raise SystemExit(0)
        return fine_tune(*given, **more)

    judge(queue, 1, 2)
    with pytest.raises(SystemExit):
        work(fine_tune=watched).run_once()
    judge(queue, 3)
    report = work(fine_tune=watched).run_once()
    assert (report.version, report.trained, report.waiting) == ("v2", 2, 1), "the newer verdict waits"
    assert not (settings.data_dir / "training").exists()

    with pytest.raises(SystemExit):
        work(fine_tune=watched).run_once()
    judge(queue, 3, label="boundary")
    assert work(fine_tune=watched).run_once().trained == 1
    new, begun = list[str](), ["state.safetensors"]
    assert folders == [new, begun, new, new], "another verdict is another training"


def test_what_is_refused_is_not_gone_on_with(work: Work, queue: CaseQueue, settings: Settings) -> None:
    judge(queue, 1)
    assert work(judging=lambda *_: GateReport(worse=["auc"])).run_once().outcome == "rejected"
    assert not (settings.data_dir / "training").exists()
    judge(queue, 2)
    assert work().run_once().trained == 2


def kill(moment: str, queue: CaseQueue, settings: Settings, publish: str = "current") -> None:
    """Let a worker die at that moment."""
    url = f"unix://{queue.client.valkey.socket}"  # type: ignore[attr-defined]
    command = [sys.executable, "-m", "tests.trainer.killed_worker", url, str(settings.data_dir), moment]
    variables = {**os.environ, "GATLING_RETRAIN_PUBLISH": publish}
    killed = subprocess.run(
        command, cwd=Path(__file__).parents[2], env=variables, timeout=60, check=False, stdout=subprocess.DEVNULL
    )
    assert killed.returncode == -signal.SIGKILL
    queue.client.pexpire(LEASE_KEY, 10)  # a short lease would be lost on a busy machine before the moment comes


def run_after_a_kill(worker: RetrainWorker) -> RetrainReport:
    deadline = time.monotonic() + 10
    while (report := worker.run_once()).outcome == "busy":  # until the lease of the dead runs out
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return report


@pytest.mark.e2e
@pytest.mark.parametrize("moment", MOMENTS)
def test_kill_9_at_any_moment_trains_every_case_once(
    moment: str, work: Work, queue: CaseQueue, registry: Registry, settings: Settings
) -> None:
    judge(queue, 1, 2, 3)
    kill(moment, queue, settings)
    run_after_a_kill(work())
    trained = [digest for manifest in registry.versions() for digest in manifest.trained_cases]
    assert sorted(trained) == digests(1, 2, 3), "every case once"
    assert registry.current() == registry.versions()[-1].version == "v2"
    assert (queue.stats().depth, queue.stats().dead) == (0, 0)
    assert not list(registry.root.glob(".staging-*"))


@pytest.mark.e2e
@pytest.mark.parametrize("moment", MOMENTS_BESIDE)
def test_kill_9_leaves_no_model_that_is_published_and_never_stood_beside(
    moment: str, work: Work, queue: CaseQueue, registry: Registry, settings: Settings
) -> None:
    judge(queue, 1, 2, 3)
    kill(moment, queue, settings, "shadow")
    stands = registry.beside().at("shadow")
    assert ([m.version for m in registry.versions()], stands) == (["v1", "v2"], None if moment == "publish" else "v2")
    run_after_a_kill(work(retrain_publish="shadow"))
    assert (registry.current(), registry.beside(), registry.trials()) == ("v1", Beside(shadow="v2"), ["v2"])
    assert [manifest.trained_cases for manifest in registry.versions()] == [[], digests(1, 2, 3)], "nothing is trained twice"
    assert (queue.stats().depth, queue.stats().dead) == (0, 0)


@pytest.mark.e2e
def test_a_case_that_was_taught_with_its_last_try_is_no_dead_letter(
    work: Work, queue: CaseQueue, registry: Registry, settings: Settings
) -> None:
    judge(queue, 1)
    for _ in range(2):
        queue.release(queue.take(1), failed=True)
    kill("publish", queue, settings, "shadow")
    assert run_after_a_kill(work(retrain_publish="shadow")).known == 1
    assert (queue.stats().depth, queue.dead(), registry.beside()) == (0, [], Beside(shadow="v2"))


@contextmanager
def stopped(moment: str, queue: CaseQueue, settings: Settings) -> Generator[subprocess.Popen[bytes]]:
    """A worker that stands still at that moment; its lease has run out."""
    url = f"unix://{queue.client.valkey.socket}"  # type: ignore[attr-defined]
    command = [sys.executable, "-m", "tests.trainer.killed_worker", url, str(settings.data_dir), moment]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as worker:
        try:
            assert os.WIFSTOPPED(os.waitpid(worker.pid, os.WUNTRACED)[1])
            queue.client.delete(LEASE_KEY)
            yield worker
        finally:
            worker.kill()


@pytest.mark.e2e
@pytest.mark.parametrize("moment", STOPS)
def test_who_is_stopped_past_its_lease_brings_nothing_back(
    moment: str, work: Work, queue: CaseQueue, registry: Registry, settings: Settings
) -> None:
    judge(queue, 1, tenant="acme")
    judge(queue, 2, tenant="others")
    with stopped(moment, queue, settings) as away, ThreadPoolExecutor(1) as other:
        queue.erase(tenant="acme")
        report = other.submit(work().run_once)
        wait([report], timeout=1)  # all it can do meanwhile; in the end it waits for the lock
        away.send_signal(signal.SIGCONT)
        _, said = away.communicate(timeout=300)
        outcome = report.result(timeout=300).outcome
    assert [case.tenant for case in taught(registry.root)] == ["others"]
    trained = [manifest.trained_cases for manifest in registry.versions() if manifest.trained_cases]
    acme, others = make_entry(1, tenant="acme").identity, make_entry(2, tenant="others").identity
    assert trained == [[others] if moment == "keep" else sorted([acme, others])], "published once"
    assert (registry.current(), queue.forgotten(), queue.stats().depth) == ("v2", [], 0)
    assert outcome == ("published" if moment == "keep" else "idle")
    assert b"the retrain lease was lost" in said


@pytest.mark.parametrize("label", ["gold", "boundary", "adversarial"])
def test_energies_of_a_verdict(entry: MakeEntry, label: str) -> None:
    case = entry(1).case
    predicted = Terms(hierarchy=3.0, provenance=0.0, scope=1.0, flow=0.0)
    verdict = Verdict.model_validate({"label": label, "reviewer": "ann"})
    made = training_case(case, predicted, verdict)
    assert made.label == label
    assert made.energy_labels is not None
    total = TARGETS[verdict.label]
    assert made.energy_labels.energy == pytest.approx(total)
    share = [0.25] * 4 if label == "gold" else [0.75, 0, 0.25, 0]
    assert made.energy_labels.as_tuple() == pytest.approx([total * part for part in share])


def test_energies_follow_the_violations_that_are_named(entry: MakeEntry) -> None:
    violations = [{"node_id": "b", "term": "flow", "energy": 6.0}, {"node_id": "b", "term": "scope", "energy": 2.0}]
    verdict = Verdict.model_validate({"label": "adversarial", "reviewer": "ann", "violations": violations})
    made = training_case(entry(1).case, Terms(hierarchy=9.0), verdict)
    assert made.energy_labels is not None
    energies = dict(zip(TERMS, made.energy_labels.as_tuple(), strict=True))
    assert energies == pytest.approx({"hierarchy": 0.0, "provenance": 0.0, "scope": 9.5 / 4, "flow": 9.5 * 3 / 4})
    assert [violation.node_id for violation in made.violations] == ["b", "b"]


def test_a_model_that_saw_nothing_spreads_evenly(entry: MakeEntry) -> None:
    made = training_case(entry(1).case, Terms(), Verdict(label="boundary", reviewer="ann"))
    assert made.energy_labels is not None
    assert made.energy_labels.as_tuple() == pytest.approx([3.5 / 4] * 4)


def test_judged_cases_teach_their_words(work: Work, queue: CaseQueue, registry: Registry, tmp_path: Path) -> None:
    staged = tmp_path / "with words"
    staged.mkdir()
    (staged / "energy.onnx").write_bytes(b"graph")
    Words(frozenset({7}), frozenset({8})).write(staged)
    registry.activate(registry.publish(staged, feature_version="1", parent="v1").version)
    judge(queue, 1)
    version = work().run_once().version
    assert version == "v3"
    words = Words.read(registry.package(version))
    assert words
    assert words.trained == {7, *text.word_ids("Ask before you send. mail.read mail.send number")}
    assert words.lexicon == {8}
