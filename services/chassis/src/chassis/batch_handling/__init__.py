"""Handles polls, each in one transaction. Pauses the subscriber if records of many keys fail with one cause."""

from chassis.batch_handling.batch_handler import UNKNOWN_TYPE, BatchHandler, UnknownType, events_of, read_event
from chassis.batch_handling.failure_breaker import FailureBreaker, FailureBreakerOpen
from chassis.batch_handling.resume_signals import RESUMED

__all__ = [
    "RESUMED",
    "UNKNOWN_TYPE",
    "BatchHandler",
    "FailureBreaker",
    "FailureBreakerOpen",
    "UnknownType",
    "events_of",
    "read_event",
]
