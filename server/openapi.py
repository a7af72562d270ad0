"""The OpenAPI document: what FastAPI derives from the routes, plus the bodies that endpoints read themselves."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from gatling_core.beside import Canary
from gatling_core.schemas import Case, Trace, Verdict
from server.misspelt import LABELS
from server.problems import Problem
from server.routes.models import ShadowVersion
from server.routes.score import Batch

_TEMPLATE = "#/components/schemas/{model}"


def describe(app: FastAPI) -> dict[str, Any]:
    """Kept on the app, as FastAPI does. Bearer keys are declared for all paths; whether one is needed is a setting."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
        )
        components = document.setdefault("components", {})
        schemas = {**components.get("schemas", {}), **_bodies()}
        for unused in ("HTTPValidationError", "ValidationError"):  # problems are what 422 answers with
            schemas.pop(unused, None)
        components["schemas"] = dict(sorted(schemas.items()))
        components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"key": []}, {}]
        app.openapi_schema = document
    return app.openapi_schema


def _bodies() -> dict[str, Any]:
    contracts = (Trace, Verdict, Canary, ShadowVersion, Problem)
    _, document = models_json_schema([(c, "validation") for c in contracts], ref_template=_TEMPLATE)
    schemas: dict[str, Any] = document["$defs"]
    case = Case.model_json_schema(ref_template=_TEMPLATE)
    for name in LABELS:
        case["properties"].pop(name, None)
    schemas.update({name: schema for name, schema in case.pop("$defs").items() if name != "LabelledPlan"})
    schemas["Case"] = case
    batch = Batch.model_json_schema()
    batch["properties"]["cases"]["items"] = {"$ref": "#/components/schemas/Case"}
    schemas["Batch"] = batch
    return schemas
