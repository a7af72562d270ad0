"""What the event loop hands to a thread goes together, and comes back one by one."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

import pytest

from server.handover import Handover


async def test_what_one_step_of_the_loop_brings_goes_to_one_thread() -> None:
    threads: list[int] = []

    def doubled(item: int) -> int:
        threads.append(threading.get_ident())
        return 2 * item

    handover = Handover(doubled)

    async def caller(item: int) -> int:
        return await handover(item)

    assert await asyncio.gather(*map(caller, range(20))) == [2 * i for i in range(20)]
    assert len(set(threads)) == 1
    assert threading.get_ident() not in threads


async def test_what_comes_while_a_thread_works_does_not_wait_for_it() -> None:
    begun, go = threading.Event(), threading.Event()

    def held(item: str) -> str:
        if item == "slow":
            begun.set()
            assert go.wait(10)
        return item

    handover = Handover(held)
    slow = handover("slow")
    await asyncio.to_thread(begun.wait)
    assert await handover("quick") == "quick"
    go.set()
    assert await slow == "slow"


async def test_one_that_fails_or_is_not_waited_for_any_more_spoils_no_other() -> None:
    done: list[int] = []

    def divided(item: int) -> float:
        done.append(item)
        return 1 / item

    handover = Handover(divided)
    failing, left, fine = handover(0), handover(1), handover(2)
    left.cancel()
    with pytest.raises(ZeroDivisionError):
        await failing
    with suppress(asyncio.CancelledError):
        await left
    assert await fine == 0.5
    assert done == [0, 1, 2], "what was handed over is done, whoever waits for it"
