"""One poll is one transaction, a savepoint per record; a bad release pauses it."""

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
