from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from gatling_core.digest import case_digest
from gatling_core.errors import AlreadyJudged, InvalidInput, NotFound, QueueUnavailable
from gatling_core.lease import LEASE_KEY, Lease
from gatling_core.queue import ALIASES, CASES, DECISIONS, DIGEST, GROUP, JUDGED, OPINIONS, SHADOW, TRAINING, VERDICTS, CaseQueue
from gatling_core.schemas import ShadowScore, Verdict
from tests.conftest import MakeEntry

GOLD = Verdict(label="gold", reviewer="ann")
ATTACK = Verdict(label="adversarial", reviewer="bob")
SHADOWED = ShadowScore(version="v2", energy=7.5, decision="block")


@pytest.fixture
def queue(client: redis.Redis) -> CaseQueue:
    return CaseQueue(client)


def test_what_is_added_comes_back(queue: CaseQueue, entry: MakeEntry) -> None:
    added = entry(1, tenant="acme")
    assert queue.add(added)
    assert queue.get("decision-1").entry == added
    assert [case.entry for case in queue.cases()] == [added]


def test_an_entry_carries_no_outputs_and_no_labels_of_the_sender(entry: MakeEntry) -> None:
    assert "private letter" not in entry(1).model_dump_json()
    kept = entry(1, keep_outputs=True)
    assert kept.case.execution_plan.nodes[0].output == "a private letter"
    assert kept.case.label is None
    assert kept.case_digest == case_digest(kept.case) != entry(1).case_digest


def test_the_same_case_is_queued_once(queue: CaseQueue, entry: MakeEntry) -> None:
    first = queue.add(entry(1))
    assert queue.add(entry(1)) is None, "redelivered"
    assert queue.add(entry(1, decision_id="again")) is None, "scored again"
    assert queue.get("again").id == first
    assert queue.add_all([entry(2), entry(1), entry(2)])[1:] == [None, None]
    assert queue.stats().depth == 2


def test_many_scorings_of_one_case_do_not_fill_redis(queue: CaseQueue, entry: MakeEntry) -> None:
    for n in range(100):
        queue.add(entry(1, decision_id=f"d{n}"))
    assert queue.client.hlen(DECISIONS) == 8
    assert queue.get("d7").entry.decision_id == "d0"


