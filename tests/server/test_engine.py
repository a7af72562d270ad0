"""The engine: nothing is lost, nothing waits for company, no batch runs on two models."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from gatling_core.beside import Canary
from gatling_core.schemas import Case
from server.engine import CanaryModel, Engine, Scored, score_each
from server.errors import Overloaded, ScoreFailed, TooSlow
from server.metrics import Metrics
from tests.server.conftest import DummyModel, case_of


def engine_of(model: DummyModel | None, **changes: Any) -> Engine:
    options = {"workers": 2, "max_batch": 4, "max_in_progress": 1_000, "max_wait_ms": 10_000, "timeout_ms": 10_000, **changes}
    engine = Engine(model, Metrics(), **options)
    engine.start()
    return engine


def case(name: str, energy: float = 0.1, tool: str = "files.read") -> Case:
    return Case.model_validate(
        {**case_of(energy), "id": name, "execution_plan": {"nodes": [{"tool_name": tool, "arguments": {"energy": energy}}]}}
    )


async def test_scores_come_in_order_and_off_the_event_loop(model: DummyModel) -> None:
    engine = engine_of(model)
    outcomes = await engine.score([case(str(i), i / 10) for i in range(10)])
    await engine.stop()
    assert [outcome.score.energy for outcome in outcomes if isinstance(outcome, Scored)] == [i / 10 for i in range(10)]
    assert model.threads <= {"score-0", "score-1"}


async def test_a_lone_case_is_not_held_back_and_waiting_ones_go_together(model: DummyModel) -> None:
    engine = engine_of(model, workers=1)
    model.go.clear()
    first = asyncio.create_task(engine.score([case("lone")]))
    await asyncio.to_thread(model.begun.acquire)
    others = asyncio.create_task(engine.score([case(str(i)) for i in range(6)]))
    await asyncio.sleep(0)
    model.go.set()
    await asyncio.gather(first, others)
    await engine.stop()
    assert model.batches == [["lone"], ["0", "1", "2", "3"], ["4", "5"]]


async def test_stopping_scores_what_waits(model: DummyModel) -> None:
    engine = engine_of(model, workers=1, max_batch=1)
    model.go.clear()
    tasks = [asyncio.create_task(engine.score([case(str(i))])) for i in range(5)]
    await asyncio.to_thread(model.begun.acquire)
    stopping = asyncio.create_task(engine.stop())
    await asyncio.sleep(0)
    model.go.set()
    await stopping
    assert all(isinstance(outcome, Scored) for outcomes in await asyncio.gather(*tasks) for outcome in outcomes)


async def test_nobody_waits_any_more_so_it_is_not_scored(model: DummyModel) -> None:
    engine = engine_of(model, workers=1, timeout_ms=1)
    model.go.clear()
    with pytest.raises(TooSlow):
        await engine.score([case("a")])
    with pytest.raises(TooSlow):
        await engine.score([case("b")])
    model.go.set()
    await engine.stop()
    assert model.batches == [["a"]]


async def test_while_cases_wait_too_long_new_ones_are_refused(model: DummyModel) -> None:
    engine = engine_of(model, workers=1, max_batch=1, max_wait_ms=1)
    with engine.admit():
        pass
    model.go.clear()
    first, second = (asyncio.create_task(engine.score([case(name)])) for name in "ab")
    await asyncio.to_thread(model.begun.acquire)
    await asyncio.sleep(0.005)  # what is tested is a time
    with pytest.raises(Overloaded), engine.admit():
        pass
    model.go.set()
    await asyncio.gather(first, second)
    with engine.admit():
        pass
    await engine.stop()


async def test_no_batch_runs_on_the_model_and_its_canary(model: DummyModel) -> None:
    engine = engine_of(model, workers=1)
    beside = DummyModel("v2", "2", offset=1.0)
    engine.canary = CanaryModel(beside, Canary(version="v2", share=1))
    model.go.clear()
    tasks = [
        asyncio.create_task(engine.score([case(name)], canary=canary))
        for name, canary in zip("abcde", (False, False, True, True, False), strict=True)
    ]
    await asyncio.to_thread(model.begun.acquire)
    await asyncio.sleep(0)
    model.go.set()
    found = [
        outcome.model.version for outcomes in await asyncio.gather(*tasks) for outcome in outcomes if isinstance(outcome, Scored)
    ]
    await engine.stop()
    assert found == ["v1", "v1", "v2", "v2", "v1"]
    assert sorted(name for batch in beside.batches for name in batch if name) == ["c", "d"]


async def test_a_case_that_fails_spares_its_batch(model: DummyModel) -> None:
    cases = [case("a"), case("b", tool="fail"), case("c", tool="nan"), case("d")]
    outcomes = score_each(model, cases)
    assert [isinstance(outcome, ScoreFailed) for outcome in outcomes] == [False, True, True, False]


@pytest.mark.parametrize("energy", [float("nan"), float("inf"), -0.5])
def test_an_energy_that_is_none_is_refused(energy: float) -> None:
    class Broken(DummyModel):
        def _energy(self, name: str, arguments: dict[str, Any]) -> float:
            return energy

    assert isinstance(score_each(Broken(), [case("a")])[0], ScoreFailed)


async def test_swapping_under_load_loses_nothing_and_mixes_nothing() -> None:
    """Model k adds k to each energy: an answer whose version and energy disagree would have run on two models."""
    engine = engine_of(DummyModel("v0", "0"), max_batch=8)
    versions: set[str] = set()

    async def caller(name: str) -> int:
        answered = 0
        while len(versions) < 20:
            for outcome in await engine.score([case(name, 0.25), case(name, 0.5)]):
                assert isinstance(outcome, Scored)
                number = float(outcome.model.version[1:])
                assert outcome.score.energy - number in (0.25, 0.5)
                assert outcome.model.digest == outcome.model.version[1:]
                versions.add(outcome.model.version)
                answered += 1
        return answered

    async def swapper() -> None:
        for number in itertools.takewhile(lambda _: len(versions) < 20, itertools.count(1)):
            engine.swap(DummyModel(f"v{number}", str(number), offset=number))
            await asyncio.sleep(0)

    answered = await asyncio.gather(*(caller(str(i)) for i in range(16)), swapper())
    await engine.stop()
    assert all(count for count in answered[:-1] if count is not None)
    assert engine.waiting == 0
