"""A model whose energies stand in the case, a Redis in memory, and an app around them, in process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fakeredis
import httpx
import numpy as np
import pytest
from fastapi import FastAPI

import server.keyring
from gatling_core.grounds import Grounds
from gatling_core.keys import add_key, new_key
from gatling_core.policy import clauses, policy_digest
from gatling_core.queue import CaseQueue
from gatling_core.runtime import Score
from gatling_core.schemas import Case, NodeEnergy, Terms
from gatling_core.settings import Settings
from server.app import create_app
from server.service import Service

NOW = datetime.now(UTC)
RISKY = ("export", "send", "transfer")
_NO_LATENT = np.zeros(0, np.float32)


class DummyModel:
    """The energy of a call is its argument `energy`, or 3.5 for a risky name, or 0.1. It reads policies as the real one does.

    What its argument `reasons` lists is missing to judge the case. A call named `fail` raises, and spoils the batch it is in; one named `nan` has no energy. `go` holds every run back while cleared.
    """

    def __init__(self, version: str = "v1", digest: str = "d" * 64, offset: float = 0.0) -> None:
        self.version = version
        self.digest = digest
        self.offset = offset
        self.batches: list[list[str | None]] = []
        self.threads: set[str] = set()
        self.go = threading.Event()
        self.go.set()
        self.begun = threading.Semaphore(0)
        self.before: object = None

    def score(self, cases: Sequence[Case]) -> list[Score]:
        self.batches.append([case.id for case in cases])
        self.threads.add(threading.current_thread().name)
        self.begun.release()
        assert self.go.wait(10), "nobody let the model go on"
        if any(node.tool_name == "fail" for case in cases for node in case.execution_plan.nodes):
            raise RuntimeError("the model does not like this case")
        return [self._score(case) for case in cases]

    def take_over(self, before: object) -> None:
        self.before = before

    def cache_info(self) -> tuple[int, int, int]:
        return (3, 2, 1)

    def _score(self, case: Case) -> Score:
        clauses(case.policy)
        nodes = [
            NodeEnergy.model_construct(node_id=node.node_id, energy=energy, terms=Terms.model_construct(scope=energy))
            for node in case.execution_plan.nodes
            for energy in [self._energy(node.tool_name, node.arguments)]
        ]
        energy = sum(node.energy for node in nodes)
        terms = Terms.model_construct(scope=energy)
        given: list[Any] = [node.arguments.get("reasons", []) for node in case.execution_plan.nodes]
        reasons = tuple(reason for reasons in given for reason in reasons)
        grounds = Grounds(1.0 if reasons else 0.2, reasons)
        return Score(energy, terms, tuple(nodes), policy_digest(case.policy), _NO_LATENT, _NO_LATENT, grounds)

    def _energy(self, name: str, arguments: dict[str, Any]) -> float:
        if name == "nan":
            return float("nan")
        given = arguments.get("energy", 3.5 if any(word in name for word in RISKY) else 0.1)
        return float(given) + self.offset


def case_of(energy: float = 0.1, *reasons: str, **changes: Any) -> dict[str, Any]:
    """A case as it is posted, with that energy under `DummyModel`, and reasons to doubt it."""
    node = {"tool_name": "files.read", "arguments": {"energy": energy, **({"reasons": list(reasons)} if reasons else {})}}
    return {"policy": {"note": "read only"}, "execution_plan": {"nodes": [node]}, **changes}


class Client(httpx.AsyncClient):
    """A client of an app in this process, which tests may look into."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(transport=httpx.ASGITransport(app), base_url="http://gatling")
        self.app = app

    @property
    def service(self) -> Service:
        return self.app.state.service

    async def flush(self) -> None:
        """Deliver the spool now."""
        await asyncio.to_thread(self.service.spool.flush_once)


Start = Callable[..., AbstractAsyncContextManager[Client]]
Make = Callable[..., dict[str, str]]


@pytest.fixture
def model() -> DummyModel:
    return DummyModel()


@pytest.fixture
def queue() -> CaseQueue:
    return CaseQueue(fakeredis.FakeRedis())


@pytest.fixture
def start(tmp_path: Path, model: DummyModel, queue: CaseQueue) -> Start:
    """An app between its start and its end, as a client. Keywords are settings, and the arguments of `create_app`."""

    @asynccontextmanager
    async def started(**given: Any) -> AsyncIterator[Client]:
        parts: dict[str, Any] = {name: given.pop(name) for name in ("model", "queue", "load") if name in given}
        defaults = {"data_dir": tmp_path / "data", "shipped_model": tmp_path / "shipped", "reload_every_ms": 3_600_000}
        settings = Settings(_env_file=None, **{**defaults, **given})  # pyright: ignore[reportCallIssue]
        parts = {"model": model, "queue": queue, **parts}
        app = create_app(settings, **parts)
        async with app.router.lifespan_context(app), Client(app) as client:
            yield client

    return started


@pytest.fixture
async def client(start: Start) -> AsyncIterator[Client]:
    async with start() as client:
        yield client


@pytest.fixture
def keys_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The keys file of the app that `start` starts; the server looks at it with every request."""
    monkeypatch.setattr(server.keyring, "LOOK_EVERY_S", 0.0)
    return tmp_path / "data" / "keys.json"


@pytest.fixture
def make(keys_file: Path) -> Make:
    """make("score", tenant="acme"): a key in the file, as the header that its holder sends."""

    def made(*roles: str, **bounds: object) -> dict[str, str]:
        secret, key = new_key(roles, **{"now": NOW, **bounds})  # pyright: ignore[reportArgumentType]
        add_key(keys_file, key)
        return {"authorization": f"Bearer {secret}"}

    return made
