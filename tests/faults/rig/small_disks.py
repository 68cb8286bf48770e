"""Makes a disk full: a server's data are moved to a small tmpfs, and a file fills the rest of it."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from enrollctl.errors import Failure
from faults.checks.stores import Store
from faults.rig.rig_stack import START_S, RigStack
from faults.scenario import NotAvailable

FULL = "No space left on device"
#: The name of the file that fills the disk.
BALLAST = "ballast"
MIB = 1024 * 1024
#: Folders on which a small disk is mounted now.
MOUNTED: list[Path] = []


@contextmanager
def small_disk(folder: Path, mib: float) -> Iterator[Path]:
    """An empty tmpfs of `mib` MiB over the folder. Raises NotAvailable if none can be mounted."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        raise NotAvailable("mounting a tmpfs needs root")
    options = f"size={int(mib * 1024)}k,mode=1777"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if (made := subprocess.run(mount, check=False, capture_output=True, text=True)).returncode:
        raise NotAvailable(f"a tmpfs cannot be mounted here ({made.stderr.strip()})")
    MOUNTED.append(folder)
    try:
        yield folder
    finally:
        unmount(folder)
        MOUNTED.remove(folder)


def abandon_disks() -> None:
    """Unmount all disks. Used when the rig itself is being stopped."""
    for folder in MOUNTED:
        unmount(folder)


def unmount(folder: Path) -> None:
    """Unmount a disk, even if a process has a file open on it. In this case the disk disappears when the file is
    closed.
    """
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@dataclass(frozen=True, slots=True)
class Place:
    """The data folder of a server. `margin_mib`: the free space of its small disk, in addition to the existing data."""

    part: str
    folder: Path
    margin_mib: int

    @contextmanager
    def on_small_disk(self) -> Iterator[None]:
        """Move the data to the disk, and back at the end. The server must be stopped during both moves."""
        stat, mib = self.folder.stat(), used_mib(self.folder) + self.margin_mib
        moved = self.folder.with_name(self.folder.name + ".moved")
        self.folder.rename(moved)
        self.folder.mkdir()
        with ExitStack() as back:
            back.callback(moved.rename, self.folder)
            back.callback(self.folder.rmdir)
            back.enter_context(small_disk(self.folder, mib))
            copy(moved, self.folder)
            os.chown(self.folder, stat.st_uid, stat.st_gid)
            self.folder.chmod(stat.st_mode & 0o777)
            yield
            shutil.rmtree(moved)
            copy(self.folder, moved)


def copy(source: Path, target: Path) -> None:
    """Copy files, and keep their owners and holes."""
    target.mkdir(exist_ok=True)
    subprocess.run(["cp", "-a", f"{source}/.", str(target)], check=True)


@contextmanager
def on_small_disks(rig_stack: RigStack, *places: Place) -> Iterator[None]:
    """Put the data of all servers on small disks for the `with` block. Each server is stopped twice: while its data are
    moved to the disk, and while they are moved back.
    """
    parts = [place.part for place in places]
    with held_down(rig_stack, *parts), ExitStack() as entered:
        for place in places:
            entered.enter_context(place.on_small_disk())
        moves = entered.pop_all()
    try:
        yield
    finally:
        with held_down(rig_stack, *parts), moves:
            pass


@contextmanager
def held_down(rig_stack: RigStack, *parts: str) -> Iterator[None]:
    """Stop the components, and start them again at the end of the `with` block."""
    found = [rig_stack.supervisor.forget(part) for part in parts]
    for one in found:
        if one.process.poll() is None:
            rig_stack.end(one)
    try:
        yield
    finally:
        for one in found:
            rig_stack.supervisor.add(one.part)
        rig_stack.wait_ready(*(one.part for one in found))


def used_mib(folder: Path) -> int:
    """The space that the files take on the disk, in MiB, rounded up. A short file takes a whole block."""
    return sum(path.stat().st_blocks for path in folder.rglob("*") if path.is_file()) * 512 // MIB + 1


def fill(folder: Path) -> None:
    """Write until the disk is full. A second call fills the space of files that were deleted since the first call."""
    with suppress(OSError), (folder / BALLAST).open("ab", buffering=0) as file:
        while True:
            file.write(b"\0" * 65_536)


def make_room(folder: Path) -> None:
    (folder / BALLAST).unlink()


def need_new_segments(rig_stack: RigStack) -> None:
    """Switch PostgreSQL to new segments of its write-ahead log, which need space on the disk at once.

    The existing segments would have space for some more transactions.
    """
    admin = Store("postgres", rig_stack.postgres.admin_url, [])
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        for _ in range(30):
            admin.execute("CREATE TABLE IF NOT EXISTS ballast (n int)")
            admin.execute("INSERT INTO ballast VALUES (1)")
            admin.execute("SELECT pg_switch_wal()")


class FullDiskMessage:
    """Finds a server's message about its full disk in the server's log. Messages from before this object was created do
    not count.
    """

    def __init__(self, rig_stack: RigStack, part: str) -> None:
        self._part = part
        self._log = rig_stack.folders.log(part)
        self._begin = self._log.stat().st_size

    def was_logged(self) -> bool:
        return FULL.encode() in self._log.read_bytes()[self._begin :]

    def must_be_logged(self, meanwhile: Callable[[], object] = lambda: None, seconds: float = START_S) -> None:
        """Wait for the message.

        Raises Failure if it does not come, because a full disk that the server did not notice proves nothing.
        """
        deadline = time.monotonic() + seconds
        while not self.was_logged():
            if time.monotonic() > deadline:
                raise Failure(f"{self._part} never noticed that its disk was full")
            meanwhile()
            time.sleep(0.1)
