"""Fault 1: one service is killed again and again within the session time-out; how soon it reads again is bounded."""

import time

from chassis.watchdog import EXIT_CODE
from enrollctl.errors import Failure
from faults.pair.events import COUNTER
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.scenario import scenario

#: The watchdog's patience is shorter than a session: waiting for a dead member must not count as standing still.
SESSION_S, STUCK_S = 8.0, 6.0
#: Kills of each series, and seconds between two of them.
SERIES, PAUSE_S = (1, 4), 2.0
#: A dead member is out after one session, a dead one that was made the leader meanwhile after another; the rest is the
#: start of a process on a machine that has other things to do.
BOUND_S = 2 * SESSION_S + 30.0
TALLIED = "SELECT count(*) FROM tally"


@scenario(1, short=True)
def killed_again_and_again(pair: Pair, seed: int) -> None:
    """Four kills within one session: the group waits for dead members, and nobody restarts for that."""
    settings = {"UE_SESSION_TIMEOUT_MS": str(int(SESSION_S * 1000)), "UE_STUCK_AFTER_S": str(STUCK_S)}
    pair.start_both(**settings)
    with under_load(pair, seed, lasting=True):
        for kills in SERIES:
            recover(pair, kills)
    if EXIT_CODE in pair.exits(COUNTER):
        raise Failure("the watchdog ended a process that was waiting for its group")


def recover(pair: Pair, kills: int) -> None:
    """Kill it so often, then take the time until it has handled a record again. Raises Failure where that is late."""
    pair.until(lambda: pair.counter_store.value(TALLIED) > 0, "nothing is tallied")
    for number in range(kills):
        pair.until(lambda: pair.ground.is_up(pair.name_of(COUNTER)), "it does not come back")
        if number:
            time.sleep(PAUSE_S)
        pair.kill(COUNTER)
    died, before = time.monotonic(), pair.counter_store.value(TALLIED)
    pair.until(lambda: pair.counter_store.value(TALLIED) > before, f"nothing is read after {kills} kills", BOUND_S)
    pair.recoveries.append(time.monotonic() - died)
    pair.note("recovered", kills=kills, seconds=pair.recoveries[-1])
