"""`up` as a process of its own: the shipped model, the embedded queue, a signal to stop, a second start on the same data."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.examples import ALLOWED, ATTACK
from tests.server.process import SHIPPED, Server, environment, until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not (SHIPPED / "manifest.json").exists(), reason="there is no shipped model in this tree"),
]


def test_up_scores_queues_keeps_and_ends_in_order(tmp_path: Path) -> None:
    variables = environment(tmp_path, GATLING_DRAIN_MS="0")
    with Server(variables) as server:
        assert server.http.get("/readyz").json()["model"]["version"]
        decisions = [server.http.post("/score", json=case).json() for case in (ALLOWED, ATTACK)]
        ids = {answer["decision_id"] for answer in decisions}
        assert [answer["queued"] for answer in decisions] == [True, True]
        assert decisions[0]["energy"] < decisions[1]["energy"]
        until(lambda: server.cases().keys() == ids, "the cases did not reach the queue")
        verdict = {"label": "adversarial", "reviewer": "ada"}
        assert server.http.post(f"/cases/{decisions[1]['decision_id']}/verdict", json=verdict).status_code == 200
        server.end()

    with Server(variables) as server:
        until(lambda: server.cases().keys() == ids, "the cases did not come back")
        judged = server.http.get("/cases", params={"label": "adversarial"}).json()["cases"]
        assert [case["decision_id"] for case in judged] == [decisions[1]["decision_id"]]
