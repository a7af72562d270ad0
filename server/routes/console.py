"""The console's pages. Each reads what it shows, hands it to a template, and a POST ends in a redirect."""

from __future__ import annotations

import os
from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Path, Query
from pydantic import ConfigDict, Field, JsonValue, TypeAdapter, ValidationError, field_validator
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gatling_core.beside import PLACES, Beside, Canary, Place, Version
from gatling_core.errors import NotFound
from gatling_core.lineage import read_lessons
from gatling_core.queue import QueuedCase
from gatling_core.registry import Manifest
from gatling_core.schemas import REASONS, Contract, Verdict
from gatling_core.triage import Judgement, beside, distance
from server.blame import violations_of
from server.body import validate
from server.console.plan import blamable, calls_of, draw, level_of
from server.console.plots import figures, plots_of
from server.console.session import COOKIE, LASTS_S
from server.console.site import (
    AdminPage,
    OpenPage,
    OperatorPage,
    SignedInPage,
    Site,
    count_refused,
    form_of,
    query_string,
    site_of,
)
from server.errors import ConflictingVerdict, Forbidden, RateLimited, Unauthorized
from server.keyring import Caller, Keyring
from server.problems import headers_of, problem_of
from server.routes.cases import CaseQuery, narrowed, page_of, rank_of, record, visible
from server.routes.models import ShadowVersion
from server.routes.plain import json_response
from server.service import Service, caller_of, service_of

open_pages = APIRouter(prefix="/console", route_class=OpenPage, include_in_schema=False)
pages = APIRouter(prefix="/console", route_class=SignedInPage, include_in_schema=False)
operator_pages = APIRouter(prefix="/console", route_class=OperatorPage, include_in_schema=False)
admin_pages = APIRouter(prefix="/console", route_class=AdminPage, include_in_schema=False)

REVIEWER = "gatling_reviewer"
_REFUSED = {
    Unauthorized: "That is not an API key that is valid here.",
    Forbidden: "That key may not review: it needs the role review.",
    RateLimited: "Too many attempts to sign in: wait a minute.",
}
_YEAR_S = 365 * 24 * 3_600
_REPORT = TypeAdapter(dict[str, JsonValue])


def mount(app: FastAPI, keyring: Keyring) -> None:
    """Put the console into an app."""
    app.state.console = Site(keyring)
    for router in (open_pages, pages, operator_pages, admin_pages):
        app.include_router(router)


class QueueQuery(CaseQuery):
    """A list of cases as the console's filter form asks for it: what still needs a verdict, unless it says otherwise."""

    model_config = ConfigDict(extra="ignore")  # a page's address says more than which list it came from

    label: Judgement = "unjudged"
    limit: int = Field(default=25, ge=1, le=100)

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_absent(cls, value: Any, info: Any) -> Any:
        """A form sends every field, also those that nobody filled in."""
        return cls.model_fields[info.field_name].get_default() if value == "" else value


class CanaryForm(Contract):
    """A canary as the console's form asks for it."""

    version: Version
    percent: float = Field(gt=0, le=100, description="of the tenants")


async def _asked(request: Request, query: Annotated[QueueQuery, Query()]) -> QueueQuery:
    return narrowed(query, caller_of(request))


Asked = Annotated[QueueQuery, Depends(_asked)]
"""The query, for the one tenant if the caller speaks for one."""


@open_pages.get("/static/{name}")
async def static(request: Request, name: str) -> Response:
    if name not in site_of(request).files:
        raise HTTPException(404)
    return site_of(request).file(name)


@open_pages.get("/login")
async def login(request: Request, to: str = "") -> Response:
    return site_of(request).page(request, "login.html", to=_inside(to), refused="")


@open_pages.post("/login")
async def log_in(request: Request) -> Response:
    site, form = site_of(request), await form_of(request)
    to = _inside(form.get("to", ""))
    try:
        site.sign_ins.take(1)
        caller = site.keyring.caller(f"Bearer {form.get('key', '')}")
        caller.require("review")
    except (Unauthorized, Forbidden, RateLimited) as error:
        count_refused(request, error)
        problem = problem_of(error)
        response = site.page(request, "login.html", problem.status, to=to, refused=_REFUSED[type(error)])
        response.headers.update(headers_of(error, problem))
        return response
    response = RedirectResponse(to, 303)
    if caller.key is not None:
        ticket = site.sessions.open(caller.key, await site.shared(service_of(request).queue))
        _keep(request, response, COOKIE, ticket, LASTS_S)
    return response


