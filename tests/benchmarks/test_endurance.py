"""The open loop counts from when a request was due, and the slope sees what grows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle

import pytest

from benchmarks.endurance import slope
from benchmarks.steady import CONNECTIONS, steady


@contextmanager
def answering(answer: Callable[[bytes], int]) -> Iterator[str]:
    """The address of a server that answers a body with the status that `answer` gives it; 0 closes the connection instead."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            status = answer(self.rfile.read(int(self.headers["content-length"])))
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002  as it is called there

    class Listening(ThreadingHTTPServer):
        request_queue_size = CONNECTIONS

    with Listening(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_a_server_that_stalls_does_not_hold_up_the_load() -> None:
    """It answers nobody before the fifth request, which is due 40 ms after the first: a closed loop would wait for ever."""
    fifth = threading.Barrier(5)
    with answering(lambda _: 200 if fifth.wait(10) >= 0 else 500) as url:
        found = steady(url, cycle([b"{}"]), per_s=100, seconds=0.05)
    assert (found.requests, found.failed) == (5, 0)
    assert found.most_ms >= 40
    assert found.most_ms >= found.p99_ms >= found.p50_ms > 0


def test_refusals_and_broken_connections_are_failures() -> None:
    with answering(lambda body: int(body)) as url:
        found = steady(url, cycle([b"200", b"429", b"0"]), per_s=1_000, seconds=0.009)
    assert (found.requests, found.failed) == (9, 6)


@pytest.mark.parametrize(("leak", "most"), [(0.0, 120.0), (0.001, 200.0)])
def test_the_slope_is_of_the_second_half(leak: float, most: float) -> None:
    """After the caches have filled: 100 → 120 MiB in the first tenth."""
    seen = [(n, 100 + 20 * min(1.0, n / 10_000) + leak * max(0, n - 20_000)) for n in range(0, 101_000, 1_000)]
    found = slope(seen)
    assert found == {"first_mib": 100, "most_mib": most, "last_mib": most, "mib_by_100k": pytest.approx(100_000 * leak)}
