"""Is it alive, can it serve, what does it measure."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from gatling_core.schemas import ModelRef
from server.reload import Refused
from server.routes.plain import problems
from server.service import service_of

router = APIRouter(tags=["health"])

_AWAY = "the case queue does not answer; the server's log says why"
"""No more, since anybody may ask: Redis' own words name its address."""


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class QueueHealth(BaseModel):
    """As last looked at, a second ago or so. Without the queue cases are still decided; they wait in the spool."""

    reachable: bool
    depth: int | None
    reason: str | None


class SpoolHealth(BaseModel):
    """What is on disk and not in the queue yet."""

    waiting_bytes: int


class Readiness(BaseModel):
    """`ready` says that a model serves and goes on to. A refused package or a queue that is away does not make a server unready."""

    ready: bool
    model: ModelRef | None
    refused: Refused | None
    queue: QueueHealth
    spool: SpoolHealth


@router.get("/healthz", summary="Liveness")
async def health() -> Health:
    """Answers as long as the process does."""
    return Health()


@router.get(
    "/readyz",
    summary="Readiness",
    responses={503: {"model": Readiness, "description": "No model can serve, or the server is ending"}},
)
async def readiness(request: Request, response: Response) -> Readiness:
    """Which model serves, the last package that was refused and why, and how the queue is. 503 if none can serve, or the server is ending."""
    service = service_of(request)
    serving, queue = service.engine.serving, service.queue_watch
    ready = serving is not None and not service.engine.draining
    if not ready:
        response.status_code = 503
    return Readiness(
        ready=ready,
        model=serving,
        refused=service.reloader.refused,
        queue=QueueHealth(
            reachable=queue.stats is not None, depth=queue.stats and queue.stats.depth, reason=queue.reason and _AWAY
        ),
        spool=SpoolHealth(waiting_bytes=service.spool.stats().waiting_bytes),
    )


@router.get("/metrics", summary="Prometheus metrics", response_class=Response, responses=problems(401, 403, 429))
def metrics(request: Request) -> Response:
    """Decisions, energies, stage times, cache, queue and spool, in the Prometheus text format."""
    return Response(service_of(request).metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
