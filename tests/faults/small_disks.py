"""Disks that are really full: the data of a part on a small tmpfs, and a file that takes what is left of it."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg

from enrollctl.errors import Failure
from faults.ground import Ground
from faults.scenario import NotAvailable
from faults.stores import Store

FULL = "No space left on device"
#: A part that is not up writes nothing; it must be back by then.
NOTICED_S = 40.0
#: The file that is in the way.
BALLAST = "ballast"
MIB = 1024 * 1024
#: Folders that are small disks now.
MOUNTED: list[Path] = []


@contextmanager
def small_disk(folder: Path, mib: float) -> Iterator[Path]:
    """An empty tmpfs of so many MiB over the folder. Raises NotAvailable where none can be mounted."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        raise NotAvailable("mounting a tmpfs needs root")
    options = f"size={int(mib * 1024)}k,mode=1777"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=False).returncode:
        raise NotAvailable("a tmpfs cannot be mounted here")
    MOUNTED.append(folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        MOUNTED.remove(folder)


def abandon_disks() -> None:
    """Unmount what is left, also while somebody still writes there; for a rig that was told to stop."""
    for folder in MOUNTED:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)


@contextmanager
def on_small_disk(ground: Ground, part: str, folder: Path, mib: float) -> Iterator[Path]:
    """While the part is down, its data move to a small disk; afterwards they move back."""
    stat = folder.stat()
    moved = folder.with_name(folder.name + ".moved")
    with held_down(ground, part):
        folder.rename(moved)
        folder.mkdir()
        disk = small_disk(folder, mib)
        try:
            disk.__enter__()
        except NotAvailable:
            folder.rmdir()
            moved.rename(folder)
            raise
        subprocess.run(["cp", "-a", f"{moved}/.", str(folder)], check=True)
        os.chown(folder, stat.st_uid, stat.st_gid)
        folder.chmod(stat.st_mode & 0o777)
    try:
        yield folder
    finally:
        with held_down(ground, part):
            shutil.rmtree(moved)
            subprocess.run(["cp", "-a", str(folder), str(moved)], check=True)
            disk.__exit__(None, None, None)
            folder.rmdir()
            moved.rename(folder)


@contextmanager
def held_down(ground: Ground, part: str) -> Iterator[None]:
    """The part is stopped, and started again at the end of the body."""
    found = ground.keeper.forget(part)
    ground.end(found)
    try:
        yield
    finally:
        ground.keeper.add(found.part)
        ground.wait_ready(found.part)


def used_mib(folder: Path) -> int:
    """Blocks on the disk, rounded up: a file may be shorter than the room that it has."""
    return sum(path.stat().st_blocks for path in folder.rglob("*") if path.is_file()) * 512 // MIB + 1


def fill(folder: Path) -> Path:
    """Write until nothing fits any more; returns the file that is in the way."""
    ballast = folder / BALLAST
    with suppress(OSError), ballast.open("ab", buffering=0) as file:
        while True:
            file.write(b"\0" * 65_536)
    return ballast


def need_new_segments(ground: Ground) -> None:
    """Segments of the write-ahead log that are there already would do for a while."""
    admin = Store("postgres", ground.postgres.admin_url, [])
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        for _ in range(30):
            admin.execute("CREATE TABLE IF NOT EXISTS ballast (n int)")
            admin.execute("INSERT INTO ballast VALUES (1)")
            admin.execute("SELECT pg_switch_wal()")


class Notice:
    """What a part says in its log from now on; what an earlier scenario filled is none of ours."""

    def __init__(self, ground: Ground, part: str) -> None:
        self._part = part
        self._log = ground.folders.log(part)
        self._begin = self._log.stat().st_size

    def given(self) -> bool:
        return FULL.encode() in self._log.read_bytes()[self._begin :]

    def must_be_given(self, meanwhile: Callable[[], object] = lambda: None, seconds: float = NOTICED_S) -> None:
        """A full disk that nobody noticed proves nothing. Raises Failure."""
        deadline = time.monotonic() + seconds
        while not self.given():
            if time.monotonic() > deadline:
                raise Failure(f"{self._part} never noticed that its disk was full")
            meanwhile()
            time.sleep(0.1)
