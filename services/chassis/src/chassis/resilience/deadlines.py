"""Time limits for a coroutine and for a wait. When the time is over, the caller goes on, even if the coroutine ignores
its cancellation.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

#: If `within` itself is canceled, it waits this long for the work to clean up.
CLEAN_UP_S = 1.0


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Return the result of the work. If it takes longer than `seconds`, cancel it and raise TimeoutError.

    Canceled work can hang while it cleans up, so after a time-out `within` does not wait until the work has ended.
    If `within` itself is canceled, the process is possibly ending. Then no connection must stay half open, so the work
    gets `CLEAN_UP_S` to close what it has opened.
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
