"""Clients that send slowly, nothing, too much or not to the end: they are cut off, and everybody else is answered."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import fakeredis
import httpx
import pytest

from gatling_core.queue import CaseQueue
from gatling_core.settings import Settings
from server import body, connection
from server.app import create_app
from tests.server.conftest import DummyModel, case_of
from tests.server.listening import listening

SLOW, IDLE = 50, 300
HEAD = b"POST /score HTTP/1.1\r\nhost: gatling\r\ncontent-type: application/json\r\n"

Address = tuple[str, int]
Open = Callable[[int, bytes], list[socket.socket]]


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Address]:
    monkeypatch.setattr(connection, "HEADER_TIMEOUT_S", 0.3)
    monkeypatch.setattr(body, "READ_TIMEOUT_MS", 300)
    settings = Settings(_env_file=None, data_dir=tmp_path, shipped_model=tmp_path / "none", max_held_bytes=100_000)  # pyright: ignore[reportCallIssue]
    app = create_app(settings, model=DummyModel(), queue=CaseQueue(fakeredis.FakeRedis()))
    with listening(app, max_connections=SLOW + IDLE + 10) as found:
        yield found


@pytest.fixture
def opened(address: Address) -> Iterator[Open]:
    """opened(50, b"GET"): connections on which so much was sent."""
    with ExitStack() as stack:

        def make(count: int, sent: bytes) -> list[socket.socket]:
            sockets = [stack.enter_context(socket.create_connection(address, timeout=10)) for _ in range(count)]
            for each in sockets:
                each.sendall(sent)
            return sockets

        yield make


def answered(address: Address, count: int = 20) -> None:
    """Others are served, quickly."""
    with httpx.Client(base_url=f"http://{address[0]}:{address[1]}", timeout=5) as client:
        for _ in range(count):
            assert client.post("/score", json=case_of()).status_code == 200


def read_to_end(one: socket.socket) -> bytes:
    """What the server still says until it closes."""
    found = b""
    while True:
        try:
            part = one.recv(65_536)
        except ConnectionResetError:
            return found
        if not part:
            return found
        found += part


@pytest.mark.parametrize("sent", [b"", b"PO", HEAD], ids=["nothing", "half a line", "half the headers"])
def test_slow_headers_are_cut_off(address: Address, opened: Open, sent: bytes) -> None:
    sockets = opened(SLOW, sent)
    answered(address)
    assert [read_to_end(each) for each in sockets] == [b""] * SLOW


def test_dripping_headers_do_not_buy_time(address: Address, opened: Open) -> None:
    (one,) = opened(1, HEAD)
    end = time.monotonic() + 5
    while not select.select([one], [], [], 0.05)[0]:  # 50 ms between two drops
        assert time.monotonic() < end, "a client that drips headers is still connected"
        one.sendall(b"x: y\r\n")
    assert read_to_end(one) == b""


def test_slow_bodies_are_cut_off(address: Address, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    # Once it has answered, the server gives the rest of a body this long, then resets: who has not read the answer by then has lost it.
    monkeypatch.setattr(connection, "HEADER_TIMEOUT_S", 3)
    sockets = opened(SLOW, HEAD + b'content-length: 100\r\n\r\n{"policy')
    answered(address)
    assert all(b" 408 " in read_to_end(each) for each in sockets)


def test_many_half_bodies_take_bounded_memory(address: Address, opened: Open) -> None:
    """Four of them fill the room; then the next one is told to come back, until theirs have run out of time."""
    part = b" " * 30_000
    sockets = opened(8, HEAD + b"content-length: 40000\r\n\r\n" + part)
    said = sorted(read_to_end(each).split(b" ")[1] for each in sockets)
    assert said.count(b"429") >= 4
    assert set(said) == {b"408", b"429"}
    answered(address)


def test_idle_connections_cost_nobody_anything(address: Address, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEADER_TIMEOUT_S", 60)
    opened(IDLE, b"")
    for each in opened(SLOW, HEAD):
        each.shutdown(socket.SHUT_WR)
    answered(address)


def test_too_many_connections_are_closed_at_once(address: Address, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEADER_TIMEOUT_S", 60)
    opened(SLOW + IDLE + 10, b"")
    assert read_to_end(opened(1, b"")[0]) == b""


def test_endless_headers_are_cut_off(address: Address, opened: Open) -> None:
    (one,) = opened(1, HEAD)
    with pytest.raises(OSError):  # noqa: PT012
        for _ in range(1_000):
            one.sendall(b"x: " + b"y" * 10_000 + b"\r\n")
    answered(address)


def test_what_follows_an_early_answer_is_not_read_for_ever(address: Address, opened: Open) -> None:
    (one,) = opened(1, HEAD.replace(b"/score", b"/nowhere") + b"transfer-encoding: chunked\r\n\r\n")
    with pytest.raises(OSError):  # noqa: PT012
        end = time.monotonic() + 5
        while time.monotonic() < end:
            one.sendall(b"4\r\nxxxx\r\n")
    answered(address)


@pytest.mark.parametrize("size", [5_000_000, 20_000_000])
async def test_who_sends_too_much_is_told_so_and_not_cut_off(
    address: Address, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(connection, "HEADER_TIMEOUT_S", 10)
    async with httpx.AsyncClient(base_url=f"http://{address[0]}:{address[1]}", timeout=10) as client:
        assert (await client.post("/score", content=b" " * size)).status_code == 413
        assert (await client.post("/score", json=case_of())).status_code == 200
