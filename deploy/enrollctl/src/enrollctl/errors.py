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
    """An error whose text is for the operator: what is wrong, where, and what to do. No stack trace is printed."""

    exit_code: ClassVar[Exit] = Exit.FAILED


class NoStackRunning(Failure):
    """No supervisor runs in the folder."""

    exit_code = Exit.NO_STACK


class ComponentUnhealthy(Failure):
    """A component did not become ready, or does not answer."""

    exit_code = Exit.UNHEALTHY


class WrongUse(Failure):
    """The command was used wrongly, for example outside the project's folders."""

    exit_code = Exit.USAGE


class Stopped(Exception):
    """The operator stopped the command while it was still waiting for something."""
