"""The client against every way in which a server can fail; tests/server/test_client.py has the real app. No case is let through by an error."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from gatling_core.client import AsyncClient, Client, Outcome, Patience, Unscored
from tests.server.conftest import case_of

ANSWER = {
    "decision_id": "d", "decision": "allow", "energy": 0.1, "terms": {"scope": 0.1}, "queued": False,
    "nodes": [{"node_id": "0", "energy": 0.1, "terms": {"scope": 0.1}}], "model": {"version": "v1", "digest": "d"}, "policy_digest": "p",
}  # fmt: skip

Reply = httpx.Response | Exception


class Server:
    """Replies one after the other, the last for ever; a clock that only sleeping moves."""

    def __init__(self, *replies: Reply) -> None:
        self.replies: list[Reply] = list(replies)
        self.requests: list[httpx.Request] = []
        self.slept: list[float] = []
        self.now = 0.0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if seconds:
            self.slept.append(seconds)

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)

    def options(self) -> dict[str, Any]:
        return {"transport": httpx.MockTransport(self), "clock": lambda: self.now}


Ask = Callable[..., Outcome]


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Iterator[Callable[..., Ask]]:
    """ask(server, on_error="allow"): a client of that server, as a function from a case to its outcome."""
    loop = asyncio.new_event_loop()

    def client_of(server: Server, **options: Any) -> Ask:
        if request.param == "sync":
            return Client("http://gatling", sleep=server.sleep, **server.options(), **options).score
        client = AsyncClient("http://gatling", sleep=server.asleep, **server.options(), **options)

        def score(*arguments: Any, **named: Any) -> Outcome:
            return loop.run_until_complete(client.score(*arguments, **named))

        return score

    yield client_of
    loop.close()


def ok(**changes: Any) -> httpx.Response:
    return httpx.Response(200, json={**ANSWER, **changes})


def busy(status: int = 503, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers={name.replace("_", "-"): value for name, value in headers.items()})


NO_SERVER = httpx.ConnectError("refused")


def test_what_is_sent(ask: Callable[..., Ask]) -> None:
    server = Server(ok())
    ask(server, key="gk_x", tenant="acme")(case_of(), traceparent="00-" + "1" * 32 + "-" + "2" * 16 + "-01")
    (sent,) = server.requests
    assert sent.url.path == "/score"
    assert sent.headers["authorization"] == "Bearer gk_x"
    assert sent.headers["gatling-tenant"] == "acme"
    assert sent.headers["traceparent"].startswith("00-111")
    assert json.loads(sent.content) == case_of()


@pytest.mark.parametrize(
    "failure", [busy(429), busy(502), busy(503), busy(504), NO_SERVER, httpx.ReadError("cut"), httpx.ReadTimeout("slow")]
)
def test_what_may_pass_is_tried_again(ask: Callable[..., Ask], failure: Reply) -> None:
    server = Server(failure, failure, ok())
    assert ask(server)(case_of()).decision == "allow"
    assert len(server.requests) == 3
    first, second = server.slept
    assert 0 <= first <= 0.05
    assert 0 <= second <= 0.1


@pytest.mark.parametrize("on_error", ["block", "allow"])
@pytest.mark.parametrize("failure", [busy(429), busy(503), NO_SERVER])
def test_what_does_not_pass_is_what_on_error_says(ask: Callable[..., Ask], failure: Reply, on_error: str) -> None:
    server = Server(failure)
    outcome = ask(server, on_error=on_error)(case_of())
    assert isinstance(outcome, Unscored)
    assert outcome.decision == on_error
    assert "3 tries" in outcome.reason
    assert len(server.requests) == 3


@pytest.mark.parametrize("dropped", [httpx.ReadError("cut"), httpx.WriteError("cut"), httpx.RemoteProtocolError("cut")])
def test_a_case_that_a_server_drops_is_blocked_whatever_on_error_says(ask: Callable[..., Ask], dropped: Exception) -> None:
    server = Server(dropped)
    score = ask(server, on_error="allow", patience=Patience(open_after=1))
    assert [score(case_of()).decision for _ in range(2)] == ["block", "block"]  # nor does it open the circuit for others
    assert len(server.requests) == 6


@pytest.mark.parametrize("wrong", [httpx.UnsupportedProtocol("gk_secret"), httpx.LocalProtocolError("gk_secret")])
def test_what_cannot_be_sent_is_blocked_whatever_on_error_says(ask: Callable[..., Ask], wrong: Exception) -> None:
    server = Server(wrong)
    outcome = ask(server, on_error="allow")(case_of())
    assert isinstance(outcome, Unscored)
    assert (outcome.decision, len(server.requests)) == ("block", 1)
    assert "secret" not in outcome.reason


def test_blocking_is_the_default(ask: Callable[..., Ask]) -> None:
    assert ask(Server(NO_SERVER))(case_of()).decision == "block"


@pytest.mark.parametrize("status", [204, 302, 400, 401, 403, 404, 413, 422, 500, 501])
def test_what_is_refused_is_blocked_at_once_whatever_on_error_says(ask: Callable[..., Ask], status: int) -> None:
    server = Server(httpx.Response(status, json={"detail": "because"}))
    outcome = ask(server, on_error="allow")(case_of())
    assert isinstance(outcome, Unscored)
    assert (outcome.decision, outcome.status, len(server.requests)) == ("block", status, 1)
    assert "because" in outcome.reason


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b'{"decision": "allow"}'),
        httpx.Response(200, content=b"<html>"),
        ok(decision="perhaps"),
        ok(energy=-1),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_blocked(ask: Callable[..., Ask], reply: httpx.Response) -> None:
    assert ask(Server(reply), on_error="allow")(case_of()).decision == "block"


@pytest.mark.parametrize("case", [case_of(float("nan")), case_of(context={"x": object()})])
def test_a_case_that_is_no_json_is_blocked_and_not_sent(ask: Callable[..., Ask], case: dict[str, Any]) -> None:
    server = Server(ok())
    assert ask(server, on_error="allow")(case).decision == "block"
    assert not server.requests


def test_retry_after_is_honoured_where_there_is_time_for_it(ask: Callable[..., Ask]) -> None:
    server = Server(busy(429, retry_after="1"), ok())
    assert ask(server)(case_of()).decision == "allow"
    assert 1 <= server.slept[0] <= 1.05
    impatient = Server(busy(429, retry_after="60"), ok())
    assert ask(impatient)(case_of()).decision == "block"
    assert (impatient.slept, len(impatient.requests)) == ([], 1)
    assert ask(Server(busy(429, retry_after="Fri, 31 Dec 1999 23:59:59 GMT"), ok()))(case_of()).decision == "allow"


def test_the_circuit_opens_lets_one_try_and_closes(ask: Callable[..., Ask]) -> None:
    server = Server(NO_SERVER)
    score = ask(server, patience=Patience(tries=1, open_after=3, open_s=5.0))
    for _ in range(3):
        score(case_of())
    assert len(server.requests) == 3
    outcome = score(case_of())
    assert isinstance(outcome, Unscored)
    assert (outcome.decision, "circuit" in outcome.reason, len(server.requests)) == ("block", True, 3)

    server.now += 5.0
    score(case_of())  # the one that may try: still nobody there
    score(case_of())
    assert len(server.requests) == 4

    server.now += 5.0
    server.replies = [ok()]
    assert score(case_of()).decision == "allow"
    assert score(case_of()).decision == "allow"
    assert len(server.requests) == 6


@pytest.mark.parametrize("alive", [busy(429), httpx.Response(422)])
def test_a_server_that_answers_does_not_open_the_circuit(ask: Callable[..., Ask], alive: httpx.Response) -> None:
    server = Server(alive)
    score = ask(server, patience=Patience(tries=1, open_after=2))
    for _ in range(5):
        score(case_of())
    assert len(server.requests) == 5


async def test_a_server_that_hangs_is_given_up_in_time() -> None:
    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    patience = Patience(timeout_s=0.05)
    async with AsyncClient("http://gatling", transport=httpx.MockTransport(hang), patience=patience) as client:
        outcome = await asyncio.wait_for(client.score(case_of()), 5)
    assert isinstance(outcome, Unscored)
    assert outcome.decision == "block"


def test_on_error_is_one_of_two() -> None:
    with pytest.raises(ValueError, match="block or allow"):
        Client("http://gatling", on_error="ignore")
