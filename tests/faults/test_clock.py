"""The wall clock jumps under load: what is timed is timed by the monotonic clock, and what is dated is only dated wrongly."""

from __future__ import annotations

import ast
import json
import time
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

import gatling_core.queue
import server.decision_log
from gatling_core.queue import CaseQueue
from gatling_core.settings import ROOT
from tests.faults.test_queue import delivered
from tests.server.conftest import Client, Start, case_of

JUMPS = (timedelta(), timedelta(days=400), timedelta(days=-400), timedelta(hours=-1), timedelta())
CASES = 40

DATED = {
    "gatling_core/queue.py": 3,
    "gatling_core/registry.py": 3,
    "gatling_core/teacher.py": 1,
    "server/cli.py": 1,
    "server/console/site.py": 1,
    "server/decision_log.py": 2,
    "server/keyring.py": 1,
    "server/reload.py": 1,
}
"""Every place that asks the wall clock: dates on what is kept, and the expiry of keys. A new one that measures a time belongs to
`time.monotonic` or `perf_counter`."""


class Jumping(datetime):
    off = timedelta()

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # pyright: ignore[reportIncompatibleMethodOverride]
        return datetime.now(UTC) + cls.off

    @classmethod
    def fromtimestamp(cls, timestamp: float, tz: tzinfo | None = None) -> datetime:  # pyright: ignore[reportIncompatibleMethodOverride]
        return datetime.fromtimestamp(timestamp, tz)


async def test_the_wall_clock_jumps(start: Start, queue: CaseQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    monkeypatch.setattr(gatling_core.queue, "datetime", Jumping)
    monkeypatch.setattr(server.decision_log, "datetime", Jumping)
    monkeypatch.setattr(time, "time", lambda: real() + Jumping.off.total_seconds())
    answers = []
    async with start(max_wait_ms=60_000, score_timeout_ms=60_000) as client:
        for number, jump in enumerate(JUMPS):
            monkeypatch.setattr(Jumping, "off", jump)
            answers += [await scored(client, number * CASES + k) for k in range(CASES)]
        assert all(answer["queued"] for answer in answers)
        await delivered(client, queue, answers)
    lines = [
        json.loads(line) for path in (tmp_path / "data" / "decisions").glob("*.jsonl") for line in path.read_text().splitlines()
    ]
    assert {line["decision_id"] for line in lines} == {answer["decision_id"] for answer in answers}
    years = {datetime.fromisoformat(line["time"]).year for line in lines}
    assert len(years) > 1, "the clock did not jump"


async def scored(client: Client, number: int) -> dict[str, object]:
    response = await client.post("/score", json=case_of(3.0, user_role=str(number)))
    assert response.status_code == 200, response.text
    return response.json()


def test_nothing_is_timed_by_the_wall_clock() -> None:
    paths = [path for folder in ("gatling_core", "server") for path in (ROOT / folder).rglob("*.py")]
    found = {str(path.relative_to(ROOT)): asked(path) for path in paths}
    assert {path: count for path, count in found.items() if count} == DATED


def asked(path: Path) -> int:
    """How often a module asks the wall clock."""
    calls = [node.func for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    names = {ast.unparse(call) for call in calls}
    assert not {"datetime.today", "datetime.utcnow", "date.today", "time.localtime"} & names
    return sum(ast.unparse(call) in {"datetime.now", "time.time"} for call in calls)
