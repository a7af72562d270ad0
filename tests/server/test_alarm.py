"""Roll-back by alarm: a new model that blocks, fails or disagrees too much goes, with a record of why; all others stay."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gatling_core.errors import RegistryError
from gatling_core.registry import Registry
from gatling_core.settings import AlarmRules
from server.alarm import Alarm
from tests.faults.test_swaps import load, published_with_worse
from tests.server.conftest import Client, Start, case_of

RULES = AlarmRules(min_decisions=10)


class Clock:
    """Time that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def alarm(clock: Clock) -> Alarm:
    """v2 has taken over from v1, which blocked one case in ten."""
    alarm = Alarm(RULES, clock)
    alarm.serves("v1")
    decide(alarm, "v1", blocked=2, allowed=18)
    alarm.serves("v2")
    return alarm


def decide(alarm: Alarm, version: str, *, blocked: int = 0, allowed: int = 0) -> None:
    for _ in range(blocked):
        alarm.decided(version, blocked=True)
    for _ in range(allowed):
        alarm.decided(version, blocked=False)


def test_a_model_that_blocks_far_more_than_the_one_before(alarm: Alarm) -> None:
    decide(alarm, "v2", blocked=4, allowed=6)
    assert alarm.reason("v2") is None, "0.4 is not more than 0.1 + 0.3"
    decide(alarm, "v2", blocked=1)
    assert alarm.reason("v2") == "blocks 5 of 11 cases, the model before 10%"
    assert alarm.reason("v1") is None


def test_a_model_that_fails(alarm: Alarm) -> None:
    decide(alarm, "v2", allowed=20)
    alarm.failed()
    assert alarm.reason("v2") is None
    alarm.failed()
    assert alarm.reason("v2") == "2 of 22 cases got no score"


def test_a_model_that_the_shadow_contradicts(alarm: Alarm) -> None:
    for k in range(10):
        alarm.compared("v1", "allow", "block" if k < 4 else "allow")
    assert alarm.reason("v2") == "shadow and current model decide 4 of 10 cases differently"


def test_a_few_cases_say_nothing(alarm: Alarm) -> None:
    decide(alarm, "v2", blocked=9)
    assert alarm.reason("v2") is None


def test_cases_of_a_canary_do_not_count(alarm: Alarm) -> None:
    decide(alarm, "v3", blocked=100)
    assert alarm.reason("v2") is None


def test_a_canary_is_measured_by_the_current_model_of_the_same_time(alarm: Alarm) -> None:
    alarm.stands("canary", "v3")
    decide(alarm, "v2", blocked=3, allowed=7)
    decide(alarm, "v3", blocked=6, allowed=4)
    assert (alarm.reason_beside("canary", "v3"), alarm.reason("v2")) == (None, None)
    decide(alarm, "v3", blocked=1)
    assert alarm.reason_beside("canary", "v3") == "blocks 7 of 11 cases, the current model 30%"
    assert alarm.reason("v2") is None, "each has its own counts"
    alarm.stands("canary", "v4")
    assert alarm.reason_beside("canary", "v3") is alarm.reason_beside("canary", "v4") is None


def test_a_canary_that_fails(alarm: Alarm) -> None:
    alarm.stands("canary", "v3")
    decide(alarm, "v2", allowed=10)
    decide(alarm, "v3", allowed=9)
    alarm.failed(canary=True)
    assert alarm.reason_beside("canary", "v3") == "1 of 10 cases got no score"
    assert alarm.reason("v2") is None


def test_the_newer_of_shadow_and_current_model_is_to_blame(alarm: Alarm) -> None:
    alarm.stands("shadow", "v3")
    for k in range(10):
        alarm.compared("v3", "allow", "review" if k < 4 else "allow")
    assert alarm.reason("v2") is None
    assert alarm.reason_beside("shadow", "v3") == "shadow and current model decide 4 of 10 cases differently"


def test_a_shadow_that_blocks_or_fails(alarm: Alarm) -> None:
    alarm.stands("shadow", "v3")
    for _ in range(10):
        alarm.compared("v3", "block", "block")
    assert alarm.reason_beside("shadow", "v3") is None, "the current model blocks them too"
    for _ in range(10):
        alarm.compared("v3", "review", "block")
    assert alarm.reason_beside("shadow", "v3") == "blocks 20 of 20 cases, the current model 50%"
    alarm.stands("shadow", "v4")
    for _ in range(10):
        alarm.compared("v3", "review", "block")  # on its way when it was replaced
        alarm.shadow_failed("v4")
    assert alarm.reason_beside("shadow", "v4") == "10 of 10 cases got no score"


def test_who_stands_beside_is_measured_anew_by_another_current_model(alarm: Alarm) -> None:
    alarm.stands("shadow", "v5")
    for _ in range(10):
        alarm.compared("v5", "allow", "block")
    alarm.serves("v3")
    assert alarm.reason_beside("shadow", "v5") is None


