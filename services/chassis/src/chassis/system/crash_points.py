"""Named points at which a test can break this process from within. If none is armed, a point calls an empty function.

`UE_CRASH_AT=name:nth[:how]` arms one point. The point breaks the process once, when the process passes it for the nth
time (1 = the first). `how` is one of: `kill` (the default) ends the process as `kill -9` does. `stop` freezes the
process until it receives SIGCONT. `block=SECONDS` blocks the event loop for this time, like a long computation that
never awaits anything.
"""

import os
import signal
import time
from collections.abc import Callable
from typing import Final

VARIABLE: Final = "UE_CRASH_AT"

#: The records of a poll are handled, its transaction is still open.
POLL_BEFORE_COMMIT: Final = "poll.before_commit"
#: The poll's transaction is committed, its offsets are not.
POLL_AFTER_COMMIT: Final = "poll.after_commit"
#: A record was handled inside its savepoint, in a poll or in a replay.
RECORD_HANDLED: Final = "record.handled"
#: A record was stored as a dead letter, its transaction is still open.
RECORD_SET_ASIDE: Final = "record.set_aside"
#: A command or a job has written state and events, its transaction is still open.
WORK_BEFORE_COMMIT: Final = "work.before_commit"
#: The transaction of a command or a job is committed; nothing is published, and no caller has the answer yet.
WORK_AFTER_COMMIT: Final = "work.after_commit"
#: The relay has read events and holds the lease, but has sent nothing.
RELAY_BEFORE_PUBLISH: Final = "relay.before_publish"
#: The broker has acknowledged events that are still in the outbox.
RELAY_AFTER_ACK: Final = "relay.after_ack"
#: A job is claimed, the external system has not been called yet.
JOB_BEFORE_RUN: Final = "job.before_run"
#: The external system has answered, the answer is not stored yet.
JOB_AFTER_RUN: Final = "job.after_run"

POINTS: Final = frozenset(
    {
        POLL_BEFORE_COMMIT,
        POLL_AFTER_COMMIT,
        RECORD_HANDLED,
        RECORD_SET_ASIDE,
        WORK_BEFORE_COMMIT,
        WORK_AFTER_COMMIT,
        RELAY_BEFORE_PUBLISH,
        RELAY_AFTER_ACK,
        JOB_BEFORE_RUN,
        JOB_AFTER_RUN,
    }
)

Reach = Callable[[str], None]


def armed(setting: str) -> Reach:
    """The function that the points call. Raises ValueError for an unknown point or manner, or a wrong number."""
    if not setting:
        return _pass
    name, nth, how = (*setting.split(":"), "kill")[:3]
    if name not in POINTS:
        raise ValueError(f"{VARIABLE}: there is no point {name!r}; points are {', '.join(sorted(POINTS))}")
    break_here = _breakage(how)
    remaining = int(nth)

    def count(point: str) -> None:
        nonlocal remaining
        if point != name:
            return
        remaining -= 1
        if remaining == 0:
            break_here()

    return count


def _breakage(how: str) -> Callable[[], None]:
    manner, _, seconds = how.partition("=")
    if manner == "kill":
        return lambda: os.kill(os.getpid(), signal.SIGKILL)
    if manner == "stop":
        return lambda: os.kill(os.getpid(), signal.SIGSTOP)
    if manner == "block":
        block_s = float(seconds)
        return lambda: time.sleep(block_s)
    raise ValueError(f"{VARIABLE}: {how!r} is neither kill, stop nor block=SECONDS")


def _pass(_: str) -> None:
    """No point is armed."""


reach: Final = armed(os.environ.get(VARIABLE, ""))
