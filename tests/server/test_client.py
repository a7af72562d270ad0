"""`gatling_core.client` against the real app."""

from __future__ import annotations

import httpx

from gatling_core.client import AsyncClient, Unscored
from gatling_core.schemas import Answer, Case, Trace
from server.examples import ALLOWED, ATTACK, TRACE
from tests.server.conftest import Start


async def test_against_the_real_app(start: Start) -> None:
    async with start(api_key="secret") as app:
        transport = httpx.ASGITransport(app.app)
        async with AsyncClient("http://gatling", key="secret", tenant="acme", transport=transport) as client:
            allowed = await client.score(Case.model_validate(ALLOWED))
            assert isinstance(allowed, Answer)
            assert allowed.decision == "allow"
            assert (await client.score(ATTACK)).decision == "block"
            assert (await client.score_trace(TRACE)).decision == "allow"
            assert (await client.score_trace(Trace.model_validate(TRACE))).decision == "allow"
            refused = await client.score({"policy": {}, "execution_plan": {"nodes": []}})
            assert isinstance(refused, Unscored)
            assert (refused.decision, refused.status, "execution_plan.nodes" in refused.reason) == ("block", 422, True)
        async with AsyncClient("http://gatling", key="wrong", transport=transport, on_error="allow") as client:
            assert (await client.score(ALLOWED)).decision == "block"


async def test_a_case_as_a_model_scores_as_the_same_case_as_json(start: Start) -> None:
    async with start() as app, AsyncClient("http://gatling", transport=httpx.ASGITransport(app.app)) as client:
        one, other = [await client.score(case) for case in (ATTACK, Case.model_validate(ATTACK))]
    assert isinstance(one, Answer)
    assert isinstance(other, Answer)
    assert (one.energy, one.policy_digest, one.nodes) == (other.energy, other.policy_digest, other.nodes)
