"""Fault 3: SIGTERM in the middle of a poll."""

import signal
import time

from enrollctl.errors import Failure
from faults.pair.events import COUNTER, TELLER
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.scenario import scenario

TALLIED = "SELECT count(*) FROM tally"
#: A handler sleeps, and its transaction began a moment ago.
IN_HAND = """SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'
             AND clock_timestamp() - xact_start < interval '0.5 seconds'"""


def must_have_ended_well(pair: Pair, *names: str) -> None:
    """SIGTERM is no reason for another exit code than 0."""
    for name in names:
        codes = pair.exits(name)
        if any(codes) or not codes:
            raise Failure(f"{name} ended with {codes} after SIGTERM")


@scenario(3, short=True)
def stopped_in_the_middle_of_polls(pair: Pair, seed: int) -> None:
    """Both are asked to end again and again under load; each finishes the poll in hand, leaves and exits 0."""
    pair.start_both()
    with under_load(pair, seed, acts=40):
        for turn in range(4):
            name = (COUNTER, TELLER)[turn % 2]
            before = pair.ground.restarts(pair.name_of(name))
            pair.kill(name, signal.SIGTERM)
            pair.ground.await_restart(pair.name_of(name), before)
    must_have_ended_well(pair, COUNTER, TELLER)


@scenario(3, short=True)
def stopped_with_a_handler_longer_than_its_grace(pair: Pair, seed: int) -> None:
    """The poll in hand would take longer than the process has: it is given up whole and handled by the next one."""
    pair.start(TELLER)
    with under_load(pair, seed, acts=4, callers=2):
        pass
    pair.switch("slow", True)
    pair.start(COUNTER, wait=False, UE_GRACEFUL_TIMEOUT_S="2", UE_POLL_RECORDS="12")
    for _ in range(2):
        stop_in_a_long_poll(pair)
    pair.switch("slow", False)
    must_have_ended_well(pair, COUNTER)


def stop_in_a_long_poll(pair: Pair) -> None:
    """Raises Failure where the process ended with the poll kept."""
    tallied = await_long_poll(pair)
    before = pair.ground.restarts(pair.name_of(COUNTER))
    pair.kill(COUNTER, signal.SIGTERM)
    pair.until(lambda: pair.ground.restarts(pair.name_of(COUNTER)) > before, "the counter does not end", 20)
    if pair.counter_store.value(TALLIED) != tallied:
        raise Failure("the poll in hand was not given up")


def await_long_poll(pair: Pair) -> int:
    """Until a poll is in hand that has just begun and has seconds to go; returns what was tallied before it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        tallied = int(pair.counter_store.value(TALLIED))
        if pair.counter_store.value(IN_HAND):
            return tallied
        time.sleep(0.05)
    raise Failure("no poll was in hand")
