"""Handles polls, each in one transaction. Pauses the subscriber if records of many keys fail with one cause."""

from chassis.poll_handling.failure_breaker import FailureBreaker, FailureBreakerOpen
from chassis.poll_handling.poll_handler import UNKNOWN_TYPE, PollHandler, UnknownType, events_of, read_event
from chassis.poll_handling.resume_signals import RESUMED

__all__ = [
    "RESUMED",
    "UNKNOWN_TYPE",
    "FailureBreaker",
    "FailureBreakerOpen",
    "PollHandler",
    "UnknownType",
    "events_of",
    "read_event",
]
