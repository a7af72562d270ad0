"""schemathesis on the OpenAPI document, over a real socket: whatever fits or breaks it, never a 5xx, never another shape."""

from __future__ import annotations

import json
from collections.abc import Iterator

import fakeredis
import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gatling_core.queue import CaseQueue
from gatling_core.settings import Settings
from server.app import create_app
from tests.server.conftest import DummyModel
from tests.server.listening import listening
from tests.server.test_app import GOLDEN

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]


OPERATIONS = [
    (path, method, mode)
    for path, methods in json.loads(GOLDEN.read_text(encoding="utf-8"))["paths"].items()
    for method, operation in methods.items()
    for mode in (("positive", "negative") if "requestBody" in operation or path == "/cases" else ("positive",))
]
"""What has neither a body nor a query cannot be called wrongly: a path of any text is one that is not found."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("contract")
    settings = Settings(_env_file=None, data_dir=root, shipped_model=root / "none")  # pyright: ignore[reportCallIssue]
    app = create_app(settings, model=DummyModel(), queue=CaseQueue(fakeredis.FakeRedis()))
    with listening(app) as (host, port):
        yield f"http://{host}:{port}"


@pytest.fixture(scope="module")
def api(url: str) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{url}/openapi.json")


@pytest.mark.parametrize(("path", "method", "mode"), OPERATIONS)
def test_every_operation_keeps_its_contract(api: schemathesis.BaseSchema, path: str, method: str, mode: str) -> None:
    # Not schemathesis' own parametrize: its plugin does not run under pytest 9.
    operation = api[path][method]

    @hypothesis.settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=GenerationMode(mode)))
    def keeps(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=CHECKS)

    keeps()
