"""Bad input: every one gets its 4xx, as problem details that name the field, and never a stack trace."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from server.problems import MEDIA_TYPE, Problem
from tests.server.conftest import Client, DummyModel, Start, case_of

NODE = {"tool_name": "files.read"}


def plan(*nodes: dict[str, Any], edges: Any = ()) -> dict[str, Any]:
    return case_of(execution_plan={"nodes": list(nodes) or [NODE], "edges": edges})


def nested(depth: int, inside: Any = 1) -> Any:
    for _ in range(depth):
        inside = [inside]
    return inside


def raw(document: Any) -> bytes:
    return json.dumps(document).encode()


ALIAS_BOMB = (
    "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n"
)
IN_VALUE = raw(case_of(user_role="@")).replace(b'"@"', b"%s")

BAD_JSON = {
    "nothing": b"",
    "half an object": b'{"policy": ',
    "trailing text": raw(case_of()) + b"x",
    "NaN": raw(case_of(float("nan"))),
    "Infinity": raw(case_of(float("inf"))),
    "negative Infinity": raw(case_of(float("-inf"))),
    "not UTF-8": b'{"policy": "\xff"}',
    "surrogate as UTF-8": b'{"policy": "\xed\xa0\x80"}',
    "UTF-16": raw(case_of()).decode().encode("utf-16"),
    "repeated key": b'{"policy": {}, "policy": {"a": 1}}',
    "repeated key inside": raw(case_of()).replace(b'{"energy": 0.1}', b'{"energy": 0.1, "energy": 9}'),
}

BAD_FIELDS: dict[str, tuple[bytes, str]] = {
    "a list": (b"[]", ""),
    "a string": (b'"policy"', ""),
    "null": (b"null", ""),
    "no policy": (raw({"execution_plan": {"nodes": [NODE]}}), "policy"),
    "no plan": (raw({"policy": {}}), "execution_plan"),
    "policy of the wrong type": (raw(case_of(policy=7)), "policy"),
    "context of the wrong type": (raw(case_of(context=[])), "context"),
    "role of the wrong type": (raw(case_of(user_role={"a": 1})), "user_role"),
    "tools of the wrong type": (raw(case_of(tools={})), "tools"),
    "empty plan": (raw(case_of(execution_plan={"nodes": []})), "execution_plan.nodes"),
    "no tool name": (raw(plan({"node_id": "a"})), "execution_plan.nodes.0.tool_name"),
    "arguments of the wrong type": (raw(plan({**NODE, "arguments": "x"})), "execution_plan.nodes.0.arguments"),
    "misspelt arguments": (raw(plan({**NODE, "agruments": {}})), "execution_plan.nodes.0.agruments"),
    "unknown tier": (raw(plan({**NODE, "provenance_tier": 7})), "execution_plan.nodes.0.provenance_tier"),
    "negative volume": (raw(plan({**NODE, "scope_volume": -1})), "execution_plan.nodes.0.scope_volume"),
    "unknown edge end": (raw(plan({**NODE, "node_id": "a"}, edges=[["a", "b"]])), "execution_plan.edges.0.1"),
    "half an edge": (raw(plan(NODE, edges=[["0"]])), "execution_plan.edges.0.1"),
    "duplicate node id": (raw(plan({**NODE, "node_id": "a"}, {**NODE, "node_id": "a"})), "execution_plan.nodes.1.node_id"),
    "10,000 nodes": (raw(plan(*[NODE] * 10_000)), "execution_plan.nodes"),
    "10,000 edges": (raw(plan({**NODE, "node_id": "a"}, edges=[["a", "a"]] * 10_000)), "execution_plan.edges"),
    "YAML alias bomb": (raw(case_of(policy=ALIAS_BOMB)), "policy"),
    "policy text too long": (raw(case_of(policy="a" * 2_000_000)), "policy"),
    "policy nested 200 deep": (raw(case_of(policy={"a": nested(200)})), "policy.a"),
    "policy text nested 200 deep": (raw(case_of(policy=json.dumps({"a": nested(200)}))), "policy"),
    "arguments nested 200 deep": (raw(plan({**NODE, "arguments": {"x": nested(200)}})), "execution_plan.nodes.0.arguments"),
    "context nested 900 deep": (raw(case_of(context={"a": nested(900)})), "context.a"),
    "nested 100,000 deep": (IN_VALUE % (b"[" * 100_000 + b"]" * 100_000), ""),
    "huge number": (raw(case_of(policy={"max": 10**30})), "policy.max"),
    "huge float": (IN_VALUE.replace(b"%s", b'"", "context": {"n": 1e400}'), "context.n"),
    "integer of 5,000 digits": (IN_VALUE.replace(b"%s", b'"", "context": {"n": 1' + b"0" * 5_000 + b"}"), "context.n"),
    "lone surrogate in the policy": (raw(case_of(policy="\ud800")), "policy"),
    "lone surrogate in a key": (raw(case_of(policy={"a": {"\ud800": 1}})), "policy.a"),
    "lone surrogate in an argument": (raw(plan({**NODE, "arguments": {"x": "\udfff"}})), "execution_plan.nodes.0.arguments.x"),
    "lone surrogate in a tool name": (raw(plan({"tool_name": "a\ud800"})), "execution_plan.nodes.0.tool_name"),
    "lone surrogate in an output": (raw(plan({**NODE, "output": "\ud800"})), "execution_plan.nodes.0.output"),
}  # fmt: skip


def problem(response: httpx.Response, status: int) -> Problem:
    assert response.status_code == status, response.text[:500]
    assert response.headers["content-type"] == MEDIA_TYPE
    assert "Traceback" not in response.text
    found = Problem.model_validate(response.json())
    assert found.status == status
    assert found.title
    return found


@pytest.mark.parametrize("body", BAD_JSON.values(), ids=BAD_JSON.keys())
async def test_what_is_not_json_is_400(client: Client, body: bytes) -> None:
    problem(await client.post("/score", content=body), 400)


@pytest.mark.parametrize(("body", "field"), BAD_FIELDS.values(), ids=BAD_FIELDS.keys())
async def test_what_is_no_case_is_422_and_names_the_field(client: Client, model: DummyModel, body: bytes, field: str) -> None:
    errors = problem(await client.post("/score", content=body), 422).errors
    assert errors
    assert errors[0].field == field or errors[0].field.startswith(f"{field}.")
    assert len(errors[0].field) < 100
    assert errors[0].message


@pytest.mark.parametrize(("body", "field"), BAD_FIELDS.values(), ids=BAD_FIELDS.keys())
async def test_the_same_inside_a_batch(client: Client, body: bytes, field: str) -> None:
    response = await client.post("/score/batch", content=b'{"cases": [' + body + b"," + raw(case_of()) + b"]}")
    if response.status_code == 422:  # too deep for the parser itself, so for the whole body
        assert field == ""
        return
    wrong, right = response.json()["answers"]
    assert wrong["status"] == 422
    assert wrong["errors"][0]["field"].startswith(field)
    assert right["decision"] == "allow"


async def test_a_body_over_the_limit_is_413(start: Start) -> None:
    async with start(max_body_bytes=1_000) as client:
        problem(await client.post("/score", json=case_of(policy="a" * 1_000)), 413)
        assert (await client.post("/score", json=case_of(policy="a" * 500))).status_code == 200


async def test_a_policy_of_10_mb_is_413(client: Client) -> None:
    problem(await client.post("/score", json=case_of(policy="a" * 10_000_000)), 413)


async def test_the_stream_is_cut_off_whatever_it_announced(start: Start) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 1_000_000:
            sent += 100
            yield b" " * 100

    async with start(max_body_bytes=1_000) as client:
        response = await client.post("/score", content=endless(), headers={"content-length": "10"})
    problem(response, 413)


@pytest.mark.parametrize("path", ["/score", "/score/batch", "/score/trace", "/cases/x/verdict"])
@pytest.mark.parametrize("media", ["multipart/form-data; boundary=x", "image/png", "application/xml", "text/html"])
async def test_what_is_declared_as_something_else_is_415(client: Client, path: str, media: str) -> None:
    problem(await client.post(path, content=b"{}", headers={"content-type": media}), 415)


async def test_a_compressed_body_is_415(client: Client) -> None:
    problem(await client.post("/score", content=b"{}", headers={"content-encoding": "gzip"}), 415)


@pytest.mark.parametrize(
    "media", ["application/json", "application/json; charset=utf-8", "application/x-www-form-urlencoded", None]
)
async def test_what_curl_sends_is_accepted(client: Client, media: str | None) -> None:
    headers = {"content-type": media} if media else {}
    assert (await client.post("/score", content=raw(case_of()), headers=headers)).status_code == 200


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Bearer ", "Basic secret", "secret", "Bearer sécret"])
async def test_a_wrong_key_is_401(start: Start, header: str | None) -> None:
    headers = [(b"authorization", header.encode())] if header else []
    async with start(api_key="secret") as client:
        for method, path in [("POST", "/score"), ("GET", "/cases"), ("GET", "/models"), ("GET", "/metrics"), ("GET", "/nowhere")]:
            response = await client.request(method, path, headers=headers)
            problem(response, 401)
            assert response.headers["www-authenticate"] == "Bearer"
            assert "secret" not in response.text


async def test_the_right_key_is_let_in_and_probes_need_none(start: Start) -> None:
    async with start(api_key="secret") as client:
        assert (await client.post("/score", json=case_of(), headers={"authorization": "Bearer secret"})).status_code == 200
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 200


async def test_another_site_cannot_post_through_a_browser(client: Client) -> None:
    for path in ("/score", "/models/v1/activate", "/cases/x/verdict"):
        problem(await client.post(path, content=b"{}", headers={"sec-fetch-site": "cross-site"}), 403)
    assert (await client.post("/score", json=case_of(), headers={"sec-fetch-site": "same-origin"})).status_code == 200


async def test_unknown_paths_and_methods(client: Client) -> None:
    problem(await client.get("/nowhere"), 404)
    assert problem(await client.get("/score"), 405)
    assert (await client.get("/score")).headers["allow"] == "POST"


async def test_an_unexpected_error_is_a_bare_500(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("the caller's secret")

    monkeypatch.setattr(client.service.decider, "decide", broken)
    found = problem(await client.post("/score", json=case_of()), 500)
    assert "secret" not in found.model_dump_json()


async def test_overload_is_429_and_costs_the_admitted_nothing(start: Start, model: DummyModel) -> None:
    model.go.clear()
    async with start(max_waiting=4) as client:
        admitted = [asyncio.create_task(client.post("/score", json=case_of())) for _ in range(4)]
        await asyncio.to_thread(model.begun.acquire)
        await asyncio.wait_for(_until(lambda: client.service.engine.in_progress == 4), 5)
        for path, body in (("/score", case_of()), ("/score/batch", {"cases": [case_of()]})):
            response = await client.post(path, json=body)
            problem(response, 429)
            assert response.headers["retry-after"] == "1"
        model.go.set()
        assert [response.status_code for response in await asyncio.gather(*admitted)] == [200] * 4
        assert (await client.post("/score", json=case_of())).status_code == 200
        assert client.service.engine.in_progress == 0


async def test_a_batch_larger_than_the_room_is_429(start: Start) -> None:
    async with start(max_waiting=3) as client:
        problem(await client.post("/score/batch", json={"cases": [case_of()] * 4}), 429)
        assert (await client.post("/score/batch", json={"cases": [case_of()] * 3})).status_code == 200


async def test_a_score_that_takes_too_long_is_503(start: Start, model: DummyModel) -> None:
    model.go.clear()
    async with start(score_timeout_ms=1) as client:
        response = await client.post("/score", json=case_of())
        model.go.set()
    assert problem(response, 503).type.endswith("too-slow")
    assert response.headers["retry-after"] == "1"


async def test_without_a_model_nothing_is_allowed(start: Start) -> None:
    async with start(model=None) as client:
        response = await client.post("/score", json=case_of())
        assert problem(response, 503).type.endswith("no-model")
        ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["ready"]) == (503, False)


async def _until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110  what the loop still has to do is what is waited for
        await asyncio.sleep(0)
