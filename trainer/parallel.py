"""Work in other processes, in order and a bounded number of items ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from typing import TypeVar

from gatling_core.parent import end_with_parent

T = TypeVar("T")
R = TypeVar("R")


def prefetch(function: Callable[[T], R], items: Iterable[T], workers: int) -> Iterator[R]:
    """`map` in worker processes, in order, a bounded number ahead; in this process if `workers` is 0."""
    if not workers:
        yield from map(function, items)
        return
    with ProcessPoolExecutor(workers, get_context("forkserver"), end_with_parent) as pool:
        running: deque[Future[R]] = deque()
        for item in items:
            running.append(pool.submit(function, item))
            if len(running) > 3 * workers:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size` items, the last one maybe shorter."""
    source = iter(items)
    while some := list(islice(source, size)):
        yield some
