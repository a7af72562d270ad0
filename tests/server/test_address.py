"""Before anything is loaded it is known whether the server can listen."""

from __future__ import annotations

import socket

import pytest

from gatling_core.settings import Settings
from server import address, fleet
from server.errors import NoAddress


@pytest.mark.parametrize("processes", [1, 2])
def test_a_port_in_use_is_one_sentence_before_anything_is_loaded(processes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "Fleet", None)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(NoAddress, match=f"cannot listen on 127.0.0.1 port {port}: another process listens there"):
            fleet.serve(Settings(host="127.0.0.1", port=port, processes=processes))
    address.check_address("127.0.0.1", port)
    address.check_address("127.0.0.1", 0)


def test_processes_listen_on_one_port_that_nobody_else_gets() -> None:
    with address.reserved("127.0.0.1", 0) as port:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        with pytest.raises(NoAddress, match="another process listens there"), address.reserved("127.0.0.1", port):
            pass
        (one,), (other,) = (address.shared("127.0.0.1", port) for _ in range(2))
        with pytest.raises(ConnectionRefusedError):  # a process that still loads gets no connection
            socket.create_connection(("127.0.0.1", port))
        for listener in (one, other):
            listener.listen(64)
        callers = [socket.create_connection(("127.0.0.1", port)) for _ in range(64)]
        for listener in (one, other):
            listener.settimeout(1)
            listener.accept()[0].close()  # the kernel gave it some of them
        with pytest.raises(NoAddress):
            address.check_address("127.0.0.1", port)
        for opened in (one, other, *callers):
            opened.close()


def test_every_address_of_a_host_is_listened_on(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("there is no IPv6 here")
    real = socket.getaddrinfo
    both = ("127.0.0.1", "::1")
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _, port, **more: [found for name in both for found in real(name, port, **more)]
    )
    opened = address.shared("localhost", 0)
    port = opened[0].getsockname()[1]
    monkeypatch.undo()
    for one in opened:
        one.listen()
    for host in both:
        socket.create_connection((host, port)).close()
    for one in opened:
        one.close()
