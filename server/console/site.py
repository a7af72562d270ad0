"""What every page shares: templates that escape, headers that forbid scripts, who may see it, and errors as pages."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from markupsafe import Markup
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gatling_core.errors import GatlingError
from gatling_core.queue import CaseQueue
from server.body import read_body
from server.console.explanation import Explainer
from server.console.session import COOKIE, Sessions, check_same_site
from server.errors import Forbidden, Unauthorized
from server.gate import REFUSED
from server.keyring import ANYBODY, Caller, Keyring
from server.origin import ORIGIN
from server.problems import headers_of, problem_of
from server.service import caller_of, service_of

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent
MAX_FORM_BYTES = 65_536
SIGN_INS_PER_MINUTE = 30
"""Attempts, of everybody together: a chosen GATLING_API_KEY must not be guessed through the form."""
MAX_SHOWN = 4_000
"""Characters of one text on a page; the raw case has the rest."""

# What the gate says of every response, but: pages have styles, a script and forms of their own. No connect-src: none fetches anything.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_MEDIA = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Site:
    """The console of one app."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring
        self.sessions = Sessions(keyring)
        self.sign_ins = keyring.bucket("sign-ins", SIGN_INS_PER_MINUTE)
        self._shared: bytes | None = None
        self.explainer = Explainer()
        self.files = {path.name: path.read_bytes() for path in sorted((FOLDER / "static").iterdir())}
        self._edition = hashlib.sha256(b"".join(self.files.values())).hexdigest()[:12]

    @cached_property
    def _templates(self) -> Environment:
        # Slow to import: not before the first page.
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        templates = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_visible,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        templates.filters |= {"ago": _ago, "excerpt": excerpt, "json": _json, "percent": quote, "query": query_string}
        return templates

    def page(self, request: Request, name: str, status: int = 200, **values: Any) -> Response:
        """The template `name` as a page."""
        caller = getattr(request.state, "caller", ANYBODY)
        common = {"edition": self._edition, "path": request.url.path, "caller": caller}
        return HTMLResponse(self._templates.get_template(name).render(**common, **values), status)

    async def shared(self, queue: CaseQueue) -> bytes:
        """What signs sessions, asked for once."""
        if self._shared is None:
            self._shared = await run_in_threadpool(queue.session_secret)
        return self._shared

    def file(self, name: str) -> Response:
        """A static file; its address changes with its content, so it may be kept for good."""
        media = _MEDIA[Path(name).suffix]
        return Response(self.files[name], media_type=media, headers={"Cache-Control": "public, max-age=31536000, immutable"})


def site_of(request: Request) -> Site:
    return request.app.state.console


class OpenPage(APIRoute):
    """A page for everybody who is not sent by another site: signing in, and the static files."""

    async def admit(self, request: Request) -> Response | None:
        """What answers instead of the page, if it may not be seen."""
        check_same_site(request, named=site_of(request).keyring.asks)
        return None

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                response = await self.admit(request) or await handle(request)
            except (GatlingError, RequestValidationError) as error:
                count_refused(request, error)
                problem = problem_of(error)
                response = site_of(request).page(request, "error.html", problem.status, problem=problem)
                response.headers.update(headers_of(error, problem))
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return guarded


class SignedInPage(OpenPage):
    """A page for those who gave a key that may review, if a key is asked for."""

    async def admit(self, request: Request) -> Response | None:
        await super().admit(request)
        try:
            caller = await _signed_in(request)
        except Unauthorized as error:
            if request.method != "GET":
                raise Unauthorized(f"{error}: sign in and send it again") from None
            asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse("/console/login?" + urlencode({"to": asked}), 303)
        ORIGIN.set(ORIGIN.get()._replace(key=caller.key))
        request.state.caller = caller
        caller.require("review")
        caller.charge(1)
        return None


class OperatorPage(SignedInPage):
    """A page that tells of every tenant."""

    async def admit(self, request: Request) -> Response | None:
        instead = await super().admit(request)
        if instead is None and caller_of(request).tenant is not None:
            raise Forbidden("this page tells of every tenant, and this key speaks for one")
        return instead


class AdminPage(OperatorPage):
    """A page that changes which models run."""

    async def admit(self, request: Request) -> Response | None:
        instead = await super().admit(request)
        if instead is None:
            caller_of(request).require("admin")
        return instead


async def _signed_in(request: Request) -> Caller:
    """Who the session is of.

    Raises:
        Unauthorized: there is none that is valid.
    """
    site = site_of(request)
    if not site.keyring.asks:
        return ANYBODY
    return site.sessions.caller(request.cookies.get(COOKIE, ""), await site.shared(service_of(request).queue))


def count_refused(request: Request, error: Exception) -> None:
    """Like the gate does, which does not see it."""
    if isinstance(error, REFUSED):
        service_of(request).metrics.refused.labels(error.slug).inc()


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a posted form; empty ones count as absent. Raises as `read_body` does."""
    body = await read_body(request, max_bytes=MAX_FORM_BYTES)
    return {name: value.strip() for name, value in parse_qsl(body.decode("utf-8", "replace")) if value.strip()}


def query_string(query: BaseModel, **changes: Any) -> str:
    """A query as the part of an address after the `?`, without what is as by default."""
    values = query.model_dump(mode="json", exclude_defaults=True) | changes
    return urlencode({name: value for name, value in values.items() if value is not None})


def excerpt(text: str) -> str:
    """The beginning of a long text; says how much is left out."""
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]} … ({len(text) - MAX_SHOWN} more characters)"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _visible(value: Any) -> Any:
    """Characters that would reorder or hide the text around them, as their code: a reviewer must see what is there."""
    if not isinstance(value, str) or isinstance(value, Markup) or value.isprintable():
        return value
    return "".join(c if c in "\n\t" or unicodedata.category(c)[0] != "C" else f"⟨U+{ord(c):04X}⟩" for c in value)


def _ago(time: datetime) -> str:
    seconds = max(0, int((datetime.now(UTC) - time).total_seconds()))
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {name} ago"
    return "just now"
