"""Where the server listens: whether it can, and how several processes listen there together."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from typing import Any

from server.errors import NoAddress

_BACKLOG = 2_048


def check_address(host: str, port: int) -> None:
    """Try to take the address and let it go again, before a model is loaded in vain.

    Raises:
        NoAddress: somebody else listens there, or this process may not.
    """
    try:
        for family, kind, protocol, _, address in _resolved(host, port):
            with socket.socket(family, kind, protocol) as tried:
                # as the server does: a port that was just left is free
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                tried.bind(address)
    except OSError as error:
        why = "another process listens there" if error.errno == errno.EADDRINUSE else error.strerror
        raise NoAddress(f"cannot listen on {host} port {port}: {why}; choose another with --port or GATLING_PORT") from None


def reserved(host: str, port: int) -> socket.socket:
    """A socket that holds the address without listening, so that nobody else gets the free port that the system gave for port 0."""
    family, kind, protocol, _, address = _resolved(host, port)[0]
    held = socket.socket(family, kind, protocol)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.bind(address)
    return held


def shared(host: str, port: int) -> socket.socket:
    """One that listens there beside others: the kernel spreads connections over them."""
    held = reserved(host, port)
    held.listen(_BACKLOG)
    return held


def _resolved(host: str, port: int) -> Sequence[tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
