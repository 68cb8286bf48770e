"""Time limits that also hold for work that ignores its cancellation."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

#: How long work may clean up after the task that waits for it was cancelled.
CLEAN_UP_S = 1.0


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """The result, or TimeoutError. Work that hangs in its own cleaning up is left behind, cancelled.

    Cancelled itself, it lets the work close what it has opened: a process that ends leaves no connection half open.
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


def _swallow(task: "asyncio.Task[Any]") -> None:
    if not task.cancelled():
        task.exception()
