"""What the routes share."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.requests import Request

from gatling_core.errors import InvalidInput
from gatling_core.queue import CaseQueue
from gatling_core.registry import Registry
from gatling_core.settings import Settings
from gatling_core.spool import Spool
from server.body import Room
from server.decider import Decider
from server.engine import Engine
from server.metrics import Metrics
from server.queue_watch import QueueWatch
from server.reload import Reloader

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True)
class Service:
    """One scoring service, between the start and the end of its app."""

    settings: Settings
    engine: Engine
    decider: Decider
    reloader: Reloader
    registry: Registry
    queue: CaseQueue
    queue_watch: QueueWatch
    spool: Spool
    metrics: Metrics
    room: Room


def service_of(request: Request) -> Service:
    return request.app.state.service


def tenant_of(request: Request) -> str:
    """The tenant that the caller speaks for, from the header `Gatling-Tenant`.

    Raises:
        InvalidInput: it is no tenant name.
    """
    name = request.headers.get("gatling-tenant", "default")
    if not _TENANT.fullmatch(name):
        raise InvalidInput("a tenant is 1 to 64 letters, digits, dots, dashes and underscores", "Gatling-Tenant")
    return name
