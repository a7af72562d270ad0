"""Asking a Gatling server before the tools run: `Client`, and `AsyncClient` for an event loop. Needs httpx (the extra `client`).

    client = Client("http://127.0.0.1:8000", key="gk_…")
    outcome = client.score(case)
    if outcome.decision != "allow":
        ...

A score never raises for what the server or the network does: what cannot be scored is an `Unscored`, which blocks. With
`on_error="allow"` an unreachable server lets calls through, but a case that the server refuses, or drops the connection over, is
blocked all the same: who writes the arguments could otherwise make them unscorable, and be let through for it.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal, Self

import httpx
from pydantic import BaseModel, ValidationError

from gatling_core.schemas import Answer, Case, Trace

OnError = Literal["block", "allow"]

_BUSY = frozenset(
    {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
)
"""The server is there and cannot now: worth another try. Any other status but 200 says something about the case or the caller."""

_ABSENT = (httpx.ConnectError, httpx.TimeoutException, TimeoutError)
"""There is no server, or none with time. One that takes a case and drops the connection is there: the case may be why."""

_UNSENDABLE = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
"""An address without a scheme, a key with a line break: it would never reach a server, so nothing is known of one."""


@dataclass(frozen=True, slots=True)
class Unscored:
    """There is no score, why, and what that means for the calls."""

    decision: OnError
    reason: str
    status: int | None = None


Outcome = Answer | Unscored


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long to try."""

    timeout_s: float = 2.0
    """For all tries of one score and the waits between them. `Client` cannot cut off a server that sends byte after byte."""
    tries: int = 3
    first_wait_s: float = 0.05
    longest_wait_s: float = 1.0
    open_after: int = 5
    """Scores in a row that found no server; then the circuit opens, and for `open_s` the next ones do not even try."""
    open_s: float = 5.0


@dataclass
class Breaker:
    """Open while the server is taken for dead; then one score may try, and its outcome decides. Safe to share between threads."""

    patience: Patience
    clock: Callable[[], float]
    _failures: int = 0
    _tries_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def admits(self) -> bool:
        with self._lock:
            if self._failures < self.patience.open_after:
                return True
            if self.clock() < self._tries_at:
                return False
            self._tries_at = self.clock() + self.patience.open_s  # the others wait for how this one goes
            return True

    def heard(self) -> None:
        with self._lock:
            self._failures = 0

    def unheard(self) -> None:
        with self._lock:
            self._failures += 1
            self._tries_at = self.clock() + self.patience.open_s


class _Attempt:
    """One score as a series of tries, without any input or output: what came of a try goes in, and `next` is what to do.

    `next` is the outcome, or how many seconds to wait before the next try.
    """

    def __init__(self, base: _Base, document: BaseModel | Mapping[str, Any], traceparent: str | None) -> None:
        self._base = base
        self._patience = base.patience
        self._deadline = base.clock() + self._patience.timeout_s
        self._tries = 0
        self.next: Outcome | float = 0.0
        self.headers = {"content-type": "application/json", **({"traceparent": traceparent} if traceparent else {})}
        self.content = b""
        try:
            self.content = _encoded(document)
        except (TypeError, ValueError) as error:
            self.next = Unscored("block", f"this cannot be sent as JSON: {error}")
        else:
            if not base.breaker.admits():
                self.next = Unscored(base.on_error, "the circuit is open: the server did not answer lately")

    @property
    def left_s(self) -> float:
        return max(0.001, self._deadline - self._base.clock())

    def after(self, came: httpx.Response | Exception) -> None:
        self._tries += 1
        status = came.status_code if isinstance(came, httpx.Response) else None
        if isinstance(came, httpx.Response) and status not in _BUSY:
            self._base.breaker.heard()
            self.next = _read(came)
            return
        if isinstance(came, _UNSENDABLE):  # without its message, which can hold the key
            self.next = Unscored("block", f"this cannot be sent: {type(came).__name__}; are address, key and traceparent right?")
            return
        wait_s = self._wait_s(came)
        if self._tries < self._patience.tries and self._base.clock() + wait_s < self._deadline:
            self.next = wait_s
            return
        dropped = not isinstance(came, (httpx.Response, *_ABSENT))
        # A server that asks to be spared, or drops this case, is alive; one that only its balancer answers for is not.
        (self._base.breaker.heard if dropped or status == HTTPStatus.TOO_MANY_REQUESTS else self._base.breaker.unheard)()
        said = f"the server answers {status}" if status else f"no answer: {type(came).__name__}"
        self.next = Unscored("block" if dropped else self._base.on_error, f"{said}, in {self._tries} tries", status)

    def _wait_s(self, came: httpx.Response | Exception) -> float:
        """What the server asks for, and beside it any part of a time that doubles with every try: not all callers come back at once."""
        longest = min(self._patience.longest_wait_s, self._patience.first_wait_s * 2 ** (self._tries - 1))
        asked = came.headers.get("retry-after", "") if isinstance(came, httpx.Response) else ""
        return random.uniform(0, longest) + (int(asked) if asked.isdecimal() and len(asked) < 10 else 0)


