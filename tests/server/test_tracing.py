"""Trace ids with and without OpenTelemetry, in responses, logs and spans."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from server.logs import configure_logs
from tests.server.conftest import Client, Start, case_of

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
PARENT = {"traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01"}


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """What a collector would get."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    return exporter


@contextmanager
def logs_configured() -> Iterator[None]:
    """Logs as the server writes them; afterwards as pytest has them."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_logs()
    structlog.configure(cache_logger_on_first_use=False)  # else the loggers of the modules would keep this stderr
    try:
        yield
    finally:
        structlog.reset_defaults()
        root.handlers[:], root.level = before[0], before[1]


async def test_the_callers_trace_goes_on_without_a_collector(client: Client) -> None:
    assert (await client.post("/score", json=case_of(), headers=PARENT)).headers["gatling-trace-id"] == TRACE_ID
    assert (await client.post("/score", content=b"{", headers=PARENT)).headers["gatling-trace-id"] == TRACE_ID


@pytest.mark.parametrize(
    "header", [None, "", "00-zz-b7ad6b7169203331-01", "00-" + "0" * 32 + "-b7ad6b7169203331-01", "x" * 10_000]
)
async def test_without_a_trace_a_request_gets_one_of_its_own(client: Client, header: str | None) -> None:
    headers = {} if header is None else {"traceparent": header}
    ids = {(await client.get("/healthz", headers=headers)).headers["gatling-trace-id"] for _ in range(2)}
    assert len(ids) == 2
    assert all(len(id_) == 32 and int(id_, 16) for id_ in ids)


async def test_spans_continue_the_trace_and_say_what_was_decided(start: Start, spans: InMemorySpanExporter) -> None:
    async with start() as client:
        response = await client.post("/score", json=case_of(3.0), headers=PARENT | {"gatling-tenant": "acme"})
    assert response.headers["gatling-trace-id"] == TRACE_ID
    found = {span.name: span for span in spans.get_finished_spans()}
    assert set(found) == {"POST /score", "read", "parse", "score", "spool"}
    request = found["POST /score"]
    assert {trace.format_trace_id(span.context.trace_id) for span in found.values() if span.context} == {TRACE_ID}
    assert request.parent
    assert trace.format_span_id(request.parent.span_id) == "b7ad6b7169203331"
    attributes = request.attributes or {}
    assert attributes["gatling.decision"] == "review"
    assert attributes["gatling.energy.scope"] == 3.0
    assert attributes["gatling.tenant"] == "acme"
    assert attributes["gatling.decision_id"] == response.json()["decision_id"]
    for span in found.values():
        if span is not request:
            assert span.parent
            assert request.context
            assert span.parent.span_id == request.context.span_id


async def test_logs_name_the_trace_and_the_key(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    with logs_configured():
        async with start(api_key="secret", spool_max_bytes=1) as client:
            await client.post("/score", json=case_of(3.0), headers=PARENT | {"authorization": "Bearer secret"})
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (unqueued,) = [line for line in lines if line["event"] == "case_not_queued"]
    assert (unqueued["trace_id"], unqueued["key"]) == (TRACE_ID, "api-key")
    assert "secret" not in json.dumps(lines)
