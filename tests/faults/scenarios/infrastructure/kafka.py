"""Fault 4: Kafka dies, restarts, is down at the start, is down longer than a producer waits."""

import signal
import time

from faults.pair.events import COUNTER, PUBLISHER
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.scenario import scenario

#: The relay's producer times out after 15 s.
LONGER_THAN_THE_PRODUCER_S = 20.0


def break_kafka(pair: Pair, number: signal.Signals, *, hold_s: float) -> None:
    pair.rig_stack.restart("kafka", number, hold_s=hold_s)
    pair.fault(f"{number.name} to kafka", hold_s=hold_s)


@scenario(4, alone=True)
def kafka_killed_and_the_publisher_with_it(pair: Pair, seed: int) -> None:
    """Kafka and the publisher are killed. Records that Kafka has not acknowledged are lost, but the outbox still has
    their events.
    """
    pair.start_both()
    # `standing=False`: no events for the compacted topic. They are published in a Kafka transaction, which waits for
    # the broker even if the relay has a bug.
    with under_load(pair, seed, acts=40, standing=False) as load:
        for share in (0.2, 0.5):
            load.await_done(share)
            before = pair.rig_stack.restarts("kafka")
            if pair.rig_stack.send("kafka", signal.SIGKILL, hold_s=4.0):
                pair.fault("SIGKILL to kafka")
            load.await_done(share + 0.2)
            pair.kill(PUBLISHER)
            pair.rig_stack.await_restart("kafka", before)


@scenario(4, alone=True)
def kafka_restarted(pair: Pair, seed: int) -> None:
    """A graceful restart under load, twice."""
    pair.start_both()
    with under_load(pair, seed, acts=40) as load:
        for share in (0.2, 0.6):
            load.await_done(share)
            break_kafka(pair, signal.SIGTERM, hold_s=0.5)


@scenario(4, alone=True)
def kafka_down_at_start(pair: Pair, seed: int) -> None:
    """Services start without a broker, accept commands, and catch up when the broker is there."""
    before = pair.rig_stack.restarts("kafka")
    pair.rig_stack.send("kafka", signal.SIGTERM, hold_s=15.0)
    while pair.rig_stack.is_up("kafka"):
        time.sleep(0.1)
    pair.fault("kafka down at start")
    pair.start(PUBLISHER, wait=False)
    pair.start(COUNTER, wait=False)
    with under_load(pair, seed):
        pair.rig_stack.await_restart("kafka", before)
    pair.rig_stack.wait_ready(*(pair.rig_stack.workers[pair.name_of(name)] for name in (PUBLISHER, COUNTER)))


@scenario(4, alone=True)
def kafka_down_longer_than_the_producer_waits(pair: Pair, seed: int) -> None:
    """All requests of all producers time out. New producers must publish the same events in the same order."""
    pair.start_both()
    with under_load(pair, seed, acts=60) as load:
        load.await_done(0.2)
        break_kafka(pair, signal.SIGKILL, hold_s=LONGER_THAN_THE_PRODUCER_S)
