"""Fault 12 under several replicas: full disks of PostgreSQL, of Kafka and of the services' temporary files."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from enrollctl.errors import Failure
from faults.platform.exporters import EXPORTS, Exporters
from faults.platform.platform import Platform
from faults.platform.walks import Walks, walking
from faults.rig.callers import PutOff
from faults.rig.rig_stack import START_S, Worker
from faults.rig.small_disks import FullDiskMessage, Place, fill, make_room, on_small_disks, small_disk
from faults.scenario import platform_scenario

#: The space on the small disks: for the two servers in addition to their existing data, and for temporary files.
DATABASE_MARGIN_MIB, BROKER_MARGIN_MIB, TEMPORARY_MIB = 48, 192, 1


@platform_scenario(12, short=True)
def disks_full_under_replicas(platform: Platform, seed: int) -> None:
    """While four services work with two replicas each, three disks become full, one after another.

    While a disk is full, a replica is killed. Two rosters wait before the stages whose commands must be sent while a
    disk is full.
    """
    dice = random.Random(seed)
    database = Place("postgres", platform.rig_stack.postgres.data / "base", DATABASE_MARGIN_MIB)
    broker = Place("kafka", platform.rig_stack.kafka.folder / "data", BROKER_MARGIN_MIB)
    before = len(platform.put_off)
    with (
        temporary_disk(platform) as temporary,
        on_small_disks(platform.rig_stack, database, broker),
        replicas(platform, temporary) as second,
        walking(platform, seed + 700, before=hold_rosters) as walks,
    ):
        exporters = Exporters(platform)
        database_full(platform, exporters, walks, database.folder, dice.choice(second))
        temporary_files_full(platform, exporters, walks, temporary, second)
        broker_full(platform, exporters, walks, broker.folder, dice.choice(second))
    must_be_clear(platform.put_off[before:])


@contextmanager
def temporary_disk(platform: Platform) -> Iterator[Path]:
    folder = platform.rig_stack.folders.root / "temporary"
    folder.mkdir(exist_ok=True)
    with small_disk(folder, TEMPORARY_MIB):
        yield folder


@contextmanager
def replicas(platform: Platform, temporary: Path) -> Iterator[list[Worker]]:
    """Run a second process of each of the four services, with its temporary files on a separate disk."""
    specs = [worker.spec for worker in list(platform.rig_stack.workers.values()) if worker.spec.name in EXPORTS]
    second = [platform.worker(spec, suffix="+second", TMPDIR=str(temporary)) for spec in specs]
    for worker in second:
        platform.rig_stack.launch(worker, wait=False)
    platform.rig_stack.wait_ready(*second)
    yield second
    for worker in second:
        platform.rig_stack.leave(worker.name)


def hold_rosters(walks: Walks) -> None:
    """Let the rosters wait, so that commands are sent while each disk is full.

    The first roster is verified and confirmed while the database's disk is full. The second is uploaded while the disk
    of temporary files is full. Both are submitted while the broker's disk is full.
    """
    first, second = walks.walks
    first.hold("confirm", "submit")
    second.hold("import_roster", "submit")


def database_full(platform: Platform, exporters: Exporters, walks: Walks, folder: Path, victim: Worker) -> None:
    """Tables cannot grow. Until there is space, commands are refused and polls are rolled back. The readiness of every
    process reports the reason.
    """
    first = walks.walks[0]
    # The imported people are now being verified, so that polls and commands need space on the disk.
    walks.await_stage(first, "import_roster")
    message = FullDiskMessage(platform.rig_stack, "postgres")
    fill(folder)
    first.release("confirm")
    message.must_be_logged(exporters.ask_all)
    platform.fault("disk of postgres full")
    platform.kill(victim.name)
    exporters.all_must_be_put_off(START_S, meanwhile=partial(fill, folder))
    await_reason(platform, "DiskFull", meanwhile=exporters.ask_all)
    recover(platform, exporters, folder)


def temporary_files_full(
    platform: Platform, exporters: Exporters, walks: Walks, folder: Path, second: list[Worker]
) -> None:
    """Uploads succeed. Exports of the second replicas are refused, and succeed when there is space again."""
    roster = walks.walks[1]
    for worker in second:
        # Python chooses a process's temporary folder once, when the process first needs one. At that time the folder
        # must have space.
        exporters.must_succeed(worker, START_S)
    fill(folder)
    for worker in second:
        # A service closes the file of an export only after the caller has received the whole file. Then the space of
        # the file is free, so `fill` must fill it again.
        exporters.must_be_put_off(worker, START_S, meanwhile=partial(fill, folder))
    platform.fault("the disk of temporary files full")
    roster.release("import_roster")
    walks.await_stage(roster, "import_roster")
    platform.kill(second[0].name)
    recover(platform, exporters, folder)


def broker_full(platform: Platform, exporters: Exporters, walks: Walks, folder: Path, victim: Worker) -> None:
    """The broker takes its log folder offline and ends. Commands still store their events in the outbox, and the
    readiness of every process reports that Kafka is down.
    """
    message = FullDiskMessage(platform.rig_stack, "kafka")
    fill(folder)
    for roster in walks.walks:
        roster.release("submit")
    message.must_be_logged()
    platform.fault("disk of kafka full")
    platform.kill(victim.name)
    await_reason(platform, "kafka")
    exporters.all_must_succeed(START_S)
    recover(platform, exporters, folder)


def await_reason(platform: Platform, reason: str, *, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Wait until the readiness of every process reports this reason. Raises Failure if a process does not report it in
    time.
    """
    deadline = time.monotonic() + START_S
    while True:
        reasons = {worker.name: " ".join(worker.reasons_not_ready()) for worker in served(platform)}
        if all(reason in text for text in reasons.values()):
            platform.note("told of", reason=reason, processes=len(reasons))
            return
        if time.monotonic() > deadline:
            raise Failure(f"readiness does not tell of {reason}: {reasons}")
        meanwhile()
        time.sleep(0.2)


def recover(platform: Platform, exporters: Exporters, folder: Path) -> None:
    """Free space, and measure the time until every process is ready and answers. Raises Failure if a process is not
    ready in time.
    """
    make_room(folder)
    began = time.monotonic()
    platform.rig_stack.wait_ready(platform.rig_stack.kafka, *served(platform))
    exporters.all_must_succeed(START_S)
    platform.recoveries.append(time.monotonic() - began)
    platform.note("recovered", seconds=platform.recoveries[-1])


def served(platform: Platform) -> list[Worker]:
    return [worker for worker in list(platform.rig_stack.workers.values()) if worker.spec.name in EXPORTS]


def must_be_clear(put_off: Sequence[PutOff]) -> None:
    """Every response of 5xx must have a sentence and `Retry-After`; at least one must exist. Raises Failure if not."""
    if unclear := [one for one in put_off if not one.is_clear]:
        raise Failure(f"{len(unclear)} answers of 5xx are no clear refusal, e.g. {unclear[0]}")
    if not put_off:
        raise Failure("no response of 5xx was sent while a disk was full")
