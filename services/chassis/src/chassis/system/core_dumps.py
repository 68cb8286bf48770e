"""Forbids core dumps: one would write the memory of the process, with personal data, to a disk."""

import resource
from contextlib import suppress


def forbid() -> None:
    """Set the limit for this process and its children.

    Linux ignores the limit if `core_pattern` names a program; then disable that program.
    """
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
