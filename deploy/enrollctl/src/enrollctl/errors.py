"""Failures that an operator sees, each with the exit code that a script sees."""

from enum import IntEnum
from typing import ClassVar


class Exit(IntEnum):
    """Exit codes of every command; `enrollctl --help` prints them."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NO_STACK = 3
    UNHEALTHY = 4
    INTERRUPTED = 130


class Failure(Exception):
    """A sentence for the operator: the problem, where it is, what to do. Never a stack trace."""

    exit_code: ClassVar[Exit] = Exit.FAILED


class NoStackRunning(Failure):
    """No supervisor runs in the folder."""

    exit_code = Exit.NO_STACK


class ComponentUnhealthy(Failure):
    """A component did not become ready, or does not answer."""

    exit_code = Exit.UNHEALTHY


class WrongUse(Failure):
    """The command was run in the wrong folder, or with a name or an option that it does not have."""

    exit_code = Exit.USAGE


class Stopped(Exception):
    """The operator stopped the command while it was still waiting for something."""
