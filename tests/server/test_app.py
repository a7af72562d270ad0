"""Probes, metrics, cases and verdicts, and the OpenAPI document as a golden file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import fakeredis
import redis
from structlog.testing import capture_logs

from gatling_core.queue import CaseQueue
from gatling_core.settings import Settings
from server.app import create_app
from tests.server.conftest import Client, DummyModel, Start, case_of

GOLDEN = Path(__file__).with_name("openapi.json")
VERDICT = {"label": "adversarial", "reviewer": "ada", "reason": "exfiltration"}


async def test_probes(client: Client, model: DummyModel) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    await client.service.queue_watch.look()
    response = await client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "ready": True,
        "model": {"version": model.version, "digest": model.digest},
        "refused": None,
        "queue": {"reachable": True, "depth": 0, "reason": None},
        "spool": {"waiting_bytes": 0},
    }


async def test_decides_and_is_ready_while_redis_is_down(start: Start) -> None:
    server = fakeredis.FakeServer()
    queue = CaseQueue(fakeredis.FakeRedis(server=server))
    async with start(queue=queue) as client:
        server.connected = False
        await client.service.queue_watch.look()
        answer = (await client.post("/score", json=case_of(3.0))).json()
        assert (answer["decision"], answer["queued"]) == ("review", True)
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["queue"]["reachable"]) == (200, False)
        assert ready.json()["spool"]["waiting_bytes"] > 0
        assert "gatling_queue_up 0.0" in (await client.get("/metrics")).text
        assert (await client.get("/cases")).status_code == 503
        assert (await client.post("/cases/x/verdict", json=VERDICT)).headers["retry-after"] == "1"

        server.connected = True
        await client.flush()
        assert (await client.get("/cases")).json()["cases"][0]["decision_id"] == answer["decision_id"]


async def test_nobody_is_told_where_redis_is(start: Start) -> None:
    queue = CaseQueue(redis.Redis(host="127.0.0.1", port=1))
    async with start(queue=queue) as client:
        with capture_logs() as logged:
            await client.service.queue_watch.look()
        assert "127.0.0.1:1" in logged[0]["reason"]
        ready, cases = await client.get("/readyz"), await client.get("/cases")
        assert "does not answer" in ready.json()["queue"]["reason"]
        assert cases.status_code == 503
        assert "127.0.0.1" not in ready.text + cases.text


async def test_metrics_answer_the_questions(client: Client) -> None:
    for energy in (0.1, 3.0, 9.0):
        await client.post("/score", json=case_of(energy))
    await client.post("/score", content=b"{")
    await client.service.queue_watch.look()
    text = (await client.get("/metrics")).text
    for line in (
        'gatling_decisions_total{decision="allow",tenant="default"} 1.0',
        'gatling_decisions_total{decision="review",tenant="default"} 1.0',
        'gatling_decisions_total{decision="block",tenant="default"} 1.0',
        "gatling_energy_count 3.0",
        'gatling_energy_bucket{le="2.0"} 1.0',
        'gatling_term_energy_count{term="scope"} 3.0',
        'gatling_stage_seconds_count{stage="score"} 3.0',
        'gatling_stage_seconds_count{stage="spool"} 1.0',
        'gatling_http_responses_total{method="POST",status="400"} 1.0',
        'gatling_model_info{digest="' + "d" * 64 + '",version="v1"} 1.0',
        "gatling_policy_cache_hits_total 3.0",
        "gatling_queue_up 1.0",
        "gatling_queue_depth ",
        "gatling_spool_bytes ",
        "gatling_model_reload_failures_total 0.0",
    ):
        assert line in text, line


async def test_cases_newest_first_with_verdicts(client: Client) -> None:
    ids = [(await client.post("/score", json=case_of(3.0 + i, id=str(i)))).json()["decision_id"] for i in range(4)]
    await client.flush()
    assert (await client.post(f"/cases/{ids[1]}/verdict", json=VERDICT)).json()["label"] == "adversarial"

    async def listed(**query: object) -> list[str]:
        response = await client.get("/cases", params={k: str(v) for k, v in query.items()})
        assert response.status_code == 200, response.text
        return [case["decision_id"] for case in response.json()["cases"]]

    assert await listed() == ids[::-1]
    assert await listed(limit=2) == [ids[3], ids[2]]
    assert await listed(label="adversarial") == [ids[1]]
    assert await listed(label="gold") == []
    assert await listed(label="unjudged") == [ids[3], ids[2], ids[0]]
    first = (await client.get("/cases", params={"label": "unjudged", "limit": 2})).json()
    assert await listed(label="unjudged", limit=2, before=first["next"]) == [ids[0]]

    judged = (await client.get("/cases", params={"label": "adversarial"})).json()["cases"][0]
    assert judged["verdict"]["reviewer"] == "ada"
    assert judged["verdict"]["time"]
    assert judged["case"]["id"] == "1"
    assert judged["answer"]["energy"] == 4.0


async def test_the_oracles_verdict_replaces_no_persons(client: Client) -> None:
    ids = [(await client.post("/score", json=case_of(3.0 + i, id=str(i)))).json()["decision_id"] for i in range(2)]
    await client.flush()
    oracle = {**VERDICT, "source": "oracle", "reviewer": "rules"}
    assert (await client.post(f"/cases/{ids[0]}/verdict", json=oracle)).status_code == 200
    assert (await client.post(f"/cases/{ids[1]}/verdict", json=VERDICT)).status_code == 200
    refused = await client.post(f"/cases/{ids[1]}/verdict", json=oracle)
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("conflict")


async def test_bad_queries_and_verdicts_name_the_field(client: Client) -> None:
    for query, field in (
        ({"limit": 0}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"label": "bad"}, "label"),
        ({"before": "x"}, "before"),
        ({"labell": "gold"}, "labell"),
    ):
        response = await client.get("/cases", params=query)
        assert (response.status_code, response.json()["errors"][0]["field"]) == (422, field)

    decision = (await client.post("/score", json=case_of(3.0))).json()["decision_id"]
    await client.flush()
    broken = {"node_id": "0", "term": "scope", "energy": 3}
    wrong_node = {**VERDICT, "violations": [{"node_id": "nowhere", "term": "flow", "energy": 5}]}
    for verdict, field in (
        ({}, "label"),
        ({**VERDICT, "label": "evil"}, "label"),
        ({**VERDICT, "reviewer": ""}, "reviewer"),
        ({**VERDICT, "violations": [{"node_id": "0"}]}, "violations.0.term"),
        (wrong_node, "violations.0.node_id"),
        ({**VERDICT, "violations": [{**broken, "argument": "nothing"}]}, "violations.0.argument"),
        ({**VERDICT, "violations": [{**broken, "argument": 7}]}, "violations.0.argument"),
    ):
        response = await client.post(f"/cases/{decision}/verdict", json=verdict)
        assert (response.status_code, response.json()["errors"][0]["field"]) == (422, field)
    assert (await client.post("/cases/unknown/verdict", json=VERDICT)).status_code == 404


def described() -> dict[str, Any]:
    return create_app(Settings(_env_file=None)).openapi()  # pyright: ignore[reportCallIssue]


def test_openapi_is_the_golden_file(tmp_path: Path) -> None:
    """A change of the wire is a decision. Renew with: python -m tests.server.test_app"""
    document = described()
    assert document == json.loads(GOLDEN.read_text(encoding="utf-8"))
    references = {text.split('"')[0] for text in json.dumps(document).split('"#/components/schemas/')[1:]}
    assert references <= set(document["components"]["schemas"])


def test_the_server_never_imports_torch_or_the_trainer() -> None:
    code = "import sys, server.app, server.cli, server.fleet, server.offline, server.serve; print(sorted({'torch', 'trainer'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(described(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
