"""Models beside the one that serves: a shadow is measured and never heard, a canary answers for its tenants alone."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

import fakeredis
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from gatling_core.bands import Bands
from gatling_core.beside import Canary
from gatling_core.queue import CaseQueue
from gatling_core.registry import Registry
from gatling_core.schemas import Case, ShadowScore
from gatling_core.settings import AlarmRules
from server.alarm import Alarm
from server.metrics import Metrics
from server.shadow import MAX_WAITING, Shadow
from tests.faults.test_swaps import load, published
from tests.server.conftest import Client, DummyModel, Start, case_of


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """v1 is current; version n adds n to each energy."""
    return published(tmp_path)


async def answered_by(client: Client, tenant: str) -> str:
    response = await client.post("/score", json=case_of(0.25), headers={"Gatling-Tenant": tenant})
    assert response.status_code == 200
    answer = response.json()
    assert answer["energy"] - 0.25 == float(answer["model"]["version"][1:])
    return answer["model"]["version"]


async def test_a_canary_answers_for_its_share_of_the_tenants(start: Start, registry: Registry) -> None:
    canary = Canary(version="v2", share=0.3)
    tenants = [f"tenant-{i}" for i in range(200)]
    async with start(model=None, load=load, registry=registry.root, canary=canary) as client:
        found = await asyncio.gather(*(answered_by(client, tenant) for tenant in tenants))
        assert await asyncio.gather(*(answered_by(client, tenant) for tenant in tenants)) == found, "always the same ones"
    assert [version == "v2" for version in found] == [canary.takes(tenant) for tenant in tenants]
    assert 0.2 < found.count("v2") / len(tenants) < 0.4


async def test_a_broken_canary_is_reported_and_its_tenants_get_the_current_model(start: Start, registry: Registry) -> None:
    (registry.root / "v2" / "energy.onnx").write_text("cut")
    async with start(model=None, load=load, registry=registry.root, canary=Canary(version="v2", share=1)) as client:
        assert await answered_by(client, "anybody") == "v1"
        assert (await client.get("/readyz")).json()["refused"]["version"] == "v2"


async def test_a_shadow_is_measured_and_does_not_answer(start: Start, registry: Registry) -> None:
    async with start(model=None, load=load, registry=registry.root, shadow="v3") as client:
        assert [await answered_by(client, "a") for _ in range(5)] == ["v1"] * 5
        async with asyncio.timeout(10):
            text = ""
            while "gatling_shadow_energy_difference_count 5.0" not in text:
                text = (await client.get("/metrics")).text
    assert 'gatling_shadow_decisions_total{answered="allow",shadow="review"} 5.0' in text
    assert "gatling_shadow_energy_difference_sum 10.0" in text
    assert "gatling_decisions_total" in text
    assert 'decision="review"' not in text


async def test_what_the_shadow_makes_of_a_queued_case_stands_in_the_queue(start: Start, registry: Registry) -> None:
    async with start(model=None, load=load, registry=registry.root, shadow="v3") as client:
        for energy in (1.5, 2.5, 0.1):  # v1 adds one to each, v3 three; the last one is not queued
            await client.post("/score", json=case_of(energy), headers={"Gatling-Tenant": "acme"})
        await client.flush()
        async with asyncio.timeout(10):
            shadows: list[ShadowScore | None] = [None]
            while None in shadows:
                shadows = [glance.shadow for glance in await asyncio.to_thread(list, client.service.queue.glances())]
        assert shadows == [
            ShadowScore(version="v3", energy=5.5, decision="review"),
            ShadowScore(version="v3", energy=4.5, decision="review"),
        ]


async def test_a_broken_shadow_is_reported_and_missed_by_nobody(start: Start, registry: Registry) -> None:
    async with start(model=None, load=load, registry=registry.root, shadow="v9") as client:
        assert await answered_by(client, "a") == "v1"
        assert (await client.get("/readyz")).json()["refused"]["version"] == "v9"


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def shadow(metrics: Metrics) -> Iterator[Shadow]:
    yield from started(metrics, CaseQueue(fakeredis.FakeRedis()))


@pytest.fixture
def cut_off(metrics: Metrics) -> Iterator[Shadow]:
    """A shadow that does not reach Redis."""
    yield from started(metrics, CaseQueue(redis.Redis(unix_socket_path="/nowhere/redis.sock", retry=Retry(NoBackoff(), 0))))


def started(metrics: Metrics, queue: CaseQueue) -> Iterator[Shadow]:
    shadow = Shadow(metrics, Alarm(AlarmRules()), queue)
    shadow.start()
    yield shadow
    shadow.stop()


def test_a_slow_shadow_skips_and_never_holds_up(shadow: Shadow, metrics: Metrics) -> None:
    model = DummyModel()
    model.go.clear()
    shadow.swap(model)
    case = Case.model_validate(case_of())
    (score,) = DummyModel().score([case])
    shadow.offer(case, score, Bands())
    model.begun.acquire()
    for _ in range(MAX_WAITING + 7):
        shadow.offer(case, score, Bands())
    assert metrics.registry.get_sample_value("gatling_shadow_skipped_total") == 7
    shadow.swap(None)
    shadow.offer(case, score, Bands())
    model.go.set()
    assert metrics.registry.get_sample_value("gatling_shadow_skipped_total") == 7, "without a model nothing is missed"


def test_a_shadow_that_fails_is_counted(shadow: Shadow, metrics: Metrics) -> None:
    shadow.swap(DummyModel())
    (score,) = DummyModel().score([Case.model_validate(case_of())])
    shadow.offer(Case.model_validate(case_of(execution_plan={"nodes": [{"tool_name": "fail"}]})), score, Bands())
    while metrics.registry.get_sample_value("gatling_shadow_failures_total") == 0:
        pass


def test_without_redis_a_shadow_goes_on_comparing(cut_off: Shadow, metrics: Metrics) -> None:
    cut_off.swap(DummyModel("v2"))
    case = Case.model_validate(case_of(3.0))
    (score,) = DummyModel().score([case])
    for number in range(20):
        cut_off.offer(case, score, Bands(), f"identity-{number}")
    while metrics.registry.get_sample_value("gatling_shadow_energy_difference_count") != 20:
        pass
    cut_off.stop()
    assert metrics.registry.get_sample_value("gatling_shadow_unnoted_total") == 20
    assert metrics.registry.get_sample_value("gatling_shadow_failures_total") == 0


def test_a_shadow_that_ended_is_held_by_nobody(shadow: Shadow, metrics: Metrics) -> None:
    model = DummyModel("v2")
    held = weakref.ref(model)
    shadow.swap(model)
    case = Case.model_validate(case_of())
    (score,) = DummyModel().score([case])
    shadow.offer(case, score, Bands())
    while metrics.registry.get_sample_value("gatling_shadow_energy_difference_count") == 0:
        pass
    shadow.swap(None)
    del model
    deadline = time.monotonic() + 10
    while held() is not None:
        assert time.monotonic() < deadline
