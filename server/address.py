"""Where the server listens: whether it can, and how several processes listen there together."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from server.errors import NoAddress


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
        raise _no_address(host, port, error) from None


@contextmanager
def reserved(host: str, port: int) -> Generator[int]:
    """Hold the address without listening; the port, which for port 0 is one that the system gave.

    Raises:
        NoAddress: other processes that serve together hold it, though they may not listen yet.
    """
    with ExitStack() as stack:
        sockets = [stack.enter_context(one) for one in shared(host, port)]
        port = sockets[0].getsockname()[1]
        for address in (one.getsockname() for one in sockets if sys.platform == "linux"):
            # A name that is gone with the process that took it, and the same for all on this network.
            name = stack.enter_context(socket.socket(socket.AF_UNIX))
            try:
                name.bind(f"\0gatling {address[0]} {port}")
            except OSError as error:
                raise _no_address(host, port, error) from None
        yield port


def shared(host: str, port: int) -> list[socket.socket]:
    """Sockets to listen there beside others, one for each address of the host: the kernel spreads connections over those that listen, so
    none should before it can answer.
    """
    sockets: list[socket.socket] = []
    for family, kind, protocol, _, address in _resolved(host, port):
        one = socket.socket(family, kind, protocol)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:  # as asyncio does: `::` is no IPv4
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind((address[0], sockets[0].getsockname()[1] if sockets else port, *address[2:]))
        sockets.append(one)
    return sockets


def _no_address(host: str, port: int, error: OSError) -> NoAddress:
    why = "another process listens there" if error.errno == errno.EADDRINUSE else error.strerror
    return NoAddress(f"cannot listen on {host} port {port}: {why}; choose another with --port or GATLING_PORT")


def _resolved(host: str, port: int) -> Sequence[tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
