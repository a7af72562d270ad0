"""Models: what the registry holds, what serves, and switching between them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, JsonValue
from starlette.requests import Request

from gatling_core.beside import PLACES, Beside, Canary, Version
from gatling_core.registry import Manifest
from gatling_core.schemas import Contract, ModelRef
from server.body import C, parse_body, read_body
from server.engine import ScoringModel
from server.routes.plain import body_of, problems
from server.service import service_of

router = APIRouter(tags=["models"])

_PROBLEMS = problems(400, 401, 403, 404, 408, 409, 413, 415, 422, 429)


class ModelInfo(BaseModel):
    """A published package, as its manifest tells."""

    version: str
    digest: str
    parent: str | None
    time: datetime
    feature_version: str
    metrics: dict[str, JsonValue]
    training: dict[str, JsonValue]
    trained_cases: int

    @classmethod
    def of(cls, manifest: Manifest) -> ModelInfo:
        fields = manifest.model_dump(include={"version", "parent", "time", "feature_version", "metrics", "training"})
        return cls(**fields, digest=manifest.digest, trained_cases=len(manifest.trained_cases))


class ShadowVersion(Contract):
    """Which version is compared."""

    version: Version


class Running(Contract):
    """The models that run beside the one that serves."""

    shadow: ModelRef | None
    canary: ModelRef | None


class Models(BaseModel):
    """`serving` answers now; `current` is what the registry wants. They differ while a package loads, or when it was refused.

    So do `running`, the models beside the one that serves, and `beside`, those that should stand there.
    """

    serving: ModelRef | None
    current: str | None
    running: Running
    beside: Beside
    models: list[ModelInfo]


@router.get("/models", summary="List the models", responses=problems(401, 403, 409, 429))
def list_models(request: Request) -> Models:
    """Every published version, oldest first, with its metrics."""
    service = service_of(request)
    return Models(
        serving=service.engine.serving,
        current=service.registry.current(),
        running=Running(**{place: _reference(service.bystanders.at(place)) for place in PLACES}),
        beside=service.reloader.beside(),
        models=[ModelInfo.of(manifest) for manifest in service.registry.versions()],
    )


@router.post("/models/{version}/activate", summary="Make a version current", responses=problems(401, 403, 404, 409, 422, 429))
async def activate(request: Request, version: Annotated[str, Path(examples=["v1"])]) -> ModelRef:
    """Loads and probes the version, makes it current and serves it, without a dropped request. Also the way to roll back."""
    return await service_of(request).reloader.activate(version)


@router.put(
    "/models/shadow",
    summary="Start or change the shadow",
    openapi_extra=body_of("ShadowVersion", {"a newly published version": {"value": {"version": "v1"}}}),
    responses=_PROBLEMS,
)
async def put_shadow(request: Request) -> Beside:
    """Loads and probes the version, and lets it score the cases that the current model answers, for comparison alone. Every server follows."""
    asked = await _asked(request, ShadowVersion)
    return await service_of(request).reloader.stand_beside(Beside(shadow=asked.version))


@router.put(
    "/models/canary",
    summary="Start or change the canary",
    openapi_extra=body_of("Canary", {"for a tenth of the tenants": {"value": {"version": "v1", "share": 0.1}}}),
    responses=_PROBLEMS,
)
async def put_canary(request: Request) -> Beside:
    """Loads and probes the version, and lets it answer for this share of the tenants, the same ones everywhere. Every server follows."""
    return await service_of(request).reloader.stand_beside(Beside(canary=await _asked(request, Canary)))


@router.delete("/models/shadow", summary="End the shadow", responses=problems(401, 403, 409, 429))
async def delete_shadow(request: Request) -> Beside:
    """Nothing is compared any more, also where the settings name a shadow."""
    return await service_of(request).reloader.stand_beside(Beside(shadow=None))


@router.delete("/models/canary", summary="End the canary", responses=problems(401, 403, 409, 429))
async def delete_canary(request: Request) -> Beside:
    """The current model answers for every tenant, also where the settings name a canary."""
    return await service_of(request).reloader.stand_beside(Beside(canary=None))


async def _asked(request: Request, contract: type[C]) -> C:
    return await parse_body(contract, await read_body(request, max_bytes=service_of(request).settings.max_body_bytes))


def _reference(model: ScoringModel | None) -> ModelRef | None:
    return ModelRef(version=model.version, digest=model.digest) if model else None
