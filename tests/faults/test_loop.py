"""A small version of `python -m benchmarks loop kills`: real processes, the queue, the server and the workers killed while cases go through."""

from __future__ import annotations

import pytest

from benchmarks.loop.kills import COPYING, kills
from benchmarks.processes import SHIPPED

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.skipif(not (SHIPPED / "manifest.json").exists(), reason="there is no shipped model in this tree"),
]


def test_no_case_is_lost_or_trained_twice_whatever_is_killed() -> None:
    *_, found = kills(60, 6, seed=5, every_s=2, worker=COPYING, patience_s=60)
    assert found["kills"] == {"server": 2, "queue": 2, "worker": 2}
    assert (found["trained_once"] + found["held_back"], found["still_queued"]) == (58, 2)
    assert (found["trained_twice"], found["at_two_places"], found["lost"], found["dead_cases"]) == (0, 0, 0, 0)
    assert found["dead_poison"] == found["poison"] == 4
