"""What a log line or a logged decision was done for. A context variable, so that it need not be handed through everything."""

from __future__ import annotations

from contextvars import ContextVar
from typing import NamedTuple


class Origin(NamedTuple):
    """The request that something was done for, and the id of the key that it came with."""

    trace_id: str = ""
    key: str | None = None


ORIGIN: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039  a tuple never changes