@pages.post("/logout")
async def log_out() -> Response:
    response = RedirectResponse("/console/login", 303)
    response.delete_cookie(COOKIE, path="/console")
    return response


@pages.get("")
def queue(request: Request, query: Asked) -> Response:
    """The cases that a filter finds, a page of them."""
    service = service_of(request)
    page = page_of(service, query)
    rows = [(case, calls_of(case.entry.case, case.entry.answer.nodes), _far(service, case)) for case in page.cases]
    return site_of(request).page(
        request, "queue.html", query=query, rows=rows, next=page.next, stats=service.queue.stats(), level=level_of
    )


@pages.get("/cases/{id}")
async def case(request: Request, id: str, query: Asked, done: str = "") -> Response:  # noqa: A002
    """One case with everything that helps to judge it."""
    service, site, caller = service_of(request), site_of(request), caller_of(request)
    queued = await run_in_threadpool(visible, service.queue, caller, id)
    before, after = await run_in_threadpool(_beside, service, query, queued)
    entry, bands = queued.entry, service.settings.bands_of(queued.entry.tenant)
    explanation = await site.explainer.explain(service.engine, entry, bands)
    calls = calls_of(entry.case, entry.answer.nodes)
    return await run_in_threadpool(
        site.page, request, "case.html", query=query, queued=queued, before=before, after=after, bands=bands, calls=calls,
        explanation=explanation, drawing=draw(entry.case, calls), level=level_of, done=done,
        reviewer=request.cookies.get(REVIEWER, caller.key or ""), agreement=service.queue.agreement, seen=_seen(queued),
        reasons=REASONS,
    )  # fmt: skip


@pages.get("/cases/{id}/raw")
def raw(request: Request, id: str) -> Response:  # noqa: A002
    """The queue entry as it is."""
    return json_response(visible(service_of(request).queue, caller_of(request), id).entry)


@pages.post("/cases/{id}/verdict")
async def judge(request: Request, id: str, query: Asked) -> Response:  # noqa: A002
    """Record a verdict; the next case opens."""
    form = await form_of(request)
    verdict, after = await run_in_threadpool(_judge, service_of(request), caller_of(request), query, id, form)
    asked = query_string(query, done=id)
    response = RedirectResponse(f"/console/cases/{after}?{asked}" if after else f"/console?{asked}", 303)
    _keep(request, response, REVIEWER, verdict.reviewer, _YEAR_S)
    return response


@operator_pages.get("/models")
def models(request: Request) -> Response:
    """The versions, how they measure up, and which one serves."""
    service = service_of(request)
    manifests = service.registry.versions()
    running = {place: model and model.version for place in PLACES for model in [service.bystanders.at(place)]}
    alarmed = [back for back in service.registry.roll_backs() if back.reason]
    return site_of(request).page(
        request, "models.html", roll_back=alarmed[-1] if alarmed else None, manifests=manifests[::-1], plots=plots_of(manifests), figures=figures,
        serving=service.engine.serving, current=service.registry.current(), refused=service.reloader.refused,
        beside=service.reloader.beside(), running=running,
        writable=os.access(service.registry.root, os.W_OK),
    )  # fmt: skip


@operator_pages.get("/models/{version}")
def model(request: Request, version: str) -> Response:
    """One version: what it is, and the cases that it learned from with who judged them."""
    service, manifest = service_of(request), _manifest(service_of(request), version)
    lessons = read_lessons(service.registry.package(version))
    said = Counter((lesson.verdict.reviewer, lesson.verdict.label) for lesson in lessons)
    return site_of(request).page(
        request, "model.html", manifest=manifest, lessons=lessons, said=sorted(said.items()),
        serving=service.engine.serving, writable=os.access(service.registry.root, os.W_OK), figures=figures,
    )  # fmt: skip


