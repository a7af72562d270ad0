"""Queued cases: what the model was unsure of, and the verdicts on it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeVar

import structlog
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from gatling_core.errors import AlreadyJudged, NotFound
from gatling_core.queue import CaseQueue, QueuedCase
from gatling_core.schemas import Answer, Case, ShadowScore, Suggestion, Verdict
from gatling_core.triage import Order, Page, Rank, Wanted, disagreement, nearest, newest, newest_policy, ranked
from server.body import parse_body, read_body
from server.errors import ConflictingVerdict
from server.keyring import Caller
from server.routes.plain import PlainRoute, body_of, json_response, problems
from server.service import Service, caller_of, service_of

router = APIRouter(tags=["cases"])
verdicts = APIRouter(tags=["cases"], route_class=PlainRoute)

log = structlog.get_logger()

_VERDICT = {"label": "adversarial", "reviewer": "ada", "reason": "The export is what the invoice's note asks for, not the user"}


class CaseItem(BaseModel):
    """A queued case with its answer, and its verdict if there is one."""

    decision_id: str
    time: datetime
    tenant: str
    case: Case
    answer: Answer
    verdict: Verdict | None
    suggestion: Suggestion | None = Field(description="of a teacher, where one is set: no verdict, nothing is trained on it")
    shadow: ShadowScore | None = Field(description="what the model that stands beside as shadow made of it, if it saw it")

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
            suggestion=queued.suggestion,
            shadow=queued.shadow,
        )


class CaseQuery(Wanted):
    """Which open cases, in which order, and which page of them. A name that is none of these is refused: ignored, it would list them all."""

    model_config = ConfigDict(extra="forbid")

    order: Order = Field(
        default="newest",
        description="newest first, or those first whose energy is nearest to a cut-off, whose policy was seen last for the first time, "
        "or that the shadow decides otherwise, and then those whose energies are furthest apart",
    )
    limit: int = Field(default=50, ge=1, le=200)
    before: str | None = Field(
        default=None, pattern=r"^([0-9.e-]{1,32}_)?[0-9]{1,16}-[0-9]{1,16}$", description="`next` of the page before"
    )


class Cases(BaseModel):
    """In the order asked for. `next`, if there may be more, is what to give as `before` for the next page."""

    cases: list[CaseItem]
    next: str | None


@router.get("/cases", summary="List queued cases", responses=problems(401, 403, 422, 429, 503))
def list_cases(request: Request, query: Annotated[CaseQuery, Query()]) -> Cases:
    """Cases that wait for a verdict or for the next training. A trained case is no longer here.

    A key that is bound to a tenant sees the cases of that tenant alone.
    """
    page = page_of(service_of(request), narrowed(query, caller_of(request)))
    return Cases(cases=[CaseItem.of(queued) for queued in page.cases], next=page.next)


@verdicts.post(
    "/cases/{id}/verdict",
    summary="Judge a queued case",
    response_model=Verdict,
    responses=problems(400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 503),
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


Q = TypeVar("Q", bound=CaseQuery)


def narrowed(query: Q, caller: Caller) -> Q:
    """The query for what its caller may see.

    Raises:
        Forbidden: it names another tenant than the caller's.
    """
    tenant = caller.tenant if query.tenant is None else query.tenant
    if tenant is not None:
        caller.speak_for(tenant)
    return query.model_copy(update={"tenant": tenant})


def page_of(service: Service, query: CaseQuery) -> Page:
    """The cases that a query asks for."""
    rank = rank_of(service, query)
    if rank is None:
        return newest(service.queue, query, limit=query.limit, before=query.before)
    return ranked(service.queue, query, rank, limit=query.limit, before=query.before)


def rank_of(service: Service, query: CaseQuery) -> Rank | None:
    """The order that a query asks for; None is newest first."""
    ranks: dict[Order, Rank | None] = {
        "newest": None,
        "nearest": nearest(service.settings.bands_of),
        "policy": newest_policy,
        "disagreement": disagreement,
    }
    return ranks[query.order]


def visible(queue: CaseQueue, caller: Caller, decision_id: str) -> QueuedCase:
    """The open case of a decision.

    Raises:
        NotFound: there is none; nor is the caller told that another tenant has it.
    """
    queued = queue.get(decision_id)
    if not caller.may_see(queued.entry.tenant):
        raise NotFound(f"no open case has the decision_id {decision_id}")
    return queued


def record(queue: CaseQueue, decision_id: str, verdict: Verdict) -> Verdict:
    """Keep a verdict, and log it."""
    try:
        kept = queue.set_verdict(decision_id, verdict)
    except AlreadyJudged as error:
        raise ConflictingVerdict(str(error)) from None
    log.info("case_judged", decision_id=decision_id, label=kept.label)  # and, as in every line of the log, with which key
    return kept


def _judge(queue: CaseQueue, caller: Caller, decision_id: str, verdict: Verdict) -> Verdict:
    visible(queue, caller, decision_id)
    if verdict.source != "reviewer":  # it needs no second, so a single reviewer must not be able to claim it
        caller.require("admin")
    return record(queue, decision_id, verdict)
