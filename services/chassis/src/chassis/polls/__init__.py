"""A poll is handled in one transaction, each record inside a savepoint; a bad release pauses the subscriber."""

from chassis.polls.poll import UNKNOWN_TYPE, PollHandler, UnknownType, events_of, read_event
from chassis.polls.release_guard import BadRelease, ReleaseGuard
from chassis.polls.resumptions import RESUMED

__all__ = [
    "RESUMED",
    "UNKNOWN_TYPE",
    "BadRelease",
    "PollHandler",
    "ReleaseGuard",
    "UnknownType",
    "events_of",
    "read_event",
]
