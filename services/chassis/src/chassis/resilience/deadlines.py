"""Time limits: for a coroutine, which the caller leaves behind even if it ignores its cancellation, and for a wait."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

#: If `within` itself is canceled, it waits this long for the work to clean up.
CLEAN_UP_S = 1.0


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Return the result of the work. If it takes longer than `seconds`, cancel it and raise TimeoutError.

    Canceled work may hang while it cleans up, so after a time-out `within` does not wait until the work has ended.
    If `within` itself is canceled, the process may be ending. No connection may stay half open then, so the work has
    `CLEAN_UP_S` to close what it has opened.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait({task}, timeout=CLEAN_UP_S)
        raise
    finally:
        if not task.done():
            task.cancel()
    if task.done():
        return task.result()
    task.add_done_callback(_swallow)
    raise TimeoutError(f"not done within {seconds:.0f} s")


async def wait_up_to(seconds: float, event: asyncio.Event) -> bool:
    """Wait until the event is set, at most `seconds`. Returns whether it is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


def _swallow(task: "asyncio.Task[Any]") -> None:
    if not task.cancelled():
        task.exception()
