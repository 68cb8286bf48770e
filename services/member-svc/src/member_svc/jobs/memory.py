"""How a large roster's memory is taken and given back (glibc; other C libraries are left as they are)."""

import ctypes
from contextlib import suppress

M_MMAP_THRESHOLD = -3
LARGE_BLOCK = 1024 * 1024


def keep_large_blocks_apart() -> None:
    """Once a large block was freed, glibc takes the next ones from the heap, where growing them means copying them:
    the second roster of 100,000 rows then costs 30 MB more than the first."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)


def give_back() -> None:
    """Return the free part of the heap, which would be kept otherwise."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
