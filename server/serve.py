"""The server as a process: one uvicorn worker, until it is told to stop."""

from __future__ import annotations

import socket
from typing import cast

import typer
import uvicorn
from starlette.datastructures import State

from gatling_core.settings import Settings
from server.app import create_app
from server.service import Service

_DRAIN_S = 30
"""How long requests in progress may take after SIGTERM."""


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C; requests in progress finish first."""
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="auto",  # uvloop and httptools, where they are installed
        http="auto",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=_DRAIN_S,
    )
    _Server(config, app.state).run()


class _Server(uvicorn.Server):
    """Says where it is, once it listens."""

    def __init__(self, config: uvicorn.Config, state: State) -> None:
        super().__init__(config)
        self._state = state

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        serving = cast("Service", self._state.service).engine.serving
        model = f"model {serving.version}" if serving else "no model yet: /readyz says why"
        typer.echo(f"Gatling at {url} ({model}); try {url}/docs")