def test_who_has_proven_itself(alarm: Alarm, clock: Clock) -> None:
    alarm.stands("canary", "v3")
    clock.now += 60
    decide(alarm, "v3", allowed=9)
    assert not alarm.has_proven("canary", "v3", 60), "nine cases say nothing"
    decide(alarm, "v3", allowed=1)
    assert alarm.has_proven("canary", "v3", 60)
    assert not alarm.has_proven("canary", "v3", 61)
    assert not alarm.has_proven("canary", "v3", None)
    assert not alarm.has_proven("canary", "v4", 60)
    assert not alarm.has_proven("shadow", "v3", 60)
    decide(alarm, "v3", blocked=5)
    assert not alarm.has_proven("canary", "v3", 60), "it blocks a third"
    alarm.serves("v4")
    decide(alarm, "v3", allowed=10)
    assert not alarm.has_proven("canary", "v3", 0), "it is older than the current one"


def test_without_probation_nobody_is_taken_off(clock: Clock) -> None:
    alarm = Alarm(AlarmRules(probation_s=0, min_decisions=10), clock)
    alarm.serves("v1")
    alarm.stands("canary", "v2")
    decide(alarm, "v2", blocked=100)
    assert alarm.reason_beside("canary", "v2") is None


def test_what_is_longer_ago_than_the_window_is_forgotten(alarm: Alarm, clock: Clock) -> None:
    decide(alarm, "v2", blocked=9)
    clock.now += RULES.window_s + 1
    decide(alarm, "v2", blocked=9)
    assert alarm.reason("v2") is None
    decide(alarm, "v2", blocked=1)
    assert alarm.reason("v2") is not None


def test_after_the_probation_an_operator_decides(alarm: Alarm, clock: Clock) -> None:
    clock.now += RULES.probation_s + 1
    decide(alarm, "v2", blocked=100)
    assert alarm.reason("v2") is None


@pytest.mark.parametrize("before", ["", "v3"], ids=["the first model", "rolled back to"])
def test_only_a_model_that_took_over_from_an_older_one_is_watched(clock: Clock, before: str) -> None:
    alarm = Alarm(RULES, clock)
    if before:
        alarm.serves(before)
    alarm.serves("v2")
    decide(alarm, "v2", blocked=100)
    assert alarm.reason("v2") is None


async def score(client: Client, count: int) -> list[Any]:
    responses = [await client.post("/score", json=case_of(0.25)) for _ in range(count)]
    return [response.json() for response in responses]


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return published_with_worse(tmp_path)


async def test_a_model_that_blocks_everything_is_rolled_back_and_it_is_recorded_why(start: Start, registry: Registry) -> None:
    async with start(model=None, load=load, registry=registry.root, alarm=RULES) as client:
        await score(client, 10)
        registry.activate("v6")
        await client.service.reloader.follow()
        assert {answer["decision"] for answer in await score(client, 10)} == {"block"}
        await client.service.reloader.follow()
        assert {answer["model"]["version"] for answer in await score(client, 20)} == {"v1"}
        await client.service.reloader.follow()
        metrics = (await client.get("/metrics")).text
        page = (await client.get("/console/models", headers={"host": "localhost"})).text
    assert (registry.current(), registry.activations()) == ("v1", ["v1", "v6", "v1"])
    [back] = registry.roll_backs()
    assert (back.version, back.to, back.reason) == ("v6", "v1", "blocks 10 of 10 cases, the model before 0%")
    assert "gatling_model_roll_backs_total 1.0" in metrics
    assert "v6 was rolled back to v1" in page


async def test_a_model_that_contradicts_its_shadow_is_rolled_back(start: Start, registry: Registry) -> None:
    async with start(model=None, load=load, registry=registry.root, alarm=RULES, shadow="v1") as client:
        registry.activate("v3")
        await client.service.reloader.follow()
        await score(client, 10)
        async with asyncio.timeout(10):
            while registry.current() == "v3":
                await client.service.reloader.follow()
    assert registry.roll_backs()[-1].reason == "shadow and current model decide 10 of 10 cases differently"


async def test_without_probation_nothing_is_rolled_back(start: Start, registry: Registry) -> None:
    async with start(model=None, load=load, registry=registry.root, alarm=AlarmRules(probation_s=0, min_decisions=10)) as client:
        registry.activate("v6")
        await client.service.reloader.follow()
        await score(client, 20)
        await client.service.reloader.follow()
    assert (registry.current(), registry.roll_backs()) == ("v6", [])


def test_who_was_slower_rolls_nothing_back(registry: Registry) -> None:
    registry.activate("v6")
    assert registry.roll_back("first", only="v6") == "v1"
    with pytest.raises(RegistryError, match="v6 is no longer current"):
        registry.roll_back("second", only="v6")
    assert registry.current() == "v1"
