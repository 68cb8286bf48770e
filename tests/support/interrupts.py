"""Lets a test end a command with Ctrl-C."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ctrl_c_ends_children() -> Iterator[None]:
    """A process started inside receives SIGINT even if this test run ignores it.

    A shell without job control starts a background job with SIGINT ignored, and every child inherits that.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
