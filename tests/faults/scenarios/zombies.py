"""Faults 2, 7, 10: frozen processes, members that come and go, a blocked event loop."""

import random
import signal
import time

from chassis import crash_points
from chassis.leases import TTL_S
from faults.ground import SESSION_TIMEOUT_MS
from faults.pair.events import COUNTER, PARTITIONS, TELLER
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.scenario import scenario

LONGER_THAN_A_LEASE_S = TTL_S + 3
LONGER_THAN_A_SESSION_S = SESSION_TIMEOUT_MS / 1000 * 2


def freeze_and_thaw(pair: Pair, name: str, seconds: float) -> None:
    pair.kill(name, signal.SIGSTOP)
    time.sleep(seconds)
    pair.kill(name, signal.SIGCONT)


@scenario(2)
def frozen_past_lease_and_session(pair: Pair, seed: int) -> None:
    """Replicas take over; the frozen ones come back and must not write."""
    pair.start_both()
    pair.start(TELLER, name="teller-2")
    pair.start(COUNTER, name="counter-2")
    # A frozen worker's call may go out twice: the other side compares its Idempotency-Key. The pair's does not.
    with under_load(pair, seed, acts=60, ask=False) as load:
        for name in ("counter-2", "teller-2", COUNTER):
            load.await_done(0.1)
            freeze_and_thaw(pair, name, LONGER_THAN_A_LEASE_S)


@scenario(2)
def frozen_between_look_and_publication(pair: Pair, seed: int) -> None:
    """The relay holds the lease and freezes with events in its hand; another publishes them; it wakes and sends."""
    at_point = f"{crash_points.RELAY_BEFORE_PUBLISH}:4:stop"
    pair.start(COUNTER)
    pair.start(TELLER, crash_at=at_point)
    pair.start(TELLER, name="teller-2")
    with under_load(pair, seed, acts=10, ask=False):
        # The frozen one answers no act: its callers wait until it is thawed.
        time.sleep(LONGER_THAN_A_LEASE_S)
        pair.kill(TELLER, signal.SIGCONT)


@scenario(10)
def event_loop_blocked(pair: Pair, seed: int) -> None:
    """Held for longer than the session and the idle limit of a transaction, in the middle of a poll and of an act."""
    held_s = max(LONGER_THAN_A_SESSION_S, 12.0)
    pair.start_both(
        f"{crash_points.WORK_BEFORE_COMMIT}:5:block={held_s}", f"{crash_points.POLL_BEFORE_COMMIT}:3:block={held_s}"
    )
    pair.start(COUNTER, name="counter-2")
    with under_load(pair, seed, acts=30, ask=False):
        pass


@scenario(7)
def rebalance_storm(pair: Pair, seed: int) -> None:
    """Members join and leave every two seconds, more of them than there are partitions."""
    dice = random.Random(seed)
    pair.start_both()
    with under_load(pair, seed, acts=60):
        members: list[str] = []
        for number in range(2, PARTITIONS + 4):
            name = f"counter-{number}"
            pair.start(COUNTER, name=name, wait=False)
            pair.fault("a member joins", name=name)
            members.append(name)
            time.sleep(2)
            if number % 3 == 0:
                leaving = members.pop(dice.randrange(len(members)))
                pair.fault("a member leaves", name=leaving)
                pair.ground.leave(pair.name_of(leaving), dice.choice([signal.SIGTERM, signal.SIGKILL]))
        for name in members:
            pair.fault("a member leaves", name=name)
            pair.ground.leave(pair.name_of(name))
