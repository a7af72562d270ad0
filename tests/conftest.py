"""Shared by the tests of the queue, the spool and the worker: a real Valkey, and entries to put into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import redis

from gatling_core.embedded import connect
from gatling_core.queue import QueueEntry
from gatling_core.schemas import Answer, Case
from gatling_core.settings import Settings

with suppress(ImportError):  # without torch there is nothing to check
    import torch  # noqa: F401  # pyright: ignore[reportUnusedImport]
    from jaxtyping import install_import_hook

    # The shapes in the signatures of the network hold in every test; serving never pays for the check.
    install_import_hook("gatling_core.nn", "beartype.beartype")

MakeEntry = Callable[..., QueueEntry]


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis.Redis]:
    """One embedded Valkey for all tests that only need a Redis."""
    client = connect(Settings(data_dir=tmp_path_factory.mktemp("valkey"), redis_url=None))
    yield client
    client.close()


@pytest.fixture
def client(valkey: redis.Redis) -> redis.Redis:
    """The same Valkey, empty."""
    valkey.flushall()
    return valkey


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a data_dir of its own, whatever REDIS_URL says outside."""
    return Settings(data_dir=tmp_path / "data", redis_url=None)


@pytest.fixture
def entry() -> MakeEntry:
    """entry(7), entry(7, tenant="acme"): the entry number 7, the same case every time."""

    def make(number: int = 0, *, tenant: str = "", keep_outputs: bool = False, **answer: Any) -> QueueEntry:
        return make_entry(number, tenant=tenant, keep_outputs=keep_outputs, **answer)

    return make


def make_entry(number: int, *, tenant: str = "", keep_outputs: bool = False, **answer: Any) -> QueueEntry:
    nodes = [
        {"node_id": "a", "tool_name": "mail.read", "output": "a private letter"},
        {"node_id": "b", "tool_name": "mail.send", "arguments": {"number": number}},
    ]
    case = {"policy": "Ask before you send.", "execution_plan": {"nodes": nodes, "edges": [["a", "b"]]}, "label": "gold"}
    scored = {
        "decision_id": f"decision-{number}",
        "decision": "review",
        "energy": 3.0,
        "terms": {"hierarchy": 2.0, "flow": 1.0},
        "nodes": [],
        "queued": True,
        "model": {"version": "v1", "digest": "d"},
        "policy_digest": "sha256:p",
    }
    made = Answer.model_validate({**scored, **answer})
    return QueueEntry.of(Case.model_validate(case), made, tenant=tenant, keep_outputs=keep_outputs)
