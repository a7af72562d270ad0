"""Work in other processes, in order and a bounded number of items ahead."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context, parent_process
from typing import TypeVar

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


def end_with_parent(*_: object) -> None:
    """What a worker process does first: one whose parent was killed would wait for work for ever.

    The parent is the process that asked for the worker, not the fork server between them, which lives as long as its workers.
    """

    def watch() -> None:
        if (parent := parent_process()) is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size` items, the last one maybe shorter."""
    source = iter(items)
    while some := list(islice(source, size)):
        yield some
