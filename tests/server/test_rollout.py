"""Several servers of one registry: each step is taken once, and one that cannot write does not try all the time."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatling_core.beside import Beside, Canary
from gatling_core.errors import RegistryError
from gatling_core.registry import Registry
from gatling_core.settings import AlarmRules, RolloutRules
from server.alarm import Alarm
from server.metrics import Metrics
from server.rollout import RETRY_S, Rollout
from tests.faults.test_swaps import published
from tests.server.test_alarm import Clock, decide

RULES = RolloutRules(shadow_s=1, canary_s=1)


class Server:
    """The part of a server that counts and steps; v2 stands beside v1 as canary."""

    def __init__(self, registry: Registry, clock: Clock) -> None:
        self.alarm = Alarm(AlarmRules(min_decisions=10), clock)
        self.alarm.serves("v1")
        self.alarm.stands("canary", "v2")
        self.rollout = Rollout(registry, self.alarm, Metrics(), RULES, clock)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    registry = published(tmp_path)
    registry.stand_beside(Beside(canary=Canary(version="v2", share=0.5)))
    return registry


@pytest.fixture
def servers(registry: Registry, clock: Clock) -> list[Server]:
    return [Server(registry, clock) for _ in range(3)]


def test_of_servers_that_see_the_same_one_takes_the_step(servers: list[Server], registry: Registry, clock: Clock) -> None:
    clock.now += 1
    for server in servers:
        decide(server.alarm, "v2", allowed=10)
    for server in servers:
        server.rollout.step("v1")
    assert (registry.current(), registry.activations(), registry.beside()) == ("v2", ["v1", "v2"], Beside(canary=None))


def test_of_servers_that_take_off_and_promote_the_first_is_right(servers: list[Server], registry: Registry, clock: Clock) -> None:
    clock.now += 1
    sad, glad, _ = servers
    decide(sad.alarm, "v2", blocked=10)
    decide(glad.alarm, "v2", allowed=10)
    for server in (sad, glad, sad):
        server.rollout.step("v1")
    assert (registry.current(), registry.activations(), len(registry.roll_backs())) == ("v1", ["v1"], 1)


def test_a_shadow_waits_for_the_canary(servers: list[Server], registry: Registry, clock: Clock) -> None:
    registry.stand_beside(Beside(shadow="v3"))
    alarm = servers[0].alarm
    alarm.stands("shadow", "v3")
    clock.now += 0.5
    alarm.stands("canary", "v2")
    clock.now += 0.5
    for _ in range(10):
        alarm.compared("v3", "allow", "allow")
    servers[0].rollout.step("v1")
    assert registry.beside().shadow == "v3"
    registry.stand_beside(Beside(canary=None))
    servers[0].rollout.step("v1")
    assert registry.beside() == Beside(shadow=None, canary=Canary(version="v3", share=RULES.share))


def test_what_the_registry_refuses_is_tried_again_later(
    servers: list[Server], registry: Registry, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []

    def read_only(version: str, *_: object) -> None:
        tries.append(version)
        raise RegistryError("read-only")

    decide(servers[0].alarm, "v2", blocked=10)
    with monkeypatch.context() as mounted:
        mounted.setattr(registry, "take_off", read_only)
        for _ in range(3):
            servers[0].rollout.step("v1")
    assert tries == ["v2"]
    clock.now += RETRY_S
    servers[0].rollout.step("v1")
    assert registry.beside() == Beside(canary=None)
