"""`POST /score`, `/score/batch`, `/score/trace`: answers, decisions, and what goes to the queue."""

from __future__ import annotations

import asyncio

import pytest

from gatling_core.queue import CaseQueue
from gatling_core.schemas import Answer
from server.examples import ATTACK, TRACE
from tests.server.conftest import Client, DummyModel, Start, case_of


@pytest.mark.parametrize(
    ("energy", "decision", "queued"),
    [(0.0, "allow", False), (1.99, "allow", False), (2.0, "review", True), (5.99, "review", True),
     (6.0, "block", True), (8.0, "block", True), (8.01, "block", False)],
)  # fmt: skip
async def test_bands(client: Client, energy: float, decision: str, queued: bool) -> None:
    response = await client.post("/score", json=case_of(energy))
    assert response.status_code == 200
    answer = Answer.model_validate(response.json())
    assert (answer.decision, answer.queued, answer.energy) == (decision, queued, energy)


async def test_without_grounds_nothing_is_allowed(start: Start, queue: CaseQueue) -> None:
    by_energy = {"bands": {"review_without_grounds": False}}
    async with start(tenants={"trusting": by_energy}) as client:
        for energy, decision in ((0.1, "review"), (3.0, "review"), (7.0, "block"), (9.0, "block")):
            answer = Answer.model_validate((await client.post("/score", json=case_of(energy, "opaque_tool", id="x"))).json())
            assert (answer.decision, answer.queued, answer.energy) == (decision, True, energy)
            assert (answer.uncertainty, answer.reasons) == (1.0, ["opaque_tool"])
        trusted = case_of(0.1, "opaque_tool", "no_request")
        answer = (await client.post("/score", json=trusted, headers={"gatling-tenant": "trusting"})).json()
        assert (answer["decision"], answer["queued"]) == ("allow", False)
        assert answer["reasons"] == ["opaque_tool", "no_request"], "said all the same"
        sound = (await client.post("/score", json=case_of(0.1))).json()
        assert (sound["decision"], sound["uncertainty"], sound["reasons"]) == ("allow", 0.2, [])
        measured = (await client.get("/metrics")).text
        assert 'gatling_doubted_total{reason="opaque_tool"} 5.0' in measured
        assert 'gatling_doubted_total{reason="no_request"} 1.0' in measured
        await client.flush()
    assert {queued.entry.answer.decision for queued in queue.cases()} == {"review", "block"}


async def test_answer_names_model_policy_and_sums(client: Client, model: DummyModel) -> None:
    answer = Answer.model_validate((await client.post("/score", json=ATTACK)).json())
    assert (answer.model.version, answer.model.digest) == (model.version, model.digest)
    assert answer.policy_digest.startswith("sha256:")
    assert [node.node_id for node in answer.nodes] == ["n0", "n1", "n2"]
    assert sum(node.energy for node in answer.nodes) == pytest.approx(answer.energy)
    assert answer.terms.energy == pytest.approx(answer.energy)


async def test_examples_work_when_pasted(client: Client) -> None:
    document = (await client.get("/openapi.json")).json()
    decisions = {}
    for path, operations in document["paths"].items():
        content = operations.get("post", {}).get("requestBody", {}).get("content", {})
        for name, example in content.get("application/json", {}).get("examples", {}).items():
            if path.startswith("/score"):
                response = await client.post(path, json=example["value"])
                assert response.status_code == 200, response.text
                decisions[name] = response.json().get("decision")
    assert decisions == {"allowed": "allow", "attack": "block", "two": None, "run": "allow"}


async def test_queued_case_reaches_the_stream(client: Client, queue: CaseQueue) -> None:
    posted = {**ATTACK, "label": "gold", "hard_negatives": "not even a list"}
    answer = (await client.post("/score", json=posted)).json()
    assert answer["queued"] is True
    await client.flush()
    (queued,) = queue.cases()
    assert queued.entry.decision_id == answer["decision_id"]
    assert queued.entry.answer.queued is True
    assert queued.entry.tenant == "default"
    assert queued.entry.case.label is None, "only a verdict may teach"
    assert all(node.output is None for node in queued.entry.case.execution_plan.nodes), "outputs are the user's data"


async def test_outputs_are_queued_where_the_setting_says_so(start: Start, queue: CaseQueue) -> None:
    async with start(queue_outputs=True) as client:
        await client.post("/score", json=ATTACK)
        await client.flush()
    (queued,) = queue.cases()
    assert queued.entry.case.execution_plan.nodes[0].output


async def test_a_full_spool_is_not_called_queued(start: Start) -> None:
    async with start(spool_max_bytes=1) as client:
        response = await client.post("/score", json=case_of(3.0))
        assert (response.status_code, response.json()["queued"]) == (200, False)
        assert "gatling_unqueued_total 1.0" in (await client.get("/metrics")).text


async def test_tenant_has_its_own_bands(start: Start) -> None:
    strict = {"bands": {"review_at": 0.05, "block_at": 0.08, "queue_from": 0.0, "queue_to": 0.0}}
    async with start(tenants={"strict": strict}) as client:
        plain = await client.post("/score", json=case_of(0.1))
        tight = await client.post("/score", json=case_of(0.1), headers={"Gatling-Tenant": "strict"})
        wrong = await client.post("/score", json=case_of(0.1), headers={"Gatling-Tenant": "no such name!"})
    assert (plain.json()["decision"], tight.json()["decision"]) == ("allow", "block")
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "Gatling-Tenant"


async def test_batch_answers_each_case_in_order(client: Client) -> None:
    cases = [
        case_of(0.5),
        {"policy": {}},
        case_of(7.0),
        case_of(1.0, execution_plan={"nodes": [{"tool_name": "fail"}]}),
        "no case",
    ]
    response = await client.post("/score/batch", json={"cases": cases})
    assert response.status_code == 200
    answers = response.json()["answers"]
    assert [answer.get("decision", answer.get("status")) for answer in answers] == ["allow", 422, "block", 500, 422]
    assert answers[1]["errors"][0]["field"] == "execution_plan"
    assert len({answer["decision_id"] for answer in answers if "decision_id" in answer}) == 2


async def test_batch_may_be_empty_and_is_bounded(start: Start) -> None:
    async with start(max_batch_cases=2) as client:
        assert (await client.post("/score/batch", json={"cases": []})).json() == {"answers": []}
        response = await client.post("/score/batch", json={"cases": [case_of()] * 3})
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "cases"


async def test_trace_is_recorded_and_scored(client: Client) -> None:
    answer = (await client.post("/score/trace", json=TRACE)).json()
    assert answer["decision"] == "allow"
    assert len(answer["nodes"]) == 1


async def test_trace_without_calls_names_the_field(client: Client) -> None:
    response = await client.post("/score/trace", json={**TRACE, "messages": TRACE["messages"][:1]})
    assert response.status_code == 422
    assert "messages" in response.json()["errors"][0]["field"]


@pytest.mark.parametrize("name", ["fail", "nan"])
async def test_a_failing_case_is_a_500_and_spares_the_others(client: Client, model: DummyModel, name: str) -> None:
    bad = case_of(execution_plan={"nodes": [{"tool_name": name}]})
    responses = await asyncio.gather(*(client.post("/score", json=case) for case in [case_of(0.2), bad, case_of(0.3)]))
    assert [response.status_code for response in responses] == [200, 500, 200]
    assert responses[1].headers["content-type"] == "application/problem+json"
    assert "decision" not in responses[1].json()
    assert "does not like" not in responses[1].text
