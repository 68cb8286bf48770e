"""Fault 3: SIGTERM in the middle of a poll."""

import signal
import time

from enrollctl.errors import Failure
from faults.pair.events import COUNTER, TELLER
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.scenario import scenario


def must_have_ended_well(pair: Pair, *names: str) -> None:
    """SIGTERM is no reason for another exit code than 0."""
    for name in names:
        codes = pair.ground.keeper.exits.get(pair.name_of(name), [])
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
    pair.start_both(UE_GRACEFUL_TIMEOUT_S="2", UE_POLL_RECORDS="6")
    with under_load(pair, seed, acts=4, callers=2):
        pair.switch("slow", True)
        for _ in range(2):
            time.sleep(1.5)
            before = pair.ground.restarts(pair.name_of(COUNTER))
            pair.kill(COUNTER, signal.SIGTERM)
            pair.ground.await_restart(pair.name_of(COUNTER), before)
        pair.switch("slow", False)
