"""Errors as RFC 9457 problem details (`application/problem+json`). They say what is wrong and where, never how it came about."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from gatling_core.errors import InvalidInput, NotFound, QueueUnavailable, RegistryError
from server.errors import FieldError, InvalidFields, RateLimited, ServerError, SlowBody, Unauthorized

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 32
"""Fields named in one problem: a body of 500 wrong calls must not be answered with a megabyte."""
RETRY_AFTER_S = 1


class FieldProblem(BaseModel):
    """One wrong field: a dotted path into the body (`execution_plan.nodes.3.tool_name`), empty if the whole is meant."""

    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:gatling:problem:invalid-input",
                    "title": "The input is not acceptable",
                    "status": 422,
                    "detail": "execution_plan.nodes: List should have at least 1 item after validation, not 0",
                    "errors": [
                        {"field": "execution_plan.nodes", "message": "List should have at least 1 item after validation, not 0"}
                    ],
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = Field(default_factory=list[FieldProblem])


def problem_of(error: Exception) -> Problem:
    """The problem that tells a caller of `error`. What is not known to be the caller's business becomes a bare 500."""
    match error:
        case InvalidFields():
            problem = _problem(error.slug, error.title, error.status, str(error))
            named = [FieldProblem(field=item.field, message=item.message) for item in error.errors[:MAX_ERRORS]]
            return problem.model_copy(update={"errors": named})
        case ServerError():
            return _problem(error.slug, error.title, error.status, str(error))
        case InvalidInput():
            return problem_of(InvalidFields([FieldError(error.field, error.message)]))
        case RequestValidationError():
            wrong = [FieldError(".".join(map(str, item["loc"][1:])), item["msg"]) for item in error.errors()]
            return problem_of(InvalidFields(wrong))
        case NotFound():
            return _problem("not-found", "Not found", 404, str(error))
        case RegistryError():
            return _problem("registry", "The registry cannot do that", 409, str(error))
        case QueueUnavailable():
            return _problem(
                "queue-unavailable", "The case queue does not answer", 503, "the server's log says why"
            )  # and where it is
        case HTTPException():
            return _problem("http", HTTPStatus(error.status_code).phrase, error.status_code, str(error.detail))
        case _:
            return _problem("internal", "Internal error", 500, "an unexpected error; the server's log has more")


def problem_response(error: Exception) -> Response:
    problem = problem_of(error)
    return Response(problem.model_dump_json(), problem.status, headers_of(error, problem), MEDIA_TYPE)


def headers_of(error: Exception, problem: Problem) -> Mapping[str, str]:
    """What a response must carry beside the problem."""
    if isinstance(error, HTTPException):
        return error.headers or {}
    if isinstance(error, SlowBody):
        return {"Connection": "close"}  # the rest of the body may come for ever
    if isinstance(error, Unauthorized):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, RateLimited):
        return {"Retry-After": str(math.ceil(error.retry_after_s))}
    return {"Retry-After": str(RETRY_AFTER_S)} if problem.status in (429, 503) else {}


def _problem(slug: str, title: str, status: int, detail: str) -> Problem:
    return Problem(type=f"urn:gatling:problem:{slug}", title=title, status=status, detail=detail)
