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
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gatling_core.errors import GatlingError
from gatling_core.settings import Settings
from server.console.explanation import Explainer
from server.console.session import COOKIE, Sessions, check_same_site
from server.errors import BodyTooLarge, Unauthorized
from server.problems import problem_of

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent
MAX_FORM_BYTES = 65_536
MAX_SHOWN = 4_000
"""Characters of one text on a page; the raw case has the rest."""

# No connect-src: no page fetches anything.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_MEDIA = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Site:
    """The console of one app."""

    def __init__(self, settings: Settings) -> None:
        self.sessions = Sessions(settings.api_key)
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
        common = {"edition": self._edition, "path": request.url.path, "signed_in": self.sessions.needed}
        return HTMLResponse(self._templates.get_template(name).render(**common, **values), status)

    def file(self, name: str) -> Response:
        """A static file; its address changes with its content, so it may be kept for good."""
        media = _MEDIA[Path(name).suffix]
        return Response(self.files[name], media_type=media, headers={"Cache-Control": "public, max-age=31536000, immutable"})


def site_of(request: Request) -> Site:
    return request.app.state.console


class OpenPage(APIRoute):
    """A page for everybody who is not sent by another site: signing in, and the static files."""

    def admit(self, request: Request) -> Response | None:
        """What answers instead of the page, if it may not be seen."""
        check_same_site(request, named=site_of(request).sessions.needed)
        return None

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                response = self.admit(request) or await handle(request)
            except (GatlingError, RequestValidationError) as error:
                problem = problem_of(error)
                response = site_of(request).page(request, "error.html", problem.status, problem=problem)
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return guarded


class SignedInPage(OpenPage):
    """A page for those who gave the key, if there is one."""

    def admit(self, request: Request) -> Response | None:
        super().admit(request)
        if site_of(request).sessions.admits(request.cookies.get(COOKIE, "")):
            return None
        if request.method != "GET":
            raise Unauthorized("the session has ended: sign in and send it again")
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse("/console/login?" + urlencode({"to": asked}), 303)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a posted form; empty ones count as absent.

    Raises:
        BodyTooLarge: more than `MAX_FORM_BYTES`.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise BodyTooLarge(f"a form may have {MAX_FORM_BYTES} bytes")
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
