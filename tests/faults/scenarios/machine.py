"""Faults 11 and 12: clocks that disagree, disks that are full."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg

from enrollctl.errors import Failure
from faults.pair.events import COUNTER, TELLER
from faults.pair.load import under_load
from faults.pair.world import Pair
from faults.scenario import NotAvailable, scenario
from faults.stores import Store

FULL = "No space left on device"
#: Where Debian's package libfaketime puts it.
LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


@scenario(11)
def clocks_that_disagree(pair: Pair, seed: int) -> None:
    """Replicas two hours behind and ahead: leases and retries go by the database's clock."""
    if not LIBRARY.exists():
        raise NotAvailable("libfaketime is not installed (apt-get install libfaketime)")
    pair.start_both()
    for name, shift in (("teller-2", "+2h"), ("teller-3", "-2h"), ("counter-2", "+2h"), ("counter-3", "-2h")):
        pair.fault(f"the clock of {name} is off", by=shift)
        which = TELLER if name.startswith(TELLER) else COUNTER
        pair.start(which, name=name, LD_PRELOAD=str(LIBRARY), FAKETIME=shift)
    with under_load(pair, seed, acts=40) as load:
        # The sound ones go, so that the others must lead.
        load.await_done(0.5)
        pair.kill(COUNTER)


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


def must_have_been_full(pair: Pair, part: str) -> None:
    """A full disk that nobody noticed proves nothing."""
    if FULL not in pair.ground.folders.log(part).read_text(errors="replace"):
        raise Failure(f"{part} never noticed that its disk was full")


@scenario(12, alone=True)
def disk_of_postgres_full(pair: Pair, seed: int) -> None:
    """The write-ahead log has no room: commits fail until somebody makes some."""
    pair.start_both()
    wal = pair.ground.postgres.data / "pg_wal"
    with full_disk(pair, "postgres", wal, 192), under_load(pair, seed, acts=40) as load:
        load.await_done(0.2)
        pair.fault("disk of the write-ahead log full")
        ballast = fill(wal)
        need_new_segments(pair)
        time.sleep(6)
        ballast.unlink()
    must_have_been_full(pair, "postgres")


@scenario(12, alone=True)
def disk_of_kafka_full(pair: Pair, seed: int) -> None:
    """The broker's log has no room; it gives its folder up, and goes on once there is room and it was restarted."""
    pair.start_both()
    data = pair.ground.kafka.folder / "data"
    blocks = sum(path.stat().st_blocks for path in data.rglob("*") if path.is_file())
    with full_disk(pair, "kafka", data, blocks // 2_048 + 192), under_load(pair, seed, acts=40) as load:
        load.await_done(0.2)
        pair.fault("disk of kafka full")
        ballast = fill(data)
        time.sleep(6)
        ballast.unlink()
        pair.ground.ensure_up("kafka")
    must_have_been_full(pair, "kafka")
