"""One process of the server: a uvicorn worker, until it is told to stop."""

from __future__ import annotations

import gc
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import cast

import typer
import uvicorn
from starlette.datastructures import State

from gatling_core.settings import Settings
from server.address import shared
from server.app import create_app
from server.connection import guarded
from server.reload import loader
from server.service import Service
from server.sibling import Sibling

FINISH_S = 30
"""How long requests in progress may take once nobody is let in any more."""

_KEEP_ALIVE_S = 75
"""Longer than balancers and client pools keep a connection: who reuses one should not find it closed."""

_OTHER_FILES = 256
"""File descriptors that are not connections: the spool, the registry, the queue."""

_MOST_FILES = 65_536

_SWITCH_S = 0.0005
"""How long a scoring thread may keep the interpreter from the event loop; Python's own 5 ms is longer than an answer takes."""


def listen(settings: Settings, sibling: Sibling | None = None, *, up: Callable[[str], object] = typer.echo) -> None:
    """Serve until SIGTERM or Ctrl-C; requests in progress finish first. `up` is told once, when it listens.

    With a `sibling`, this process is that one of several behind the same port.

    Raises:
        ProviderMissing: onnxruntime cannot run on the hardware that the settings name.
    """
    app = create_app(settings, load=loader(settings), sibling=sibling)
    sys.setswitchinterval(_SWITCH_S)
    _work_in_batches()
    # The caches hold many small objects for long: looking through them at Python's usual pace costs more than a small case.
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="auto",  # uvloop, where it is installed
        http=guarded(min(settings.max_connections, max(1, _open_files() - _OTHER_FILES))),
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # nothing here depends on the client's address
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=FINISH_S,
    )
    sockets = shared(settings.host, settings.port) if sibling else None
    _Server(config, app.state, settings.drain_ms / 1_000, up).run(sockets)


def _work_in_batches() -> None:
    """Have no thread that wakes take the core from one that works: loop and scoring threads hand work over all the time, and a switch at each
    handing costs up to a seventh of the cases that are answered. An operator who gave the process another policy knows why.
    """
    if sys.platform == "linux" and os.sched_getscheduler(0) == os.SCHED_OTHER:
        with suppress(OSError):  # a sandbox may forbid it
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _open_files() -> int:
    """As many as the system lets this process open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    return max(soft, wanted)


class _Server(uvicorn.Server):
    """Says where it is, once it listens. On SIGTERM it is unready first, so that a balancer sends nothing new, and then it ends."""

    def __init__(self, config: uvicorn.Config, state: State, drain_s: float, up: Callable[[str], object]) -> None:
        super().__init__(config)
        self._state = state
        self._drain_s = drain_s
        self._up = up
        self._ends_at: float | None = None

    @property
    def _service(self) -> Service:
        return cast("Service", self._state.service)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        serving = self._service.engine.serving
        model = f"model {serving.version}" if serving else "no model yet: /readyz says why"
        self._up(f"Gatling at {url} ({model}); try {url}/docs")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig != signal.SIGTERM or self._ends_at is not None or not self.started:
            super().handle_exit(sig, frame)
            return
        self._captured_signals.append(sig)
        self._ends_at = time.monotonic() + self._drain_s
        self._service.engine.draining = True
        # Who still has a connection is told with the next answer to open another one elsewhere.
        self.config.encoded_headers.append((b"connection", b"close"))
        self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]

    async def on_tick(self, counter: int) -> bool:
        ended = await super().on_tick(counter)
        return ended or (self._ends_at is not None and time.monotonic() >= self._ends_at)
