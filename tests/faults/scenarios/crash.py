"""Fault 1: `kill -9` at named points, one after another, while the pair is under load."""

from chassis.system import crash_points
from faults.pair.events import COUNTER, TELLER
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.scenario import scenario


def crash_both(
    pair: Pair, seed: int, teller: str = "", counter: str = "", *, ask: bool = True, standing: bool = True
) -> None:
    """Each process comes up armed, dies at its point under load, and comes back.

    Without `ask` the only transactions of the teller's own are its acts.
    """
    pair.start_both(teller, counter)
    with under_load(pair, seed, ask=ask, standing=standing):
        for name, armed in ((TELLER, teller), (COUNTER, counter)):
            if armed:
                pair.await_death(name)


@scenario(1, short=True)
def killed_before_commit(pair: Pair, seed: int) -> None:
    """A poll and an act, handled and not committed."""
    points = (f"{crash_points.WORK_BEFORE_COMMIT}:4", f"{crash_points.POLL_BEFORE_COMMIT}:2")
    # Without standings: a poll of those alone could be lost unseen, for later ones say the same.
    crash_both(pair, seed, *points, ask=False, standing=False)


@scenario(1, short=True)
def killed_after_commit_before_publish(pair: Pair, seed: int) -> None:
    """State and events are committed, nobody has told them, the caller has no answer."""
    crash_both(pair, seed, f"{crash_points.WORK_AFTER_COMMIT}:5", f"{crash_points.RELAY_BEFORE_PUBLISH}:2", ask=False)


@scenario(1, short=True)
def killed_after_ack_before_mark(pair: Pair, seed: int) -> None:
    """The broker has the events, the outbox does not know: they are told twice and taken once."""
    crash_both(pair, seed, f"{crash_points.RELAY_AFTER_ACK}:3", f"{crash_points.RELAY_AFTER_ACK}:2")


@scenario(1, short=True)
def killed_after_handling_before_offsets(pair: Pair, seed: int) -> None:
    """The poll is in the database, its offsets are not in Kafka."""
    crash_both(pair, seed, f"{crash_points.POLL_AFTER_COMMIT}:1", f"{crash_points.POLL_AFTER_COMMIT}:2")


@scenario(1, short=True)
def killed_around_a_call_outside(pair: Pair, seed: int) -> None:
    """Once before the other side heard of it, once after it answered: it is looked up, never asked twice."""
    pair.start(COUNTER, wait=False)
    pair.start(TELLER, crash_at=f"{crash_points.OUTBOUND_BEFORE_PERFORM}:3")
    pair.arm_after_that(TELLER, f"{crash_points.OUTBOUND_AFTER_PERFORM}:2")
    with under_load(pair, seed):
        for _ in range(2):
            pair.await_death(TELLER)
