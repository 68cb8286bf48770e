"""Fault 6: records that are delivered again."""

import random
import signal

from faults.checks.quiet import wait_for_quiet
from faults.pair import records
from faults.pair.events import COUNTER, PUBLISHER
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.scenario import scenario


@scenario(6, short=True)
def copies_injected(pair: Pair, seed: int) -> None:
    """While commands are sent, at least half of the events so far are published a second time.

    A relay that was frozen and wakes up would publish such copies.
    """
    pair.start_both()
    dice = random.Random(seed)
    with under_load(pair, seed) as load:
        for share in (0.3, 0.6, 0.9):
            load.await_done(share)
            for topic in (pair.told, pair.counted):
                records_so_far = records.read(pair.rig_stack.kafka.bootstrap, topic)
                copies = records_so_far[dice.randrange(max(1, len(records_so_far) // 2)) :]
                if copies:
                    pair.fault("copies injected", topic=topic.name, records=len(copies))
                records.send(pair.rig_stack.kafka.bootstrap, copies)


@scenario(6, short=True)
def same_record_to_two_workers_at_once(pair: Pair, seed: int) -> None:
    """A twin of the counter runs in a consumer group of its own, with the counter's database. So the counter and the
    twin handle every record at the same time.
    """
    pair.start_both()
    pair.start(COUNTER, name="counter-twin", UE_FAULTS_TWIN="-twin")
    with under_load(pair, seed):
        pass
    # A run in which no duplicate was skipped proves nothing.
    duplicates = ("ue_records_skipped_total", 'reason="duplicate"')
    pair.until(lambda: pair.scrapes.total(*duplicates) > 0, "not one record came twice")
    pair.fault("two workers for every record")


@scenario(6, short=True)
def whole_topic_replayed(pair: Pair, seed: int) -> None:
    """The offsets of both groups are set back to the start of all topics."""
    pair.start_both()
    with under_load(pair, seed):
        pass
    wait_for_quiet(pair.monitor)
    for name, store in ((COUNTER, pair.counter_store), (PUBLISHER, pair.publisher_store)):
        pair.rig_stack.leave(pair.name_of(name), signal.SIGTERM)
        pair.fault("whole topics replayed", group=store.service)
        records.rewind(pair.rig_stack.kafka.bootstrap, store.service, store.reads)
        pair.start(name)
