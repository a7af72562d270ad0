"""Queued cases: what the model was unsure of, and the verdicts on it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from gatling_core.errors import NotFound
from gatling_core.queue import CaseQueue, QueuedCase
from gatling_core.schemas import Answer, Case, Verdict
from server.body import parse_body, read_body
from server.keyring import Caller
from server.routes.plain import PlainRoute, body_of, json_response, problems
from server.service import caller_of, service_of

router = APIRouter(tags=["cases"])
verdicts = APIRouter(tags=["cases"], route_class=PlainRoute)

_MAX_LOOKED_AT = 2_000
"""Cases one request looks through for a label, so that a rare one does not read the whole queue; `next` goes on from there."""

log = structlog.get_logger()

Judgement = Literal["gold", "boundary", "adversarial", "unjudged"]

_VERDICT = {"label": "adversarial", "reviewer": "ada", "reason": "The export is what the invoice's note asks for, not the user"}


class CaseItem(BaseModel):
    """A queued case with its answer, and its verdict if there is one."""

    decision_id: str
    time: datetime
    tenant: str
    case: Case
    answer: Answer
    verdict: Verdict | None

    @classmethod
    def of(cls, queued: QueuedCase) -> CaseItem:
        entry = queued.entry
        return cls(
            decision_id=entry.decision_id,
            time=entry.time,
            tenant=entry.tenant,
            case=entry.case,
            answer=entry.answer,
            verdict=queued.verdict,
        )


class Cases(BaseModel):
    """Newest first. `next`, if there may be more, is what to give as `before` for the next page."""

    cases: list[CaseItem]
    next: str | None


@router.get("/cases", summary="List queued cases", responses=problems(401, 403, 422, 429, 503))
def list_cases(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    label: Annotated[Judgement | None, Query(description="only cases with this verdict, or without one")] = None,
    before: Annotated[str | None, Query(pattern=r"^[0-9]{1,16}-[0-9]{1,16}$", description="`next` of the page before")] = None,
) -> Cases:
    """Cases that wait for a verdict or for the next training, newest first. A trained case is no longer here.

    A key that is bound to a tenant sees the cases of that tenant alone.
    """
    found, cursor = _page(service_of(request).queue, caller_of(request), limit, label, before)
    return Cases(cases=[CaseItem.of(queued) for queued in found], next=cursor)


@verdicts.post(
    "/cases/{id}/verdict",
    summary="Judge a queued case",
    response_model=Verdict,
    responses=problems(400, 401, 403, 404, 408, 413, 415, 422, 429, 503),
    openapi_extra={
        **body_of("Verdict", {"attack": {"summary": "An attack", "value": _VERDICT}}),
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}, "description": "decision_id"}
        ],
    },
)
async def judge(request: Request) -> Response:
    """What the case really is. Only cases with a verdict are trained on; a second verdict replaces the first until then."""
    service = service_of(request)
    body = await read_body(request, max_bytes=service.settings.max_body_bytes)
    verdict = await parse_body(Verdict, body)
    return json_response(await run_in_threadpool(_judge, service.queue, caller_of(request), request.path_params["id"], verdict))


def _judge(queue: CaseQueue, caller: Caller, decision_id: str, verdict: Verdict) -> Verdict:
    if not caller.may_see(queue.get(decision_id).entry.tenant):
        raise NotFound(f"no open case has the decision_id {decision_id}")  # nor is it told that another tenant has it
    kept = queue.set_verdict(decision_id, verdict)
    log.info("case_judged", decision_id=decision_id, label=kept.label)  # and, as in every line of the log, with which key
    return kept


def _page(
    queue: CaseQueue, caller: Caller, limit: int, label: Judgement | None, before: str | None
) -> tuple[list[QueuedCase], str | None]:
    found: list[QueuedCase] = []
    for _ in range(0, _MAX_LOOKED_AT, limit):
        page = queue.cases(limit, before)
        for queued in page:
            before = queued.id
            judged = queued.verdict.label if queued.verdict else "unjudged"
            if label in (None, judged) and caller.may_see(queued.entry.tenant):
                found.append(queued)
            if len(found) == limit:
                return found, before
        if len(page) < limit:
            return found, None
    return found, before