def _encoded(document: BaseModel | Mapping[str, Any]) -> bytes:
    if isinstance(document, BaseModel):
        return document.model_dump_json(exclude_defaults=True).encode()
    return json.dumps(dict(document), allow_nan=False).encode()


def _read(response: httpx.Response) -> Outcome:
    """A 200 with a whole answer, or a block: what the server refuses is never allowed."""
    if response.status_code != HTTPStatus.OK:
        return Unscored("block", f"refused: {_detail(response)}", response.status_code)
    try:
        return Answer.model_validate_json(response.content)
    except ValidationError:
        return Unscored("block", "the answer is none of Gatling's", response.status_code)


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])[:500]
    except (ValueError, KeyError, TypeError):
        return response.reason_phrase


class _Base:
    """What both clients share: who calls, and how long to try."""

    def __init__(
        self,
        *,
        key: str | None = None,
        tenant: str | None = None,
        on_error: OnError = "block",
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if on_error not in ("block", "allow"):
            raise ValueError(f"on_error is block or allow, not {on_error!r}")
        self.on_error: OnError = on_error
        self.patience = patience or Patience()
        self.clock = clock
        self.breaker = Breaker(self.patience, clock)
        named = {"authorization": f"Bearer {key}" if key else "", "gatling-tenant": tenant or ""}
        self._headers = {name: value for name, value in named.items() if value}


class Client(_Base):
    """For threads; one for all of them, since it keeps the connections and the circuit breaker."""

    def __init__(
        self,
        url: str,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        **options: Any,
    ) -> None:
        """`options`: key, tenant, on_error, patience."""
        super().__init__(**options)
        self._sleep = sleep
        self._http = httpx.Client(base_url=url, headers=self._headers, transport=transport)

    def score(self, case: Case | Mapping[str, Any], *, traceparent: str | None = None) -> Outcome:
        """The answer to a case, for example to one of `PlanRecorder.propose`."""
        return self._post("/score", _Attempt(self, case, traceparent))

    def score_trace(self, trace: Trace | Mapping[str, Any], *, traceparent: str | None = None) -> Outcome:
        """The answer to a recorded run."""
        return self._post("/score/trace", _Attempt(self, trace, traceparent))

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _post(self, path: str, attempt: _Attempt) -> Outcome:
        while isinstance(attempt.next, int | float):
            self._sleep(attempt.next)
            try:
                attempt.after(self._http.post(path, content=attempt.content, headers=attempt.headers, timeout=attempt.left_s))
            except httpx.HTTPError as error:
                attempt.after(error)
        return attempt.next


class AsyncClient(_Base):
    """For one event loop."""

    def __init__(
        self,
        url: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        **options: Any,
    ) -> None:
        """`options`: key, tenant, on_error, patience."""
        super().__init__(**options)
        self._sleep = sleep
        self._http = httpx.AsyncClient(base_url=url, headers=self._headers, transport=transport)

    async def score(self, case: Case | Mapping[str, Any], *, traceparent: str | None = None) -> Outcome:
        """The answer to a case, for example to one of `PlanRecorder.propose`."""
        return await self._post("/score", _Attempt(self, case, traceparent))

    async def score_trace(self, trace: Trace | Mapping[str, Any], *, traceparent: str | None = None) -> Outcome:
        """The answer to a recorded run."""
        return await self._post("/score/trace", _Attempt(self, trace, traceparent))

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _post(self, path: str, attempt: _Attempt) -> Outcome:
        while isinstance(attempt.next, int | float):
            await self._sleep(attempt.next)
            try:
                async with asyncio.timeout(attempt.left_s):
                    attempt.after(await self._http.post(path, content=attempt.content, headers=attempt.headers, timeout=None))
            except (httpx.HTTPError, TimeoutError) as error:
                attempt.after(error)
        return attempt.next
