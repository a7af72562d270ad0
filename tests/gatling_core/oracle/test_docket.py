"""The oracle at the queue: each case once, with who and why, and never over a person."""

from __future__ import annotations

from typing import Any

import fakeredis
import pytest

from gatling_core.oracle import docket
from gatling_core.oracle.docket import judge_open
from gatling_core.queue import CaseQueue, QueueEntry
from gatling_core.schemas import Answer, Verdict
from tests.conftest import make_entry
from tests.gatling_core.oracle.test_judge import POLICY, call, case


@pytest.fixture
def queue() -> CaseQueue:
    """One over the line, one compliant, one in prose, one that a person has judged."""
    queue = CaseQueue(fakeredis.FakeRedis())
    over = call("money.transfer", amount=600, to="DE1")
    fine = call("records.query", table="customers", columns=["city"])
    queue.add(entry("over", POLICY, over, request="transfer money 600 DE1", role="clerk"))
    queue.add(entry("fine", POLICY, fine, request="city of customers"))
    queue.add(entry("prose", "Be careful.", fine, request="city of customers"))
    queue.add(entry("judged", POLICY, over, request="transfer money, 600 DE1", role="clerk"))
    queue.set_verdict("judged", Verdict(label="gold", reviewer="ada"))
    return queue


def entry(decision_id: str, policy: Any, made: dict[str, Any], **about: Any) -> QueueEntry:
    answer = {**make_entry(0).answer.model_dump(), "decision_id": decision_id}
    return QueueEntry.of(case(policy, made, **about), Answer.model_validate(answer))


def test_verdicts_say_who_and_why(queue: CaseQueue) -> None:
    said = judge_open(queue)
    assert (said["boundary"], said["gold"], said.total()) == (1, 1, 3)
    verdict = queue.get("over").verdict
    assert verdict
    assert (verdict.label, verdict.reviewer, verdict.source) == ("boundary", "oracle", "oracle")
    assert verdict.reason == "limits › money.transfer › amount › max: money.transfer (n0)"
    assert [(violation.node_id, violation.argument) for violation in verdict.violations] == [("n0", "amount")]
    assert verdict.time
    assert queue.get("prose").verdict is None
    judged = queue.get("judged").verdict
    assert judged
    assert judged.reviewer == "ada"


def test_what_it_looked_at_it_does_not_look_at_again(queue: CaseQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    judge_open(queue)
    assert judge_open(queue).total() == 0
    assert judge_open(queue, again=True).total() == 1, "the one in prose"
    queue.add(entry("new", "Be quick.", call("records.query"), request="q"))
    assert judge_open(queue).total() == 1
    monkeypatch.setattr(docket, "EDITION", "2")
    assert judge_open(queue).total() == 2
