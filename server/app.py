"""The application: settings in, ASGI out. Everything with an effect happens in its lifespan."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gatling_core.embedded import connect
from gatling_core.errors import GatlingError
from gatling_core.mirror import registry_of
from gatling_core.queue import CaseQueue
from gatling_core.settings import Settings
from gatling_core.spool import Spool
from server.alarm import Alarm
from server.body import Room
from server.bystanders import Bystanders
from server.decider import Decider
from server.decision_log import DecisionLog
from server.engine import Engine, ScoringModel
from server.gate import Gate
from server.keyring import Keyring
from server.metrics import Metrics, Reading
from server.openapi import describe
from server.problems import problem_response
from server.queue_watch import QueueWatch
from server.reload import Load, Reloader, loader
from server.rollout import Rollout
from server.routes import cases, console, health, models, score
from server.service import Service
from server.shadow import Shadow
from server.sibling import Sibling
from server.tracing import TELEMETRY

_DESCRIPTION = """Gatling stands between an agent's planner and its tools. Post the governing policy and the planned calls;
the answer is an energy (low = consistent with the policy and the request, high = malicious), its four terms down to single calls,
and a decision. Errors are RFC 9457 problem details and never an allow."""
_QUEUE_LOOK_MS = 1_000


def create_app(
    settings: Settings,
    *,
    model: ScoringModel | None = None,
    queue: CaseQueue | None = None,
    load: Load | None = None,
    sibling: Sibling | None = None,
) -> FastAPI:
    """A scoring service. Without `model` it serves the registry's current one, without `queue` it connects as the settings say, without
    `sibling` it is alone.
    """
    keyring = Keyring(settings, folder=sibling.folder if sibling else None)
    metrics = Metrics(lambda tenant: tenant == "default" or tenant in settings.tenants or tenant in keyring.tenants, sibling)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            app.state.service = await _service(settings, metrics, stack, model, queue, load or loader(settings), sibling)
            yield

    app = FastAPI(title="Gatling", version="0.1.0", description=_DESCRIPTION, lifespan=lifespan, telemetry=TELEMETRY)
    for router in (score.router, cases.router, cases.verdicts, models.router, health.router):
        app.include_router(router)
    console.mount(app, keyring)
    for error in (GatlingError, RequestValidationError, HTTPException):
        app.add_exception_handler(error, _problem)
    app.add_middleware(Gate, keyring=keyring, metrics=metrics)
    app.openapi = lambda: describe(app)
    return app


def _problem(_: Request, error: Exception) -> Response:
    return problem_response(error)


async def _service(
    settings: Settings,
    metrics: Metrics,
    stack: AsyncExitStack,
    model: ScoringModel | None,
    queue: CaseQueue | None,
    load: Load,
    sibling: Sibling | None,
) -> Service:
    """Starts the parts; `stack` ends them in reverse: the engine first, while the spool still takes what it decides."""
    if queue is None:
        client = connect(settings)  # connects with the first command
        stack.push_async_callback(asyncio.to_thread, client.close)
        queue = CaseQueue.of(client, settings)
    spool = Spool(settings.data_dir / "spool", queue, max_bytes=settings.spool_max_bytes, retry_ms=settings.spool_retry_ms)
    spool.start()
    stack.push_async_callback(asyncio.to_thread, spool.stop)

    decision_log = DecisionLog.of(settings, sibling)
    decision_log.start()
    stack.push_async_callback(asyncio.to_thread, decision_log.stop)

    engine = Engine(
        model,
        metrics,
        workers=settings.workers,
        max_batch=settings.max_batch,
        max_in_progress=settings.max_waiting,
        max_wait_ms=settings.max_wait_ms,
        timeout_ms=settings.score_timeout_ms,
    )
    engine.start()
    stack.push_async_callback(engine.stop)

    registry = registry_of(settings)
    alarm = Alarm(settings.alarm)
    shadow = Shadow(metrics, alarm, queue)
    shadow.start()
    stack.push_async_callback(asyncio.to_thread, shadow.stop)
    bystanders = Bystanders(engine, shadow, metrics, alarm)
    rollout = Rollout(registry, alarm, metrics, settings.rollout)
    reloader = Reloader(registry, engine, bystanders, metrics, load, alarm, rollout, settings.beside)
    await reloader.start(settings.shipped_model)
    queue_watch = QueueWatch(queue)
    for watching in (reloader.watch(settings.reload_every_ms), queue_watch.watch(_QUEUE_LOOK_MS)):
        stack.callback(asyncio.create_task(watching).cancel)

    for telling in (sibling.keep_beating(), metrics.pool.keep_writing()) if sibling and metrics.pool else ():
        stack.callback(asyncio.create_task(telling).cancel)
    metrics.watch(lambda: _readings(engine, queue_watch, spool, decision_log))
    decider = Decider(settings, engine, spool, metrics, decision_log, shadow, alarm)
    room = Room(settings.max_held_bytes)
    return Service(settings, engine, decider, reloader, bystanders, registry, queue, queue_watch, spool, metrics, room)


def _readings(engine: Engine, queue: QueueWatch, spool: Spool, decision_log: DecisionLog) -> Iterator[Reading]:
    """What is counted elsewhere, as of now."""
    yield "gatling_in_progress_cases", "Cases between parsing and answer", engine.in_progress
    yield "gatling_waiting_cases", "Cases that no worker has taken yet", engine.waiting
    yield "gatling_waiting_oldest_seconds", "How long the oldest of them has waited", engine.oldest_s
    yield "gatling_decision_log_written_total", "Decisions in the decision log", decision_log.written
    yield "gatling_decision_log_dropped_total", "Decisions that the decision log lost", decision_log.dropped
    yield "gatling_decision_log_waiting", "Decisions that are not written yet", decision_log.waiting
    if engine.model is not None:
        hits, misses, size = engine.model.cache_info()
        yield "gatling_policy_cache_hits_total", "Policies found encoded; starts anew with a model", hits
        yield "gatling_policy_cache_misses_total", "Policies encoded; starts anew with a model", misses
        yield "gatling_policy_cache_policies", "Policies kept encoded", size
    spooled = spool.stats()
    yield "gatling_spool_bytes", "Bytes on disk that the queue does not have yet", spooled.waiting_bytes
    yield "gatling_spool_delivered_total", "Cases delivered to the queue", spooled.delivered
    yield "gatling_spool_refused_total", "Cases the spool did not take: full, or no disk", spooled.refused
    yield "gatling_spool_torn_total", "Lines that were not written whole", spooled.torn
    yield "gatling_spool_rejected_total", "Entries the queue will never take", spooled.rejected
    yield "gatling_queue_up", "Whether the case queue answers", queue.stats is not None
    if queue.stats:
        yield "gatling_queue_depth", "Open cases", queue.stats.depth
        yield "gatling_queue_judged", "Open cases with a verdict", queue.stats.judged
        yield "gatling_queue_dead", "Dead letters", queue.stats.dead
        yield "gatling_queue_oldest_seconds", "Age of the oldest open case", queue.stats.oldest_s
