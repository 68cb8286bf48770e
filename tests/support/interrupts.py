"""Lets a test end a command with Ctrl-C."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ctrl_c_ends_children() -> Iterator[None]:
    """A process that is started in the `with` block receives SIGINT, even if this test run ignores SIGINT.

    A background job of a shell without job control ignores SIGINT, and so does every child of the job.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
