"""Forbids core dumps, because a core dump would write the memory of the process, with personal data, to a disk."""

import resource
from contextlib import suppress


def forbid() -> None:
    """Set the limit for this process and its children.

    Linux ignores the limit if `/proc/sys/kernel/core_pattern` pipes core dumps to a program. On such a machine the
    operator has to disable that program.
    """
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
