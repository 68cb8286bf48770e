"""Faults 11 and 12: clocks that disagree, disks that are full."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg

from chassis.leases import TTL_S
from enrollctl.errors import Failure
from faults.pair.events import COUNTER, TELLER
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.quiet import LATE_QUIET_S
from faults.scenario import NotAvailable, scenario
from faults.stores import Store

FULL = "No space left on device"
#: How often the lease is looked at while all are there: a standby asks for it every second.
LOOKS = 20
REMAINING = """SELECT extract(epoch FROM until - clock_timestamp())::float AS seconds
               FROM leases WHERE name = 'relay'"""
#: Where Debian's package libfaketime puts it.
LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


@scenario(11, quiet_s=LATE_QUIET_S)
def clocks_that_disagree(pair: Pair, seed: int) -> None:
    """Replicas two hours ahead and behind: leases and retries go by the database's clock, whoever leads."""
    if not LIBRARY.exists():
        raise NotAvailable("libfaketime is not installed (apt-get install libfaketime)")
    pair.start_both()
    for which in (TELLER, COUNTER):
        for name, shift in ((f"{which}-ahead", "+2h"), (f"{which}-behind", "-2h")):
            pair.start(which, name=name, LD_PRELOAD=str(LIBRARY), FAKETIME=shift)
            pair.fault(f"the clock of {name} is off", by=shift)
    services = ((TELLER, pair.teller_store), (COUNTER, pair.counter_store))
    with under_load(pair, seed, acts=40, lasting=True):
        for _ in range(LOOKS):
            for which, store in services:
                must_keep_the_lease(pair, store, which)
            time.sleep(0.2)
        # The sound ones go for good, so that the others must lead. A token is refused where it is not valid yet.
        pair.fronts[TELLER] = "teller-ahead"
        for which, _ in services:
            pair.ground.leave(pair.name_of(which))
        leaders = [must_lead(pair, which, store) for which, store in services]
        for leader in leaders:
            pair.freeze(leader)
        time.sleep(TTL_S + 3)
        for leader in leaders:
            pair.thaw(leader)
        # Each has led then, the one ahead and the one behind.
        for (which, store), leader in zip(services, leaders, strict=True):
            must_lead(pair, which, store, but=leader)


def must_lead(pair: Pair, which: str, store: Store, *, but: str = "") -> str:
    """One whose clock is off takes the lease, for as long as the database's clock says, and tells."""
    shifted = {f"{which}-ahead", f"{which}-behind"} - {but}
    leader = pair.await_leader(store, *shifted)
    before = pair.published(leader)
    pair.await_publication(leader, before)
    must_keep_the_lease(pair, store, leader)
    return leader


def must_keep_the_lease(pair: Pair, store: Store, name: str) -> None:
    """Its lease is neither over already nor longer than a lease lasts, and nobody has taken it."""
    rows = store.rows(REMAINING)
    remaining = float(rows[0]["seconds"]) if rows else 0.0
    leader = pair.leader(store)
    if leader != name or not 0 < remaining <= TTL_S:
        raise Failure(f"{name} leads, but the lease is held by {leader or 'nobody'} for {remaining:.1f} s")


@contextmanager
def full_disk(pair: Pair, part: str, folder: Path, mib: int) -> Iterator[Path]:
    """While the part is down, its data move to a tmpfs of so many MiB; afterwards they move back."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        raise NotAvailable("mounting a tmpfs needs root")
    stat = folder.stat()
    moved = folder.with_name(folder.name + ".moved")
    with held_down(pair, part):
        folder.rename(moved)
        folder.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(folder)], check=False)
        if done.returncode:
            folder.rmdir()
            moved.rename(folder)
            raise NotAvailable("a tmpfs cannot be mounted here")
        subprocess.run(["cp", "-a", f"{moved}/.", str(folder)], check=True)
        os.chown(folder, stat.st_uid, stat.st_gid)
        folder.chmod(stat.st_mode & 0o777)
    try:
        yield folder
    finally:
        with held_down(pair, part):
            shutil.rmtree(moved)
            subprocess.run(["cp", "-a", str(folder), str(moved)], check=True)
            subprocess.run(["umount", str(folder)], check=True)
            folder.rmdir()
            moved.rename(folder)


@contextmanager
def held_down(pair: Pair, part: str) -> Iterator[None]:
    """The part is stopped, and started again at the end of the body."""
    found = pair.ground.keeper.forget(part)
    pair.ground.end(found)
    try:
        yield
    finally:
        pair.ground.keeper.add(found.part)
        pair.ground.wait_ready(found.part)


def fill(folder: Path) -> Path:
    """Write until nothing fits any more."""
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        try:
            while True:
                file.write(b"\0" * 65_536)
                file.flush()
        except OSError:
            pass
    return ballast


def need_new_segments(pair: Pair) -> None:
    """Segments that are there already would do for a while."""
    admin = Store("postgres", pair.ground.postgres.admin_url, [])
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        for _ in range(30):
            admin.execute("CREATE TABLE IF NOT EXISTS ballast (n int)")
            admin.execute("INSERT INTO ballast VALUES (1)")
            admin.execute("SELECT pg_switch_wal()")


@contextmanager
def must_notice(pair: Pair, part: str) -> Iterator[None]:
    """A full disk that nobody noticed proves nothing; what an earlier scenario filled is none of ours."""
    log = pair.ground.folders.log(part)
    begin = log.stat().st_size
    yield
    if FULL.encode() not in log.read_bytes()[begin:]:
        raise Failure(f"{part} never noticed that its disk was full")
    pair.fault(f"disk of {part} full")


@scenario(12, alone=True)
def disk_of_postgres_full(pair: Pair, seed: int) -> None:
    """The write-ahead log has no room: commits fail until somebody makes some."""
    pair.start_both()
    wal = pair.ground.postgres.data / "pg_wal"
    with full_disk(pair, "postgres", wal, 192), must_notice(pair, "postgres"), under_load(pair, seed, acts=40) as load:
        load.await_done(0.2)
        ballast = fill(wal)
        need_new_segments(pair)
        time.sleep(6)
        ballast.unlink()


@scenario(12, alone=True)
def disk_of_kafka_full(pair: Pair, seed: int) -> None:
    """The broker's log has no room; it gives its folder up, and goes on once there is room and it was restarted."""
    pair.start_both()
    data = pair.ground.kafka.folder / "data"
    blocks = sum(path.stat().st_blocks for path in data.rglob("*") if path.is_file())
    mib = blocks // 2_048 + 192
    with full_disk(pair, "kafka", data, mib), must_notice(pair, "kafka"), under_load(pair, seed, acts=40) as load:
        load.await_done(0.2)
        ballast = fill(data)
        time.sleep(6)
        ballast.unlink()
        pair.ground.ensure_up("kafka")
