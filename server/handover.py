"""Work for a thread, handed over together: what one step of the event loop brings wakes a thread once, and then the loop once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Handover(Generic[T, R]):
    """Calls `work` on items in a thread. Used on the event loop only.

    The answers of a batch become ready in one step of the loop. A thread for each of them would fight with the others, with the loop and
    with the scoring threads for the interpreter, which costs several times what there is to do.
    """

    def __init__(self, work: Callable[[T], R]) -> None:
        self._work = work
        self._given: list[tuple[T, asyncio.Future[R]]] = []

    def __call__(self, item: T) -> asyncio.Future[R]:
        """What `work` will make of the item, or the error that it raises: one item never spoils another."""
        loop = asyncio.get_running_loop()
        if not self._given:
            loop.call_soon(self._hand_over, loop)  # after all that are ready now
        result: asyncio.Future[R] = loop.create_future()
        self._given.append((item, result))
        return result

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        given, self._given = self._given, []
        working = loop.run_in_executor(None, self._worked, [item for item, _ in given])
        working.add_done_callback(partial(_deliver, [result for _, result in given]))

    def _worked(self, items: Sequence[T]) -> list[R | Exception]:
        return [self._tried(item) for item in items]

    def _tried(self, item: T) -> R | Exception:
        try:
            return self._work(item)
        except Exception as error:  # noqa: BLE001  raised where the result is awaited
            return error


def _deliver(results: Sequence[asyncio.Future[R]], worked: asyncio.Future[list[R | Exception]]) -> None:
    for result, found in zip(results, worked.result(), strict=True):
        if result.done():  # nobody waits for it any more
            continue
        if isinstance(found, Exception):
            result.set_exception(found)
        else:
            result.set_result(found)
