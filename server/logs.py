"""Structured logs: one JSON object a line on stderr. Arguments, policies and outputs are never logged."""

from __future__ import annotations

import logging
import sys

import structlog

from server.origin import ORIGIN


def _add_origin(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Which request it was, by its trace id, and whose."""
    origin = ORIGIN.get()
    return {**event, "trace_id": origin.trace_id, "key": origin.key} if origin.trace_id else event


def configure_logs(level: int = logging.INFO) -> None:
    """For this process, once; libraries that log with `logging` (uvicorn) come out the same way."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        _add_origin,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
        )
    )
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)
