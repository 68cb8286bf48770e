"""Fault 1: `kill -9` at crash points, which are named places in the code, one after another under load.

The scenarios run on the pair: the two small services publisher and counter.
"""

from chassis.system import crash_points
from faults.pair.events import COUNTER, PUBLISHER
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.scenario import scenario


def crash_both(
    pair: Pair, seed: int, publisher: str = "", counter: str = "", *, ask: bool = True, standing: bool = True
) -> None:
    """Start both services. A service with a crash point dies at this point under load, and comes back.

    Without `ask` the publisher's only transactions are its commands.
    """
    pair.start_both(publisher, counter)
    with under_load(pair, seed, ask=ask, standing=standing):
        for name, armed in ((PUBLISHER, publisher), (COUNTER, counter)):
            if armed:
                pair.await_death(name)


@scenario(1, short=True)
def killed_before_commit(pair: Pair, seed: int) -> None:
    """The publisher dies after it has handled a command, and the counter after it has handled a poll, but before the
    commit.
    """
    points = (f"{crash_points.WORK_BEFORE_COMMIT}:4", f"{crash_points.POLL_BEFORE_COMMIT}:2")
    # `standing=False`: no events that give the last number of an account. A later one replaces an earlier one, so
    # nobody would notice a lost poll of such events.
    crash_both(pair, seed, *points, ask=False, standing=False)


@scenario(1, short=True)
def killed_after_commit_before_publish(pair: Pair, seed: int) -> None:
    """State and events are committed, but the events are not published, and the caller has no answer."""
    crash_both(pair, seed, f"{crash_points.WORK_AFTER_COMMIT}:5", f"{crash_points.RELAY_BEFORE_PUBLISH}:2", ask=False)


@scenario(1, short=True)
def killed_after_ack_before_mark(pair: Pair, seed: int) -> None:
    """The broker has the events, but the outbox has not marked them. So they are published twice and handled once."""
    crash_both(pair, seed, f"{crash_points.RELAY_AFTER_ACK}:3", f"{crash_points.RELAY_AFTER_ACK}:2")


@scenario(1, short=True)
def killed_after_handling_before_offsets(pair: Pair, seed: int) -> None:
    """The poll is committed in the database, but its offsets are not committed in Kafka."""
    crash_both(pair, seed, f"{crash_points.POLL_AFTER_COMMIT}:1", f"{crash_points.POLL_AFTER_COMMIT}:2")


@scenario(1, short=True)
def killed_around_a_call_outside(pair: Pair, seed: int) -> None:
    """The process dies before it calls the external system, and again after the answer. The job must not call the
    external system twice.
    """
    pair.start(COUNTER, wait=False)
    pair.start(PUBLISHER, crash_at=f"{crash_points.JOB_BEFORE_RUN}:3")
    pair.arm_after_that(PUBLISHER, f"{crash_points.JOB_AFTER_RUN}:2")
    with under_load(pair, seed):
        for _ in range(2):
            pair.await_death(PUBLISHER)