def test_concurrent_writers_add_one(queue: CaseQueue, entry: MakeEntry) -> None:
    found: list[str | None] = []
    threads = [threading.Thread(target=lambda: found.extend(queue.add_all([entry(n) for n in range(20)]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([id_ for id_ in found if id_]) == queue.stats().depth == 20


def test_a_full_queue_refuses_and_loses_nothing(client: redis.Redis, entry: MakeEntry) -> None:
    queue = CaseQueue(client, max_cases=2)
    with pytest.raises(QueueUnavailable, match="full"):
        queue.add_all([entry(n) for n in range(3)])
    assert queue.stats().depth == 2
    with pytest.raises(QueueUnavailable, match="full"):
        queue.add(entry(2))
    assert queue.add(entry(0)) is None, "what is queued is known also when it is full"
    queue.set_verdict("decision-0", GOLD)
    queue.done(queue.take(10), "v2")
    assert queue.add(entry(2))


def test_pages_newest_first(queue: CaseQueue, entry: MakeEntry) -> None:
    queue.add_all([entry(n) for n in range(5)])
    queue.set_verdict("decision-3", GOLD)
    first = queue.cases(limit=2)
    assert [case.entry.decision_id for case in first] == ["decision-4", "decision-3"]
    assert first[1].verdict is not None
    assert [case.entry.decision_id for case in queue.cases(before=first[-1].id)] == ["decision-2", "decision-1", "decision-0"]


@pytest.mark.parametrize("before", ["", "-", "+", "$", "1", "1-0 COUNT", "9" * 30 + "-0", "١-0"])
def test_what_is_no_id_is_the_callers_error(queue: CaseQueue, before: str) -> None:
    for page in (queue.cases, queue.dead):
        with pytest.raises(InvalidInput, match="before"):
            page(before=before)
    with pytest.raises(NotFound):
        queue.revive(before)


def test_a_verdict_is_kept_with_its_time_and_may_be_replaced(queue: CaseQueue, entry: MakeEntry) -> None:
    queue.add(entry(1))
    kept = queue.set_verdict("decision-1", GOLD)
    assert kept.time is not None
    assert queue.get("decision-1").verdict == kept
    queue.set_verdict("decision-1", ATTACK)
    found = queue.get("decision-1").verdict
    assert found is not None
    assert (found.label, found.reviewer) == ("adversarial", "bob")
    assert queue.stats().judged == 1


def test_verdicts_that_cannot_be(queue: CaseQueue, entry: MakeEntry) -> None:
    with pytest.raises(NotFound):
        queue.set_verdict("decision-1", GOLD)
    queue.add(entry(1))
    elsewhere = Verdict.model_validate(
        {"label": "boundary", "reviewer": "ann", "violations": [{"node_id": "z", "term": "scope", "energy": 1}]}
    )
    with pytest.raises(InvalidInput, match=r"violations\.0\.node_id"):
        queue.set_verdict("decision-1", elsewhere)
    with pytest.raises(InvalidInput, match="gold"):
        queue.set_verdict("decision-1", elsewhere.model_copy(update={"label": "gold"}))
    assert queue.get("decision-1").verdict is None


def test_only_judged_cases_are_taken_and_the_rest_counts_no_try(queue: CaseQueue, entry: MakeEntry) -> None:
    queue.add_all([entry(n) for n in range(3)])
    for _ in range(10):
        assert queue.take(10) == []
    for n in (2, 0):
        queue.set_verdict(f"decision-{n}", GOLD.model_copy(update={"time": datetime(2026, 1, 3 - n, tzinfo=UTC)}))
    taken = queue.take(10)
    assert [case.entry.decision_id for case in taken] == ["decision-2", "decision-0"], "the oldest verdict first"
    assert [case.tries for case in taken] == [0, 0]


def test_entries_from_before_the_first_worker_are_taken(queue: CaseQueue, entry: MakeEntry) -> None:
    queue.add(entry(1))
    queue.set_verdict("decision-1", GOLD)
    assert not queue.client.xinfo_groups(CASES)
    assert len(queue.take(1)) == 1


def test_done_leaves_nothing_behind(queue: CaseQueue, entry: MakeEntry) -> None:
    queue.add(entry(1))
    queue.add(entry(1, decision_id="again"))
    queue.set_verdict("again", GOLD)
    cases = queue.take(1)
    assert len(cases) == 1
    for _ in range(2):  # the second time as after a crash
        queue.done(cases, "v2")
    assert queue.stats().depth == queue.stats().judged == 0
    assert queue.client.xpending(CASES, GROUP)["pending"] == 0
    for key in (ALIASES, DECISIONS, VERDICTS, JUDGED, TRAINING):
        assert not queue.client.exists(key), key
    assert queue.client.get(DIGEST + entry(1).case_digest) == b"v2"
    for call in (queue.get, lambda name: queue.set_verdict(name, GOLD)):
        with pytest.raises(NotFound):
            call("decision-1")


def test_a_trained_case_does_not_come_back_within_the_window(client: redis.Redis, entry: MakeEntry) -> None:
    queue = CaseQueue(client, dedup_ms=100_000)
    queue.add(entry(1))
    queue.set_verdict("decision-1", GOLD)
    queue.done(queue.take(1), "v2")
    assert queue.add(entry(1)) is None
    key = DIGEST + entry(1).case_digest
    assert 0 < client.pttl(key) <= 100_000
    client.delete(key)  # as if the window had passed
    assert queue.add(entry(1))


def test_tries_count_and_the_last_ends_among_the_dead(client: redis.Redis, entry: MakeEntry) -> None:
    queue = CaseQueue(client, max_deliveries=3)
    queue.add(entry(1))
    queue.set_verdict("decision-1", ATTACK)
    for tries in range(3):
        (case,) = queue.take(10)
        assert case.tries == tries
        queue.release([case], failed=False)
        (case,) = queue.take(10)
        assert case.tries == tries, "a try taken back does not count"
        if tries != 1:  # the second time the worker was killed: no release
            queue.release([case], failed=True)
    assert queue.take(10) == []
    (letter,) = queue.dead()
    assert letter.reason == "3 trainings in vain"
    assert letter.verdict is not None
    assert letter.verdict.label == "adversarial"
    assert json.loads(letter.entry)["decision_id"] == letter.decision_id == "decision-1"
    assert (queue.stats().depth, queue.stats().judged, queue.stats().dead) == (0, 0, 1)
    assert queue.add(entry(1)) is None, "a dead letter does not come back by itself"


def test_a_dead_letter_can_be_revived(client: redis.Redis, entry: MakeEntry) -> None:
    queue = CaseQueue(client)
    id_ = queue.add(entry(1))
    assert id_
    queue.set_verdict("decision-1", GOLD)
    queue.take(1)
    queue.bury(id_, "by hand")
    (letter,) = queue.dead()
    queue.revive(letter.id)
    with pytest.raises(NotFound):
        queue.revive(letter.id)
    (case,) = queue.take(10)
    assert (case.entry, case.tries) == (entry(1).model_copy(update={"time": case.entry.time}), 0)
    assert queue.stats().dead == 0


@pytest.mark.parametrize("judged", [True, False])
def test_an_entry_that_cannot_be_read_is_buried_with_the_reason(queue: CaseQueue, entry: MakeEntry, judged: bool) -> None:
    queue.add_all([entry(1), entry(2)])
    later: Any = queue.client.xadd(CASES, {"decision_id": "later", "digest": "x", "entry": '{"schema_version": 2}'})
    if judged:
        queue.client.zadd(JUDGED, {later: 1})
    queue.set_verdict("decision-1", GOLD)
    assert [case.entry.decision_id for case in queue.cases()] == ["decision-2", "decision-1"]
    assert [case.entry.decision_id for case in queue.take(10)] == ["decision-1"]
    (letter,) = queue.dead()
    assert "schema_version" in letter.reason
    assert letter.entry == '{"schema_version": 2}'


def test_no_tenant_takes_more_than_its_share(queue: CaseQueue, entry: MakeEntry) -> None:
    for n in range(6):
        queue.add(entry(n, tenant="loud" if n < 5 else "quiet"))
        queue.set_verdict(f"decision-{n}", GOLD)
    taken = queue.take(10, per_tenant=2)
    assert [case.entry.tenant for case in taken] == ["loud", "loud", "quiet"]
    assert queue.stats().judged == 6
    queue.done(taken, "v2")
    assert [case.tries for case in queue.take(10, per_tenant=10)] == [0, 0, 0], "waiting counts no try"


def test_take_stops_at_the_count(queue: CaseQueue, entry: MakeEntry) -> None:
    queue.add_all([entry(n) for n in range(300)])
    for n in range(300):
        queue.set_verdict(f"decision-{n}", GOLD)
    assert len(queue.take(7)) == 7
    assert len(queue.take(1_000)) == 300


def test_of_several_whose_tries_are_used_up_only_what_is_alone_is_buried(client: redis.Redis, entry: MakeEntry) -> None:
    queue = CaseQueue(client, max_deliveries=2)
    for n in range(9):
        queue.add(entry(n))
        queue.set_verdict(f"decision-{n}", GOLD)
    sizes = [len(queue.take(9)) for _ in range(5)]  # every worker dies
    assert sizes == [9, 9, 4, 2, 1], "once more the same, to go on with; then half"
    assert [case.entry.decision_id for case in queue.take(9)] == [f"decision-{n}" for n in range(1, 9)]
    assert [letter.decision_id for letter in queue.dead()] == ["decision-0"]


def test_a_verdict_cannot_change_while_its_case_is_trained(queue: CaseQueue, entry: MakeEntry) -> None:
    queue.add(entry(1))
    queue.set_verdict("decision-1", GOLD)
    with Lease(queue.client, 60_000):
        cases = queue.take(1)
        with pytest.raises(NotFound, match="being trained"):
            queue.set_verdict("decision-1", ATTACK)
        queue.release(cases, failed=True)
        queue.set_verdict("decision-1", ATTACK)
        queue.take(1)
    queue.set_verdict("decision-1", GOLD)  # the worker died: its lease is gone


def test_the_next_worker_locks_only_what_it_takes_itself(queue: CaseQueue, entry: MakeEntry) -> None:
    for n in range(2):
        queue.add(entry(n))
        queue.set_verdict(f"decision-{n}", GOLD)
    queue.take(2)  # and dies
    with Lease(queue.client, 60_000):
        assert [case.entry.decision_id for case in queue.take(1)] == ["decision-0"]
        queue.set_verdict("decision-1", ATTACK)
        with pytest.raises(NotFound, match="being trained"):
            queue.set_verdict("decision-0", ATTACK)


def test_unjudged_cases_by_age(queue: CaseQueue, entry: MakeEntry) -> None:
    queue.add_all([entry(n) for n in range(200)])
    queue.set_verdict("decision-7", GOLD)
    assert list(queue.unjudged(older_than_s=60)) == []
    names = [case.entry.decision_id for case in queue.unjudged(older_than_s=-60)]
    assert names == [f"decision-{n}" for n in range(200) if n != 7]


def test_stats_of_an_empty_queue_and_age(queue: CaseQueue, entry: MakeEntry) -> None:
    assert queue.stats().model_dump() == {"depth": 0, "judged": 0, "dead": 0, "oldest_s": 0.0}
    seconds, _ = queue.client.time()
    queue.client.xadd(CASES, {"entry": "{}"}, id=f"{(seconds - 90) * 1_000}-0")
    assert 89 <= queue.stats().oldest_s <= 93


def test_without_redis_every_call_says_so(entry: MakeEntry) -> None:
    queue = CaseQueue(redis.Redis(unix_socket_path="/nowhere/redis.sock", retry=Retry(NoBackoff(), 0)))
    calls = [
        lambda: queue.add(entry(1)),
        queue.cases,
        lambda: queue.get("x"),
        lambda: queue.set_verdict("x", GOLD),
        lambda: queue.take(1),
        lambda: list(queue.unjudged(1)),
        lambda: queue.bury("1-0", "x"),
        lambda: queue.note_shadow({"x": SHADOWED}),
        queue.dead,
        queue.stats,
    ]
    for call in calls:
        with pytest.raises(QueueUnavailable):
            call()


def test_a_redis_without_memory_refuses_cases_but_lets_trained_ones_go(client: redis.Redis, entry: MakeEntry) -> None:
    queue = CaseQueue(client)
    queue.add(entry(1))
    queue.set_verdict("decision-1", GOLD)
    cases = queue.take(1)
    limit: Any = client.config_get("maxmemory")["maxmemory"]
    client.config_set("maxmemory", 1)
    try:
        with pytest.raises(QueueUnavailable, match="maxmemory"):
            queue.add(entry(2))
        queue.done(cases, "v2")
    finally:
        client.config_set("maxmemory", limit)
    assert queue.stats().depth == 0
    assert queue.add(entry(1)) is None


def test_one_lease_at_a_time(client: redis.Redis) -> None:
    with Lease(client, 60_000) as first:
        assert first.held
        with Lease(client, 60_000) as second:
            assert not second.held
        first.check()
        assert client.exists(LEASE_KEY), "who does not hold it does not release it"
        assert 0 < client.pttl(LEASE_KEY) <= 60_000
    assert not client.exists(LEASE_KEY)


def test_a_lost_lease_is_noticed_and_left_alone(client: redis.Redis) -> None:
    with Lease(client, 60_000) as lost:
        client.set(LEASE_KEY, "somebody else")
        with pytest.raises(QueueUnavailable, match="lost"):
            lost.check()
    assert client.get(LEASE_KEY) == b"somebody else"


def test_a_lease_renews_itself(client: redis.Redis) -> None:
    with Lease(client, 300) as lease:
        client.pexpire(LEASE_KEY, 60_000)
        renewed = threading.Event()
        for _ in range(200):  # polls with a deadline: the thread renews every 100 ms
            if client.pttl(LEASE_KEY) <= 300:
                renewed.set()
                break
            renewed.wait(0.01)
        assert renewed.is_set()
        lease.check()


@pytest.mark.parametrize(
    "act",
    [
        lambda queue, cases: queue.take(1),
        lambda queue, cases: queue.release(cases, failed=False),
        lambda queue, cases: queue.done(cases, "v2"),
        lambda queue, cases: queue.bury(cases[0].id, "test"),
        lambda queue, cases: queue.erase(older_than_s=-60),
        lambda queue, cases: queue.erase(tenant="nobody"),
        lambda queue, cases: queue.forgotten_everywhere("acme"),
        lambda queue, cases: queue.record_run("{}"),
    ],
)
def test_who_lost_the_lease_changes_nothing(client: redis.Redis, entry: MakeEntry, act: Callable[..., object]) -> None:
    queue = CaseQueue(client)
    queue.erase(tenant="acme")
    queue.add_all([entry(1), entry(2)])
    queue.set_verdict("decision-1", GOLD)
    with Lease(client, 60_000) as lease:
        held = queue.under(lease)
        cases = held.take(1)
        queue.add(entry(3))
        client.set(LEASE_KEY, "somebody else")
        before = {key: client.dump(key) for key in client.scan_iter()}
        with pytest.raises(QueueUnavailable, match="lost"):
            act(held, cases)
        assert {key: client.dump(key) for key in client.scan_iter()} == before
        client.set(LEASE_KEY, lease.token)
        act(held, cases)


def said(label: str, reviewer: str, **more: Any) -> Verdict:
    return Verdict.model_validate({"label": label, "reviewer": reviewer, **more})


def test_a_case_counts_as_judged_when_enough_reviewers_agree(client: redis.Redis, entry: MakeEntry) -> None:
    queue = CaseQueue(client, agreement=2)
    queue.add(entry(1))
    queue.set_verdict("decision-1", said("gold", "ann"))
    queue.set_verdict("decision-1", said("gold", " ANN "))
    assert (queue.get("decision-1").verdict, len(queue.get("decision-1").opinions)) == (None, 1), "one person, however spelt"
    assert queue.take(10) == []
    queue.set_verdict("decision-1", said("adversarial", "bob"))
    assert queue.get("decision-1").verdict is None, "they differ"
    queue.set_verdict("decision-1", said("adversarial", "cyd", reason="sends it out"))
    case = queue.get("decision-1")
    assert case.verdict
    assert (case.verdict.label, case.verdict.reviewer, case.verdict.reason) == ("adversarial", "cyd", "sends it out")
    assert sorted(opinion.reviewer for opinion in case.opinions) == [" ANN ", "bob", "cyd"]
    queue.set_verdict("decision-1", said("gold", "bob"))
    assert queue.get("decision-1").verdict, "two say gold now"
    queue.set_verdict("decision-1", said("boundary", "bob"))
    assert queue.take(10) == [], "who takes back takes the agreement back"


def test_the_oracle_needs_no_second_and_what_was_said_leaves_with_the_case(client: redis.Redis, entry: MakeEntry) -> None:
    queue = CaseQueue(client, agreement=2)
    queue.add_all([entry(1), entry(2)])
    queue.set_verdict("decision-1", said("gold", "rules", source="oracle"))
    assert queue.get("decision-1").verdict
    queue.set_verdict("decision-2", said("gold", "ann"))
    queue.bury(queue.get("decision-2").id, "test")
    assert client.hlen(OPINIONS) == 0


def test_runs_are_kept_newest_first_and_a_running_one_is_seen(queue: CaseQueue, entry: MakeEntry) -> None:
    for report in ("first", "second"):
        queue.record_run(report)
    assert [report for _, report in queue.runs()] == ["second", "first"]
    assert queue.runs(1)[0][0] <= datetime.now(UTC)
    assert queue.training() is None
    queue.add(entry(1))
    queue.set_verdict("decision-1", GOLD)
    with Lease(queue.client, 10_000):
        queue.take(5)
        assert queue.training() == 1
    assert queue.training() is None


def test_two_tenants_equal_cases_are_two(queue: CaseQueue, entry: MakeEntry) -> None:
    assert queue.add(entry(1, tenant="acme"))
    assert queue.add(entry(1, tenant="rival", decision_id="theirs"))
    assert queue.add(entry(1, tenant="acme", decision_id="again")) is None
    queue.set_verdict("again", said("gold", "ann"))
    assert queue.get("decision-1").verdict
    assert queue.get("theirs").verdict is None
    assert entry(1, tenant="acme").identity != entry(1, tenant="rival").identity != entry(1).identity


def test_erasing_a_tenant_leaves_nothing_of_it_and_all_of_others(client: redis.Redis, entry: MakeEntry) -> None:
    queue = CaseQueue(client, agreement=2)
    others = [entry(n, tenant=tenant, decision_id=f"{tenant}-{n}") for n in range(70) for tenant in ("", "rival")]
    queue.add_all([*others[:70], *(entry(n, tenant="acme") for n in range(150)), *others[70:]])
    queue.set_verdict("decision-1", said("gold", "ann"))
    queue.set_verdict("decision-2", said("gold", "rules", source="oracle"))
    for number in (3, 4):
        queue.set_verdict(f"decision-{number}", said("gold", "rules", source="oracle"))
        queue.take(1)
        queue.bury(queue.get(f"decision-{number}").id, "test")
    queue.set_verdict("rival-5", said("gold", "rules", source="oracle"))
    queue.note_shadow({case.identity: SHADOWED for case in (entry(7, tenant="acme"), entry(7, tenant="rival"))})
    erased = queue.erase(tenant="acme")
    assert (erased.cases, erased.dead) == (148, 2)
    assert queue.erase(tenant="acme") == erased.model_copy(update={"cases": 0, "dead": 0})
    assert queue.stats().depth == 140
    assert queue.get("rival-5").verdict
    assert (client.hlen(VERDICTS), client.hlen(OPINIONS), client.zcard(JUDGED)) == (1, 0, 1)
    assert (client.hlen(DECISIONS), client.hlen(ALIASES)) == (140, 140)
    assert len(client.keys(DIGEST + "*")) == 140  # pyright: ignore[reportArgumentType]
    assert client.keys(SHADOW + "*") == [(SHADOW + entry(7, tenant="rival").identity).encode()]
    assert queue.add(entry(3, tenant="acme")), "as if it had never been here"
    assert [case.entry.decision_id for case in queue.take(10)] == ["rival-5"]


def test_what_the_shadow_makes_of_a_case_stands_beside_it(client: redis.Redis, entry: MakeEntry) -> None:
    queue = CaseQueue(client, dedup_ms=100_000)
    queue.add(entry(1, tenant="acme"))
    queue.note_shadow({entry(n, tenant="acme").identity: SHADOWED for n in (1, 2)})
    queue.add_all([entry(2, tenant="acme"), entry(1, tenant="rival", decision_id="theirs")])
    found = {"decision-1": SHADOWED, "decision-2": SHADOWED, "theirs": None}
    assert {glance.decision_id: glance.shadow for glance in queue.glances()} == found, "the shadow may be faster than the spool"
    assert {case.entry.decision_id: case.shadow for case in queue.cases()} == found
    later = SHADOWED.model_copy(update={"version": "v3"})
    queue.note_shadow({entry(1, tenant="acme").identity: later})
    assert queue.get("decision-1").shadow == later
    assert 0 < client.pttl(SHADOW + entry(1, tenant="acme").identity) <= 100_000


@pytest.mark.parametrize("bury", [True, False])
def test_what_the_shadow_made_leaves_with_the_case(client: redis.Redis, entry: MakeEntry, bury: bool) -> None:
    queue, score = CaseQueue(client), {entry(1).identity: SHADOWED}
    queue.add(entry(1))
    queue.note_shadow(score)
    if bury:
        queue.bury(queue.get("decision-1").id, "test")
    else:
        queue.done([queue.get("decision-1")], "v2")
    assert not client.exists(SHADOW + entry(1).identity)
    queue.note_shadow(score)
    assert not client.exists(SHADOW + entry(1).identity), "scored again, it is not queued again"


def test_erasing_by_age(queue: CaseQueue, entry: MakeEntry) -> None:
    queue.add_all([entry(1), entry(2, tenant="acme")])
    assert queue.erase(older_than_s=3_600).cases == 0
    assert queue.erase(older_than_s=-60).cases == 2
    assert queue.stats().depth == 0


def test_an_old_dead_letter_is_erased_without_its_newer_case(client: redis.Redis, entry: MakeEntry) -> None:
    queue = CaseQueue(client, dedup_ms=60_000)
    queue.add(entry(1))
    queue.bury(queue.get("decision-1").id, "test")
    client.delete(DIGEST + entry(1).identity)  # the window is over
    queue.add(entry(1))
    assert queue._erased("gatling:dead", None, "+") == 1  # pyright: ignore[reportPrivateUsage]
    assert queue.add(entry(1)) is None, "it is still known to be open"


def test_the_oracle_never_speaks_over_a_person(client: redis.Redis, entry: MakeEntry) -> None:
    queue = CaseQueue(client, agreement=2)
    queue.add_all([entry(1), entry(2)])
    queue.set_verdict("decision-1", said("gold", "ann"))
    queue.set_verdict("decision-2", said("gold", "rules", source="oracle"))
    for number in (1, 2):
        with pytest.raises(AlreadyJudged):
            queue.set_verdict(f"decision-{number}", said("adversarial", "rules", source="oracle"))
    assert queue.get("decision-1").verdict is None
    queue.set_verdict("decision-2", said("boundary", "ann"))
    queue.set_verdict("decision-2", said("boundary", "bob"))
    verdict = queue.get("decision-2").verdict
    assert verdict, "people may overrule the oracle"
    assert verdict.label == "boundary"


def test_a_verdict_that_is_taken_back_while_cases_are_taken_breaks_no_training(
    client: redis.Redis, entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = CaseQueue(client, agreement=2)
    for n in (1, 2):
        queue.add(entry(n))
        for name in ("ann", "bob"):
            queue.set_verdict(f"decision-{n}", Verdict(label="gold", reviewer=name))
    payloads = queue._payloads

    def meanwhile(ids: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
        queue.set_verdict("decision-1", Verdict(label="boundary", reviewer="ann"))
        return payloads(ids)

    monkeypatch.setattr(queue, "_payloads", meanwhile)
    assert [case.entry.decision_id for case in queue.take(2)] == ["decision-2"]
    queue.set_verdict("decision-1", Verdict(label="boundary", reviewer="bob"))
    assert [(case.entry.decision_id, case.tries) for case in queue.take(2)][1] == ("decision-1", 0), "it was not taken before"


def test_a_reviewer_without_a_name_is_no_reviewer(client: redis.Redis, entry: MakeEntry) -> None:
    """Nor the oracle, which needs no second."""
    queue = CaseQueue(client, agreement=2)
    queue.add(entry(1))
    with pytest.raises(InvalidInput, match="reviewer"):
        queue.set_verdict("decision-1", Verdict(label="gold", reviewer=" "))
    assert queue.get("decision-1").verdict is None


def test_a_verdict_that_cannot_be_read_is_buried_with_its_case(queue: CaseQueue, entry: MakeEntry) -> None:
    for n in (1, 2):
        queue.add(entry(n))
        queue.set_verdict(f"decision-{n}", GOLD)
    queue.client.hset(VERDICTS, queue.get("decision-1").id, '{"label": "of a later version"}')
    assert [case.entry.decision_id for case in queue.take(10)] == ["decision-2"]
    (letter,) = queue.dead()
    assert (letter.decision_id, letter.verdict) == ("decision-1", None)
    assert "verdict cannot be read: label" in letter.reason


def test_bytes_that_are_no_text_are_a_dead_letter_like_others(queue: CaseQueue) -> None:
    queue.client.xadd(CASES, {"decision_id": "x", "digest": "x", "entry": b"\xff\xfe"})
    queue.take(1)
    (letter,) = queue.dead()
    assert (letter.decision_id, letter.entry) == ("x", "\ufffd\ufffd")


def test_a_tenant_is_erased_whatever_else_is_in_the_queue(queue: CaseQueue, entry: MakeEntry) -> None:
    queue.client.xadd(CASES, {"decision_id": "deep", "digest": "deep", "entry": "[" * 100_000})
    queue.add(entry(1, tenant="acme"))
    assert queue.erase(tenant="acme").cases == 1
