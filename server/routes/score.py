"""Scoring: a case, a batch of cases, a trace."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from gatling_core.errors import GatlingError, LimitExceeded
from gatling_core.recorder import record
from gatling_core.schemas import Answer, Case, Contract, Trace
from server.body import parse_body, read_body, validate
from server.examples import ALLOWED, ATTACK, TRACE
from server.problems import Problem, problem_of
from server.routes.plain import PlainRoute, body_of, json_response, problems
from server.service import Service, caller_of, service_of, tenant_of

router = APIRouter(route_class=PlainRoute, tags=["score"])

_PROBLEMS = problems(400, 401, 403, 408, 413, 415, 422, 429, 500, 503)
_CASES: dict[str, Any] = {
    "allowed": {"summary": "What the user asked for", "value": ALLOWED},
    "attack": {"summary": "A hijacked plan", "value": ATTACK},
}


class Batch(Contract):
    """Cases to score together. Each is checked on its own, so that a wrong one does not cost the others their answer."""

    cases: list[Any]


class Answers(BaseModel):
    """Per case, in order, its answer or the problem with it. A problem has a `status` and no `decision`."""

    model_config = ConfigDict(frozen=True)

    answers: list[Answer | Problem]


@router.post(
    "/score",
    summary="Score a case",
    response_model=Answer,
    responses=_PROBLEMS,
    openapi_extra=body_of("Case", _CASES),
)
async def score(request: Request) -> Response:
    """The energy of a planned set of tool calls under its policy, and what to do about it.

    `allow`, `review` and `block` are all answered with 200; anything else is an error, and an error is never an allow.
    """
    service, tenant = service_of(request), tenant_of(request)
    body = await _read(request, service)
    with service.engine.admit():
        with service.metrics.stage("parse"):
            case = await parse_body(Case, body)
        return json_response(await service.decider.decide(case, tenant))


@router.post(
    "/score/batch",
    summary="Score several cases",
    response_model=Answers,
    responses=_PROBLEMS,
    openapi_extra=body_of("Batch", {"two": {"summary": "An allowed case and an attack", "value": {"cases": [ALLOWED, ATTACK]}}}),
)
async def score_batch(request: Request) -> Response:
    """Per case an answer or a problem, in order; a wrong case does not cost the others their answer."""
    service, tenant = service_of(request), tenant_of(request)
    body = await _read(request, service)
    with service.engine.admit():
        with service.metrics.stage("parse"):
            documents = (await parse_body(Batch, body)).cases
            if len(documents) > service.settings.max_batch_cases:
                raise LimitExceeded(f"at most {service.settings.max_batch_cases} cases, not {len(documents)}", "cases")
            parsed = await asyncio.to_thread(lambda: [_case_or_problem(document) for document in documents])
        cases = [case for case in parsed if isinstance(case, Case)]
        caller_of(request).charge(max(0, len(cases) - 1))
        with service.engine.admit(max(0, len(cases) - 1)):
            decided = iter(await service.decider.decide_all(cases, tenant))
    answers = [_answer_or_problem(next(decided)) if isinstance(item, Case) else item for item in parsed]
    return json_response(Answers(answers=answers))


@router.post(
    "/score/trace",
    summary="Score a recorded run",
    response_model=Answer,
    responses=_PROBLEMS,
    openapi_extra=body_of("Trace", {"run": {"summary": "A run with one call", "value": TRACE}}),
)
async def score_trace(request: Request) -> Response:
    """Messages as an agent loop has them (OpenAI, Anthropic or MCP shapes): the plan recorder turns them into a case."""
    service, tenant = service_of(request), tenant_of(request)
    body = await _read(request, service)
    with service.engine.admit():
        with service.metrics.stage("parse"):
            trace = await parse_body(Trace, body)
        with service.metrics.stage("record"):
            case = await asyncio.to_thread(record, trace)
        return json_response(await service.decider.decide(case, tenant))


async def _read(request: Request, service: Service) -> bytes:
    with service.metrics.stage("read"):
        return await read_body(request, max_bytes=service.settings.max_body_bytes)


def _case_or_problem(document: Any) -> Case | Problem:
    try:
        return validate(Case, document)
    except GatlingError as error:
        return problem_of(error)


def _answer_or_problem(outcome: Answer | GatlingError) -> Answer | Problem:
    return problem_of(outcome) if isinstance(outcome, GatlingError) else outcome
