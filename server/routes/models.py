"""Models: what the registry holds, what serves, and switching between them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, JsonValue
from starlette.requests import Request

from gatling_core.registry import Manifest
from gatling_core.schemas import ModelRef
from server.routes.plain import problems
from server.service import service_of

router = APIRouter(tags=["models"])


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


class Models(BaseModel):
    """`serving` answers now; `current` is what the registry wants. They differ while a package loads, or when it was refused."""

    serving: ModelRef | None
    current: str | None
    models: list[ModelInfo]


@router.get("/models", summary="List the models", responses=problems(401, 403, 409, 429))
def list_models(request: Request) -> Models:
    """Every published version, oldest first, with its metrics."""
    service = service_of(request)
    return Models(
        serving=service.engine.serving,
        current=service.registry.current(),
        models=[ModelInfo.of(manifest) for manifest in service.registry.versions()],
    )


@router.post("/models/{version}/activate", summary="Make a version current", responses=problems(401, 403, 404, 409, 422, 429))
async def activate(request: Request, version: Annotated[str, Path(examples=["v1"])]) -> ModelRef:
    """Loads and probes the version, makes it current and serves it, without a dropped request. Also the way to roll back."""
    return await service_of(request).reloader.activate(version)