@admin_pages.post("/models/{version}/activate")
async def activate(request: Request, version: Annotated[str, Path(pattern="^v[0-9]{1,9}$")]) -> Response:
    """Make a version current and serve it; the form that leads here says what that means."""
    if (await form_of(request)).get("sure") != "yes":
        return RedirectResponse(f"/console/models/{version}", 303)
    await service_of(request).reloader.activate(version)
    return RedirectResponse("/console/models", 303)


@admin_pages.post("/models/shadow")
async def put_shadow(request: Request) -> Response:
    """Start or change the shadow."""
    asked = validate(ShadowVersion, await form_of(request))
    return await _stand_beside(request, Beside(shadow=asked.version))


@admin_pages.post("/models/canary")
async def put_canary(request: Request) -> Response:
    """Start or change the canary."""
    asked = validate(CanaryForm, await form_of(request))
    return await _stand_beside(request, Beside(canary=Canary(version=asked.version, share=asked.percent / 100)))


@admin_pages.post("/models/{place}/end")
async def end(request: Request, place: Place) -> Response:
    """End the shadow or the canary."""
    return await _stand_beside(request, Beside.model_validate({place: None}))


@operator_pages.get("/runs")
def runs(request: Request) -> Response:
    """What the retrain worker does and did, and what the published models came from."""
    service = service_of(request)
    reports: list[tuple[Any, dict[str, JsonValue]]] = []
    for time, text in service.queue.runs():
        try:
            reports.append((time, _REPORT.validate_json(text)))
        except ValidationError:
            continue
    manifests = service.registry.versions()[::-1]
    return site_of(request).page(
        request, "runs.html", reports=reports, manifests=manifests, stats=service.queue.stats(),
        training=service.queue.training(), dead=service.queue.dead(20), settings=service.settings,
    )  # fmt: skip


async def _stand_beside(request: Request, places: Beside) -> Response:
    await service_of(request).reloader.stand_beside(places)
    return RedirectResponse("/console/models#beside", 303)


def _judge(
    service: Service, caller: Caller, query: QueueQuery, decision_id: str, form: dict[str, str]
) -> tuple[Verdict, str | None]:
    """The verdict that a form gives, recorded, and the decision id that follows the case."""
    queued = visible(service.queue, caller, decision_id)
    said: dict[str, Any] = {name: form[name] for name in ("label", "reviewer", "reason") if name in form}
    verdict = validate(Verdict, said | {"violations": _violations(queued, form)})
    if form.get("seen", "") != _seen(queued):
        raise ConflictingVerdict("somebody judged this case while you looked at it: open it again to see what they said")
    _, after = _beside(service, query, queued)
    return record(service.queue, decision_id, verdict), after


def _violations(queued: QueuedCase, form: dict[str, str]) -> list[dict[str, Any]]:
    """What the form blames; what the page did not offer is refused as a call that the case does not have."""
    blamed = form.get("blamed", "")
    call, argument = blamable(queued.entry.case).get(blamed, (blamed, None))
    return violations_of({"call": call, "argument": argument, "term": form.get("term")})


def _beside(service: Service, query: QueueQuery, queued: QueuedCase) -> tuple[str | None, str | None]:
    return beside(service.queue, query, queued, rank_of(service, query))


def _seen(queued: QueuedCase) -> str:
    """What was said of a case so far, in short: a reviewer must not overrule what they have not seen."""
    said = [*queued.opinions, *([queued.verdict] if queued.verdict else [])]
    return max((verdict.time.isoformat() for verdict in said if verdict.time), default="none")


def _far(service: Service, queued: QueuedCase) -> float:
    return distance(queued.entry.answer.energy, service.settings.bands_of(queued.entry.tenant))


def _manifest(service: Service, version: str) -> Manifest:
    for manifest in service.registry.versions():
        if manifest.version == version:
            return manifest
    raise NotFound(f"the registry has no readable version {version}")


def _inside(to: str) -> str:
    """Where to go after signing in, if that is a page of the console."""
    return to if to == "/console" or to.startswith(("/console/", "/console?")) else "/console"


def _keep(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, max_age=seconds, path="/console", secure=secure, httponly=True, samesite="lax")
