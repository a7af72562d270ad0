"""A steady load on `POST /score`, an open loop: requests are due at a fixed rate whatever became of those before, and a latency counts
from when its request was due. So a server that stalls cannot hide it by holding up the load."""

from __future__ import annotations

import re
import select
import socket
import time
from array import array
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

CONNECTIONS = 128
"""They take turns, as many agents' do: none is silent for so long that the server closes it. A request that is due while all of them wait for
an answer waits too; that counts.
"""

_SILENT_S = 30.0
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


class Steady(NamedTuple):
    """What came out of it. Times in ms; `late_ms` is how late the load itself was with one request in a hundred, or more."""

    requests: int
    failed: int
    p50_ms: float
    p99_ms: float
    most_ms: float
    late_ms: float


class _Exchange:
    """One connection, and the answer that it waits for."""

    def __init__(self, host: str, port: int) -> None:
        self.due = 0.0
        self._socket = socket.create_connection((host, port), timeout=_SILENT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, request: bytes, due: float) -> None:
        self.due, self._received = due, b""
        self._socket.sendall(request)

    def receive(self) -> bool | None:
        """Whether the answer is a 200; None while it is not whole.

        Raises:
            OSError: the connection broke.
        """
        part = self._socket.recv(65_536)
        if not part:
            raise ConnectionError("closed before the answer was whole")
        self._received += part
        head, found, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head + b"\r\n")
        if not found or length is None or len(body) < int(length[1]):
            return None
        return head.startswith(b"HTTP/1.1 200 ")

    def close(self) -> None:
        self._socket.close()


def steady(url: str, bodies: Iterator[bytes], *, per_s: float, seconds: float) -> Steady:
    """Send `per_s` requests a second, and wait for the last answer.

    Raises:
        TimeoutError: the server said nothing for half a minute.
    """
    host, port = urlsplit(url).hostname or "", urlsplit(url).port or 80
    free = deque(_Exchange(host, port) for _ in range(CONNECTIONS))
    busy: set[_Exchange] = set()
    latencies, late = array("d"), array("d")
    sent = failed = 0
    total = round(per_s * seconds)
    request = _request(host, next(bodies))
    start = time.perf_counter()
    while sent < total or busy:
        now, due = time.perf_counter(), start + sent / per_s
        can_send = sent < total and len(free) > 0
        if can_send and due <= now:
            exchange = free.popleft()
            exchange.send(request, due)
            busy.add(exchange)
            late.append(now - due)
            sent += 1
            request = _request(host, next(bodies))  # before it is due
            continue
        # select takes microseconds, where the timers of an event loop are a millisecond coarse.
        ready, _, _ = select.select(busy, [], [], due - now if can_send else _SILENT_S)
        if not ready and not can_send:
            raise TimeoutError(f"{len(busy)} requests without an answer for {_SILENT_S:g} s")
        for exchange in ready:
            try:
                is_good = exchange.receive()
            except OSError:
                is_good = False
                exchange.close()
                free.append(_Exchange(host, port))
            else:
                if is_good is None:
                    continue
                free.append(exchange)
            busy.remove(exchange)
            failed += not is_good
            latencies.append(time.perf_counter() - exchange.due)
    for exchange in free:
        exchange.close()
    found = sorted(latencies)
    return Steady(sent, failed, _ms(found, 0.5), _ms(found, 0.99), _ms(found, 1.0), _ms(sorted(late), 0.99))


def _request(host: str, body: bytes) -> bytes:
    head = f"POST /score HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _ms(found: list[float], share: float) -> float:
    """The quantile of sorted seconds, in milliseconds."""
    return 1_000 * found[min(len(found) - 1, int(share * len(found)))]
