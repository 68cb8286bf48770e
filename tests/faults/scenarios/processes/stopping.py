"""Fault 3: SIGTERM in the middle of a poll."""

import signal
import time

from enrollctl.errors import Failure
from faults.pair.events import COUNTER, PUBLISHER
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.scenario import scenario

TALLIED = "SELECT count(*) FROM tally"
#: WANTED polls must be rolled back. To reach this number, the counter is stopped in at most POLLS polls.
WANTED, POLLS = 2, 8
#: Whether an event handler sleeps in a transaction that began within the last two seconds.
IN_HAND = """SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'
             AND clock_timestamp() - xact_start < interval '2 seconds'"""


def must_have_ended_well(pair: Pair, *names: str) -> None:
    """SIGTERM must lead to exit code 0."""
    for name in names:
        codes = pair.exits(name)
        if any(codes) or not codes:
            raise Failure(f"{name} ended with {codes} after SIGTERM")


@scenario(3, short=True)
def stopped_in_the_middle_of_polls(pair: Pair, seed: int) -> None:
    """Both services get SIGTERM repeatedly under load. Each finishes its poll, leaves the group and exits with 0."""
    pair.start_both()
    with under_load(pair, seed, acts=40):
        for turn in range(4):
            name = (COUNTER, PUBLISHER)[turn % 2]
            before = pair.rig_stack.restarts(pair.name_of(name))
            pair.kill(name, signal.SIGTERM)
            pair.rig_stack.await_restart(pair.name_of(name), before)
    must_have_ended_well(pair, COUNTER, PUBLISHER)


@scenario(3, short=True)
def stopped_with_a_handler_longer_than_its_grace(pair: Pair, seed: int) -> None:
    """The poll would take longer than the grace period. So the poll is rolled back, and the next process handles it."""
    pair.start(PUBLISHER)
    with under_load(pair, seed, acts=6, callers=2):
        pass
    pair.switch("slow", True)
    pair.start(COUNTER, wait=False, UE_GRACEFUL_TIMEOUT_S="2", UE_POLL_RECORDS="12")
    # A poll of few records possibly finishes within the grace period, so the counter is stopped in several polls.
    given_up = 0
    for _ in range(POLLS):
        given_up += stop_in_a_poll(pair)
        if given_up == WANTED:
            break
    else:
        raise Failure(f"{given_up} of {POLLS} polls in hand were given up")
    pair.switch("slow", False)
    must_have_ended_well(pair, COUNTER)


def stop_in_a_poll(pair: Pair) -> bool:
    """Stop the counter in the middle of a poll. Returns whether the whole poll was rolled back."""
    tallied = await_poll(pair)
    before = pair.rig_stack.restarts(pair.name_of(COUNTER))
    pair.kill(COUNTER, signal.SIGTERM)
    pair.until(lambda: pair.rig_stack.restarts(pair.name_of(COUNTER)) > before, "the counter does not end", 20)
    return bool(pair.counter_store.value(TALLIED) == tallied)


def await_poll(pair: Pair) -> int:
    """Wait for a poll that has just begun; returns the number of events that were stored before it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        tallied = int(pair.counter_store.value(TALLIED))
        if pair.counter_store.value(IN_HAND):
            return tallied
        time.sleep(0.05)
    raise Failure("no poll was in hand")
