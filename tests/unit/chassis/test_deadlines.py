"""Waits with a deadline, and what happens to the awaited work when the wait ends."""

import asyncio

import pytest

from chassis.resilience import wait_up_to, within


async def test_whoever_is_cancelled_lets_its_work_close_what_it_has_opened() -> None:
    opened, closed = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        opened.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            closed.set()

    waiting = asyncio.create_task(within(60, work()))
    await opened.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert closed.is_set()


async def test_work_that_takes_too_long_is_cancelled_and_left_behind() -> None:
    with pytest.raises(TimeoutError):
        await within(0.01, asyncio.sleep(60))


async def test_a_wait_ends_with_its_event_or_with_its_time() -> None:
    event = asyncio.Event()
    assert not await wait_up_to(0.01, event)
    asyncio.get_running_loop().call_soon(event.set)
    assert await wait_up_to(60, event)
