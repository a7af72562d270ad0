"""The outermost layer: who may come in, what is counted, and the last word on errors that nobody expected."""

from __future__ import annotations

import hmac
import traceback

import structlog
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.errors import CrossSite, Unauthorized
from server.metrics import Metrics
from server.problems import problem_response

OPEN_PATHS = frozenset({"/healthz", "/readyz", "/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"})
"""Probes and documentation need no key; a new route needs one unless it is named here."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log = structlog.get_logger()


class Gate:
    """Pure ASGI, because a middleware that wraps responses in tasks would cost more than scoring a small case."""

    def __init__(self, app: ASGIApp, *, api_key: SecretStr | None, metrics: Metrics) -> None:
        self._app = app
        self._key = api_key.get_secret_value().encode() if api_key else None
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def counted(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                method = scope["method"] if scope["method"] in _METHODS else "other"
                self._metrics.responses.labels(method, message["status"]).inc()
            await send(message)

        try:
            self._admit(scope)
            await self._app(scope, receive, counted)
        except ClientDisconnect:
            return
        except (Unauthorized, CrossSite) as error:
            await problem_response(error)(scope, receive, counted)
        except Exception as error:  # noqa: BLE001  never a stack trace, never an allow
            if not started:
                await problem_response(error)(scope, receive, counted)
            _log(error, scope)

    def _admit(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        # A page of another site can make a browser post to a server on localhost, where there is often no key.
        if scope["method"] == "POST" and headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
            raise CrossSite("a browser sent this on behalf of another site")
        # A browser cannot send the header for a page: the console has sessions of its own.
        if self._key is None or scope["path"] in OPEN_PATHS or f"{scope['path']}/".startswith("/console/"):
            return
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), self._key):
            raise Unauthorized("send the header Authorization: Bearer <key>")


def _log(error: Exception, scope: Scope) -> None:
    """Where it happened, without its message: that may hold what the caller sent."""
    frames = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-6:]]
    log.error("unexpected_error", error=type(error).__name__, path=scope["path"], frames=frames)
