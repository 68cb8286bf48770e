"""A core dump would write the process's memory, and people with it, to a disk."""

import resource
from contextlib import suppress


def forbid() -> None:
    """For this process and its children. Linux ignores it where `core_pattern` names a program: turn that one off."""
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
