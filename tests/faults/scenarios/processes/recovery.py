"""Fault 1: a service is killed again and again within the session time-out. It must recover within a limited time."""

import time

from chassis.consumers import WAITS_FOR_GROUP
from chassis.health import EXIT_CODE
from enrollctl.errors import Failure
from faults.pair.events import COUNTER
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.scenario import scenario

#: The session time-out, and the watchdog's limit: after a stall of STUCK_S the watchdog restarts the process. The limit
#: is shorter than a session. So the scenario fails if the watchdog takes waiting for a dead consumer for a stall.
SESSION_S, STUCK_S = 8.0, 6.0
#: The numbers of kills in the series, and the seconds between two kills.
SERIES, PAUSE_S = (1, 4), 2.0
#: A dead consumer leaves its group after one session. If the dead consumer had become the group's leader, a second
#: session passes. The 60 s are for the start of a process, while up to seven scenarios start processes on the machine.
BOUND_S = 2 * SESSION_S + 60.0
#: The session time-out of a silent consumer: it stays in the group for longer than any process needs to start.
SILENT_S = 300.0
TALLIED = "SELECT count(*) FROM tally"


@scenario(1, short=True)
def killed_again_and_again(pair: Pair, seed: int) -> None:
    """The group waits for killed and silent consumers. Meanwhile the watchdog must not restart a process."""
    settings = {"UE_SESSION_TIMEOUT_MS": str(int(SESSION_S * 1000)), "UE_STUCK_AFTER_S": str(STUCK_S)}
    pair.start_both(**settings)
    with under_load(pair, seed, lasting=True):
        for kills in SERIES:
            recover(pair, kills)
        join_beside_a_silent_member(pair)
    if EXIT_CODE in pair.exits(COUNTER):
        raise Failure("the watchdog ended a process that was waiting for its group")


def recover(pair: Pair, kills: int) -> None:
    """Kill the counter `kills` times, and measure the time until it handles a record. Raises Failure if this takes
    longer than BOUND_S.
    """
    pair.until(lambda: pair.counter_store.value(TALLIED) > 0, "nothing is tallied")
    for number in range(kills):
        pair.until(lambda: pair.rig_stack.is_up(pair.name_of(COUNTER)), "it does not come back")
        if number:
            time.sleep(PAUSE_S)
        pair.kill(COUNTER)
    died, before = time.monotonic(), pair.counter_store.value(TALLIED)
    pair.until(lambda: pair.counter_store.value(TALLIED) > before, f"nothing is read after {kills} kills", BOUND_S)
    pair.recoveries.append(time.monotonic() - died)
    pair.note("recovered", kills=kills, seconds=pair.recoveries[-1])


def join_beside_a_silent_member(pair: Pair) -> None:
    """Kill the counter while another consumer is frozen. The counter's next process then waits longer than the
    watchdog's limit.

    Without the frozen consumer, a process that starts slowly would not have to wait for its group.
    """
    pair.start(COUNTER, name="counter-silent", UE_SESSION_TIMEOUT_MS=str(int(SILENT_S * 1000)))
    pair.freeze("counter-silent")
    pair.kill(COUNTER)
    joining = pair.rig_stack.workers[pair.name_of(COUNTER)]
    late = "readiness does not tell that the group waits"
    pair.until(lambda: WAITS_FOR_GROUP in " ".join(joining.reasons_not_ready()), late)
    time.sleep(2 * STUCK_S)
    before = pair.counter_store.value(TALLIED)
    pair.thaw("counter-silent")
    pair.until(lambda: pair.counter_store.value(TALLIED) > before, "nothing is read after a silent member woke")
