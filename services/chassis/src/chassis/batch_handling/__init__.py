"""A poll is handled in one transaction, each record inside a savepoint; a bad release pauses the subscriber."""

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
