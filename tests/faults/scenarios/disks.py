"""Fault 12 under several replicas: the disks of PostgreSQL, of Kafka and of the services' temporary files are full."""

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from enrollctl.errors import Failure
from faults.city.exporters import EXPORTS, Exporters
from faults.city.walks import Walks, walking
from faults.city.world import City
from faults.ground import START_S, Worker
from faults.quiet import LATE_QUIET_S
from faults.scenario import city_scenario
from faults.small_disks import BALLAST, Notice, fill, on_small_disk, small_disk, used_mib

#: Room beside what lies on the disk already, and room for temporary files.
MARGIN_MIB, TEMPORARY_MIB = 48, 1
KAFKA_MARGIN_MIB = 192
#: Within so long every service must have refused an export, and every process have told that it is not ready.
TOLD_S = 40.0
#: From the moment that there is room until all are ready and answer; a broker starts again within that.
BOUND_S = 60.0


@city_scenario(12, quiet_s=LATE_QUIET_S)
def disks_full_under_replicas(city: City, seed: int) -> None:
    """One disk after another is full while two replicas of four services work, and each time a replica is killed."""
    dice = random.Random(seed)
    database, broker = city.ground.postgres.data / "base", city.ground.kafka.folder / "data"
    temporary = city.ground.folders.root / "temporary"
    temporary.mkdir(exist_ok=True)
    with ExitStack() as disks:
        disks.enter_context(small_disk(temporary, TEMPORARY_MIB))
        disks.enter_context(on_small_disk(city.ground, "postgres", database, used_mib(database) + MARGIN_MIB))
        disks.enter_context(on_small_disk(city.ground, "kafka", broker, used_mib(broker) + KAFKA_MARGIN_MIB))
        with replicas(city, temporary) as second:
            exporters = Exporters(city)
            with walking(city, seed + 700, 1):
                temporary_files_full(city, exporters, temporary, second)
            with walking(city, seed + 710) as walks:
                database_full(city, exporters, database, dice.choice(second))
                must_have_work(walks)
                recover(city, exporters, database)
            with walking(city, seed + 720) as walks:
                broker_full(city, exporters, broker, dice.choice(second))
                must_have_work(walks)
                recover(city, exporters, broker)
        must_be_clear(city)


@contextmanager
def replicas(city: City, temporary: Path) -> Iterator[list[Worker]]:
    """A second process of each of the four services; its temporary files lie on a disk of their own."""
    specs = [worker.spec for worker in list(city.ground.workers.values()) if worker.spec.name in EXPORTS]
    second = [city.worker(spec, suffix="+second", TMPDIR=str(temporary)) for spec in specs]
    for worker in second:
        city.ground.launch(worker, wait=False)
    city.ground.wait_ready(*second)
    yield second
    for worker in second:
        city.ground.leave(worker.name)


def temporary_files_full(city: City, exporters: Exporters, folder: Path, second: list[Worker]) -> None:
    """Uploads go on, exports of the second replicas are put off, and succeed once there is room."""
    for worker in second:
        # Python looks for a folder with room once in a process, and stays with it.
        exporters.must_succeed(worker)
    fill(folder)
    for worker in second:
        exporters.must_be_put_off(worker)
    city.fault("the disk of temporary files full")
    killed = second[0].name
    city.kill(killed)
    time.sleep(0.5)
    recover(city, exporters, folder)


def database_full(city: City, exporters: Exporters, folder: Path, victim: Worker) -> None:
    """Tables cannot be extended: acts are put off, polls are taken back, and every process says why."""
    notice = Notice(city.ground, "postgres")
    fill(folder)
    notice.must_be_given(exporters.ask_all)
    city.fault("disk of postgres full")
    city.kill(victim.name)
    exporters.all_must_be_put_off(TOLD_S)
    await_reason(city, "DiskFull", every=True)


def broker_full(city: City, exporters: Exporters, folder: Path, victim: Worker) -> None:
    """The broker gives its folder up and ends; acts go on into the outbox, and every process tells of it."""
    notice = Notice(city.ground, "kafka")
    fill(folder)
    notice.must_be_given(exporters.ask_all)
    city.fault("disk of kafka full")
    city.kill(victim.name)
    await_reason(city, "kafka", every=True)
    exporters.all_must_succeed(TOLD_S)


def must_have_work(walks: Walks) -> None:
    """A disk that is full while nobody works proves nothing. Raises Failure."""
    if walks.share >= 1:
        raise Failure("every roster was through before the disk was full")


def await_reason(city: City, reason: str, *, every: bool) -> None:
    """Until readiness of one process, or of `every` one, tells of it. Raises Failure."""
    deadline = time.monotonic() + TOLD_S
    while True:
        reasons = {worker.name: " ".join(worker.reasons_not_ready()) for worker in served(city)}
        told = [reason in said for said in reasons.values()]
        if all(told) if every else any(told):
            city.note("told of", reason=reason, processes=sum(told), of=len(told))
            return
        if time.monotonic() > deadline:
            raise Failure(f"readiness does not tell of {reason}: {reasons}")
        time.sleep(0.2)


def recover(city: City, exporters: Exporters, folder: Path) -> None:
    """Make room, then take the time until every process is ready and answers. Raises Failure where that is late."""
    (folder / BALLAST).unlink()
    began = time.monotonic()
    city.ground.wait_ready(city.ground.kafka, *served(city))
    exporters.all_must_succeed(START_S)
    seconds = time.monotonic() - began
    city.recoveries.append(seconds)
    city.note("recovered", seconds=seconds)
    if seconds > BOUND_S:
        raise Failure(f"not ready {seconds:.0f} s after there was room again, within {BOUND_S:.0f} s")


def served(city: City) -> list[Worker]:
    return [worker for worker in list(city.ground.workers.values()) if worker.spec.name in EXPORTS]


def must_be_clear(city: City) -> None:
    """Whoever was put off got a sentence and when to come again. Raises Failure."""
    if unclear := [one for one in city.put_off if not one.is_clear]:
        raise Failure(f"{len(unclear)} answers of 5xx are no clear refusal, e.g. {unclear[0]}")
    if not city.put_off:
        raise Failure("nobody was put off")
