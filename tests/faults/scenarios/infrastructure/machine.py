"""Faults 11 and 12: clocks that disagree, full disks."""

import time
from pathlib import Path

from chassis.database import TTL_S
from enrollctl.errors import Failure
from faults.checks.quiet import LATE_QUIET_S
from faults.checks.stores import Store
from faults.pair.events import COUNTER, PUBLISHER
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.rig.small_disks import FullDiskMessage, Place, fill, make_room, need_new_segments, on_small_disks
from faults.scenario import NotAvailable, scenario

#: The number of checks of each lease, one every 0.2 s, while all processes run. The processes without the lease try to
#: acquire it every second.
LOOKS = 20
REMAINING = """SELECT extract(epoch FROM until - clock_timestamp())::float AS seconds
               FROM leases WHERE name = 'relay'"""
#: The free space of each server's small disk, in addition to the existing data: room for some segments of its log.
WAL_MARGIN_MIB, KAFKA_MARGIN_MIB = 128, 192
#: The path in Debian's package libfaketime.
LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


@scenario(11, quiet_s=LATE_QUIET_S)
def clocks_that_disagree(pair: Pair, seed: int) -> None:
    """The clocks of two replicas are two hours ahead and two hours behind.

    Leases and retries must use the database's clock, whichever replica leads (holds the lease).
    """
    if not LIBRARY.exists():
        raise NotAvailable("libfaketime is not installed (apt-get install libfaketime)")
    pair.start_both()
    for which in (PUBLISHER, COUNTER):
        for name, shift in ((f"{which}-ahead", "+2h"), (f"{which}-behind", "-2h")):
            pair.start(which, name=name, LD_PRELOAD=str(LIBRARY), FAKETIME=shift)
            pair.fault(f"the clock of {name} is off", by=shift)
    services = ((PUBLISHER, pair.publisher_store), (COUNTER, pair.counter_store))
    with under_load(pair, seed, acts=40, lasting=True):
        for _ in range(LOOKS):
            for which, store in services:
                must_keep_the_lease(pair, store, which)
            time.sleep(0.2)
        # The processes with a correct clock end for good, so that a process with a wrong clock must lead. Commands go
        # to the publisher whose clock is ahead. The publisher whose clock is behind would refuse the tokens of the
        # commands as not yet valid.
        pair.fronts[PUBLISHER] = "publisher-ahead"
        for which, _ in services:
            pair.rig_stack.leave(pair.name_of(which))
        leaders = [must_lead(pair, which, store) for which, store in services]
        for leader in leaders:
            pair.freeze(leader)
        time.sleep(TTL_S + 3)
        for leader in leaders:
            pair.thaw(leader)
        # The other process with a wrong clock must lead now.
        for (which, store), leader in zip(services, leaders, strict=True):
            must_lead(pair, which, store, but=leader)


def must_lead(pair: Pair, which: str, store: Store, *, but: str = "") -> str:
    """A process with a wrong clock must acquire the lease and publish events. The database's clock must determine when
    the lease ends.
    """
    shifted = {f"{which}-ahead", f"{which}-behind"} - {but}
    leader = pair.await_leader(store, *shifted)
    before = pair.published(leader)
    pair.await_publication(leader, before)
    must_keep_the_lease(pair, store, leader)
    return leader


def must_keep_the_lease(pair: Pair, store: Store, name: str) -> None:
    """The process must hold the lease, and the lease must end within `TTL_S`. Otherwise raises Failure."""
    rows = store.rows(REMAINING)
    remaining = float(rows[0]["seconds"]) if rows else 0.0
    leader = pair.leader(store)
    if leader != name or not 0 < remaining <= TTL_S:
        raise Failure(f"{name} must hold the lease; {leader or 'nobody'} holds it, for another {remaining:.1f} s")


@scenario(12, alone=True)
def disk_of_postgres_full(pair: Pair, seed: int) -> None:
    """The disk of the write-ahead log is full. Commits fail until there is space."""
    pair.start_both()
    wal = pair.rig_stack.postgres.data / "pg_wal"
    place = Place("postgres", wal, WAL_MARGIN_MIB)
    with on_small_disks(pair.rig_stack, place), under_load(pair, seed, acts=40) as load:
        message = FullDiskMessage(pair.rig_stack, "postgres")
        load.await_done(0.2)
        fill(wal)
        need_new_segments(pair.rig_stack)
        time.sleep(6)
        make_room(wal)
        message.must_be_logged()
        pair.fault("disk of postgres full")


@scenario(12, alone=True)
def disk_of_kafka_full(pair: Pair, seed: int) -> None:
    """The broker's disk is full, so the broker takes its log folder offline. After a restart with free space it works
    again.
    """
    pair.start_both()
    data = pair.rig_stack.kafka.folder / "data"
    place = Place("kafka", data, KAFKA_MARGIN_MIB)
    with on_small_disks(pair.rig_stack, place), under_load(pair, seed, acts=40) as load:
        message = FullDiskMessage(pair.rig_stack, "kafka")
        load.await_done(0.2)
        fill(data)
        time.sleep(6)
        make_room(data)
        message.must_be_logged()
        pair.fault("disk of kafka full")
        pair.rig_stack.ensure_up("kafka")
