"""A route as FastAPI declares it and Starlette runs it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, cast

from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import request_response
from starlette.types import Receive, Scope, Send

from server.problems import MEDIA_TYPE

PlainEndpoint = Callable[[Request], Coroutine[Any, Any, Response]]


class PlainRoute(APIRoute):
    """In the OpenAPI like any other, but Starlette calls the endpoint: no dependency solving, no second validation, no exit stack.

    At the rates of `POST /score` that machinery costs more than half of the throughput of an empty route.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self._plain = request_response(cast("PlainEndpoint", self.endpoint))

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] in self.methods:
            await self._plain(scope, receive, send)
        else:  # the answer to a method that there is not
            await super().handle(scope, receive, send)


def body_of(schema: str, examples: dict[str, Any]) -> dict[str, Any]:
    """`openapi_extra` for a body that the endpoint reads itself. `schema` is a name that `server.openapi` puts in."""
    content = {"schema": {"$ref": f"#/components/schemas/{schema}"}, "examples": examples}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses` for the statuses that come with problem details."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _MEANING[status], "content": content} for status in statuses}


def json_response(content: BaseModel, status: int = 200) -> Response:
    return Response(content.model_dump_json(), status, media_type="application/json")


_MEANING = {
    400: "Not JSON: broken, not UTF-8, NaN or Infinity, a repeated key",
    401: "No API key, or a wrong one",
    403: "The key has another role or tenant, or a browser sent it on behalf of another site",
    404: "There is no such thing",
    408: "The body did not arrive in time",
    409: "It is not as the caller thinks: the package is refused, the registry is read-only, somebody judged the case",
    413: "The body is too large",
    415: "The body is declared as something that is clearly not JSON",
    422: "Which field is wrong, and why",
    429: "Too many cases are waiting, or too many came with this key; see Retry-After",
    500: "The case could not be scored. Never an allow",
    503: "No model can serve, or it took too long, or the queue does not answer; see Retry-After",
}
