"""Which request this is: its trace id in logs, decision log and response, and spans where a collector is named.

FastAPI makes the span of a request, continues the caller's `traceparent` and exports to OTEL_EXPORTER_OTLP_ENDPOINT. Without the
SDK (locks/tracing.txt) or the endpoint there are no spans, and nothing is paid for them.
"""

from __future__ import annotations

import secrets
from contextlib import AbstractContextManager, nullcontext

from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from gatling_core.schemas import TERMS, Answer

TELEMETRY: TelemetryConfig = {"auto_configure": True, "metrics": False, "logs": False, "operation_spans": False}
"""No metrics, since Prometheus has them; no logs, since FastAPI's hold messages and stack traces."""

_W3C = TraceContextTextMapPropagator()


def trace_id_of(traceparent: str | None) -> str:
    """The trace that this request belongs to: of its span, or else of the caller's header, or else a new one."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid and traceparent:
        context = trace.get_current_span(_W3C.extract({"traceparent": traceparent})).get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else secrets.token_hex(16)


def span(name: str) -> AbstractContextManager[object]:
    """A span within that of the request, if there is one."""
    if not trace.get_current_span().is_recording():
        return nullcontext()
    return trace.get_tracer("gatling").start_as_current_span(name)


def annotate(answer: Answer, tenant: str) -> None:
    """What was decided, on the span of the request."""
    current = trace.get_current_span()
    if current.is_recording():
        terms = {f"gatling.energy.{term}": getattr(answer.terms, term) for term in TERMS}
        current.set_attributes(
            {
                "gatling.decision": answer.decision,
                "gatling.decision_id": answer.decision_id,
                "gatling.energy": answer.energy,
                "gatling.model": answer.model.version,
                "gatling.tenant": tenant,
                **terms,
            }
        )
