"""Time limits that also hold for work that ignores its cancellation."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

#: How long the work may clean up after the task that waits for it was canceled.
CLEAN_UP_S = 1.0


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Return the result of the work, or cancel it and raise TimeoutError. Canceled work may hang while it cleans up, so
    `within` does not wait for its end.

    If `within` itself is canceled, the work gets `CLEAN_UP_S` to close what it has opened, so that a process that ends
    leaves no connection half open.
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
