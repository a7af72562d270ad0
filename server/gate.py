"""The outermost layer: who may come in, what every answer carries, what is counted, and the last word on unexpected errors."""

from __future__ import annotations

import traceback
from time import perf_counter

import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gatling_core.keys import Role
from server.errors import CrossSite, Forbidden, RateLimited, Unauthorized
from server.keyring import ANYBODY, Caller, Keyring
from server.metrics import Metrics
from server.origin import ORIGIN, Origin
from server.problems import problem_response
from server.tracing import trace_id_of

OPEN_PATHS = frozenset({"/healthz", "/readyz", "/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"})
"""Probes and documentation need no key; a new route needs one unless it is named here."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})

_ROLES: dict[str, Role] = {"score": "score", "cases": "review", "metrics": "metrics"}
"""By the first part of the path."""

_SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
"""On every response that does not say otherwise itself. HSTS belongs where TLS ends, in front."""

_CDN = "https://cdn.jsdelivr.net"
_DOCS_POLICY = f"""default-src 'self'; script-src 'self' 'unsafe-inline' {_CDN}; style-src 'self' 'unsafe-inline' {_CDN}
https://fonts.googleapis.com; font-src https://fonts.gstatic.com; worker-src blob:; img-src 'self' data: https://fastapi.tiangolo.com
https://cdn.redoc.ly; frame-ancestors 'none'""".replace("\n", " ").encode()
"""The pages of FastAPI load Swagger UI and ReDoc from elsewhere."""

REFUSED = (Unauthorized, Forbidden, CrossSite, RateLimited)
"""What is counted as somebody refused."""

log = structlog.get_logger()


def _first(path: str) -> str:
    return path.partition("/")[2].partition("/")[0]


def role_for(method: str, path: str) -> Role:
    """What a route asks of its caller; one that is not named here is for admins."""
    if (method, path) == ("GET", "/models"):
        return "review"
    return _ROLES.get(_first(path), "admin")


def route_of(path: str) -> str:
    """A label of few values, whatever is asked for."""
    first = _first(path)
    return first if first in _ROLES or first in {"models", "console"} or path in OPEN_PATHS else "other"


class Gate:
    """Pure ASGI, because a middleware that wraps responses in tasks would cost more than scoring a small case."""

    def __init__(self, app: ASGIApp, *, keyring: Keyring, metrics: Metrics) -> None:
        self._app = app
        self._keyring = keyring
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        trace_id = trace_id_of(headers.get("traceparent"))
        origin = ORIGIN.set(Origin(trace_id))
        start, started = perf_counter(), False

        async def counted(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                method = scope["method"] if scope["method"] in _METHODS else "other"
                self._metrics.responses.labels(method, message["status"]).inc()
                _finish(message, scope["path"], trace_id)
            await send(message)

        try:
            caller = self._admit(scope, headers)
            ORIGIN.set(Origin(trace_id, caller.key))
            await self._app(scope, receive, counted)
        except ClientDisconnect:
            return
        except REFUSED as error:
            self._metrics.refused.labels(error.slug).inc()
            await problem_response(error)(scope, receive, counted)
        except Exception as error:  # noqa: BLE001  never a stack trace, never an allow
            if not started:
                await problem_response(error)(scope, receive, counted)
            _log(error, scope)
        finally:
            ORIGIN.reset(origin)
            self._metrics.requests.labels(route_of(scope["path"])).observe(perf_counter() - start)

    def _admit(self, scope: Scope, headers: Headers) -> Caller:
        # A page of another site can make a browser post to a server on localhost, where there is often no key.
        if scope["method"] in _CHANGING and headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
            raise CrossSite("a browser sent this on behalf of another site")
        # A browser cannot send the header for a page: the console asks the keyring itself, for who signed in.
        if scope["path"] in OPEN_PATHS or _first(scope["path"]) == "console":
            return ANYBODY
        caller = self._keyring.caller(headers.get("authorization", ""))
        caller.require(role_for(scope["method"], scope["path"]))
        caller.charge(1)
        scope.setdefault("state", {})["caller"] = caller
        return caller


def _finish(message: Message, path: str, trace_id: str) -> None:
    """What every response carries, unless it says otherwise itself."""
    given = [*message["headers"], (b"gatling-trace-id", trace_id.encode())]
    if path.startswith(("/docs", "/redoc")):
        given.append((b"content-security-policy", _DOCS_POLICY))
    names = {name for name, _ in given}
    message["headers"] = [*given, *(header for header in _SECURITY if header[0] not in names)]


def _log(error: Exception, scope: Scope) -> None:
    """Where it happened, without its message: that may hold what the caller sent."""
    frames = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-6:]]
    log.error("unexpected_error", error=type(error).__name__, path=scope["path"], frames=frames)
