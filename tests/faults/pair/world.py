"""Creates the databases, topics and processes of one run of the pair."""

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg

from chassis.schema import script_of
from contracts.topics import Topic
from contracts.words import Role
from enrollctl.errors import Failure
from enrollctl.processes.ports import choose_port
from enrollctl.stack.services import ServiceSpec
from enrollctl.streams.topics import ensure_topics
from faults.checks.ledger import Ledger
from faults.checks.quiet import WorkMonitor
from faults.checks.stores import Store
from faults.pair import counter as counter_service
from faults.pair import publisher as publisher_service
from faults.pair.events import COUNTER, PUBLISHER, RUN_VARIABLE, service_name, topics_of
from faults.pair.points import Points
from faults.rig.callers import RecordedCaller
from faults.rig.external_system import ExternalSystem
from faults.rig.proxy import Proxy
from faults.rig.rig_stack import START_S, RigStack, Worker, worker_environment
from faults.rig.scrapes import Scrapes

SCHEMAS = {PUBLISHER: publisher_service.SCHEMA, COUNTER: counter_service.SCHEMA}


@dataclass
class Pair:
    """The publisher and the counter of one run. `settings`: environment variables for both.

    `python_path`: the folder of a package with a planted bug, in which the services search first for modules; else "".
    """

    rig_stack: RigStack
    ledger: Ledger
    outside: ExternalSystem
    run: str
    python_path: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    #: The systems (kafka, postgres) that the services reach through the pair's own proxies.
    wires: frozenset[str] = frozenset()
    #: Ids of records that the rig itself put on topics.
    planted: list[str] = field(default_factory=list)
    #: Seconds from a service's last kill to its first handled record.
    recoveries: list[float] = field(default_factory=list)
    #: Service → the process that receives the commands to this service. For a service that is missing here, it is the
    #: process with the service's name.
    fronts: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.told, self.counted, self.standings = topics_of(self.run)
        self.publisher_store = self._store(PUBLISHER, [self.counted], [self.told, self.standings])
        self.counter_store = self._store(COUNTER, [self.told, self.standings], [self.counted])
        self.scrapes = Scrapes(self._targets)
        self.points = Points(self.exits, self.fault)
        self.postgres_wire = Proxy(self.rig_stack.postgres.port)

    @property
    def topics(self) -> list[Topic]:
        return [self.told, self.counted, self.standings]

    @property
    def stores(self) -> list[Store]:
        return [self.publisher_store, self.counter_store]

    @property
    def monitor(self) -> WorkMonitor:
        return WorkMonitor(self.rig_stack.kafka.bootstrap, self.stores)

    def fault(self, what: str, **body: object) -> None:
        """Record a fault, which is counted."""
        self.ledger.fault(f"{self.run}: {what}", **body)

    def note(self, what: str, **body: Any) -> None:
        """Record something that is not counted: a fault that is being prepared, or a fault without effect."""
        self.ledger.note(f"{self.run}: {what}", **body)

    # --- processes --------------------------------------------------------------------------------------------

    def start(self, which: str, *, name: str = "", crash_at: str = "", wait: bool = True, **settings: str) -> Worker:
        """Start a process of the publisher or the counter. `crash_at`: the crash point that the process must reach."""
        worker = self._worker(which, name or which, settings)
        if crash_at:
            self._arm(name or which, worker, crash_at)
        return self.rig_stack.launch(worker, wait=wait)

    def start_both(self, publisher_crash: str = "", counter_crash: str = "", **settings: str) -> None:
        """Start a publisher and a counter at the same time."""
        workers = [
            self.start(PUBLISHER, crash_at=publisher_crash, wait=False, **settings),
            self.start(COUNTER, crash_at=counter_crash, wait=False, **settings),
        ]
        self.rig_stack.wait_ready(*workers)

    def name_of(self, name: str) -> str:
        """The name of a process of this pair among all processes in the work directory."""
        return f"{name}-{self.run}"

    def switch(self, name: str, on: bool) -> None:
        """Turn a misbehavior of the counter's event handler on or off: broken, flaky, slow."""
        sql = "INSERT INTO switches VALUES ($1)" if on else "DELETE FROM switches WHERE name = $1"
        self.counter_store.execute(sql, name)
        if on:
            self.fault(f"handler is {name}")

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL, *, hold_s: float = 0.3) -> None:
        """Send a signal to the process. The signal counts as a fault if the process is alive."""
        if not self.rig_stack.send(self.name_of(name), number, hold_s=hold_s):
            self.note(f"{number.name} to {name}, which was down")
            return
        if number == signal.SIGKILL:
            self.points.killed(name)
        self.fault(f"{number.name} to {name}", hold_s=hold_s)

    def freeze(self, name: str) -> None:
        """Freeze the process; return when it has stopped."""
        self.rig_stack.send(self.name_of(name), signal.SIGSTOP)
        self.until(lambda: self.rig_stack.is_frozen(self.name_of(name)), f"{name} does not freeze")
        self.fault(f"{name} frozen")

    def thaw(self, name: str) -> None:
        self.note(f"{name} thawed")
        self.rig_stack.send(self.name_of(name), signal.SIGCONT)

    def arm(self, name: str, crash_at: str) -> None:
        """Restart the process with a crash point."""
        full_name = self.name_of(name)
        self._arm(name, self.rig_stack.workers[full_name], crash_at)
        self.rig_stack.restart(full_name)

    def arm_after_that(self, name: str, crash_at: str) -> None:
        """Give the crash point `crash_at` to the process that is started after the next death of `name`."""
        self._arm(name, self.rig_stack.workers[self.name_of(name)], crash_at)

    def await_death(self, name: str) -> None:
        """Wait until the process has died at its next crash point and its successor is ready. Raises Failure if the
        point is never reached.
        """
        point = self.points.next(name)
        self.until(lambda: point not in self.points.waiting(name), f"{name} never reached {point.at}")
        self.until(lambda: self.rig_stack.is_up(self.name_of(name)), f"{name} does not come back")
        self.rig_stack.wait_ready(self.rig_stack.workers[self.name_of(name)])

    def await_frozen(self, name: str) -> None:
        """Wait until the process has frozen at its crash point."""
        self.until(lambda: self.rig_stack.is_frozen(self.name_of(name)), f"{name} never froze at its point")
        self.points.seen(name)

    def until(self, done: Callable[[], bool], late: str, seconds: float = START_S) -> None:
        """Wait until `done()` is true. Raises Failure with the text `late` if it is not true within `seconds`."""
        deadline = time.monotonic() + seconds
        while not done():
            if time.monotonic() > deadline:
                raise Failure(f"{late} within {seconds:.0f} s")
            time.sleep(0.05)

    def exits(self, name: str) -> list[int]:
        """The exit codes of processes with this name that ended while they were watched, oldest first."""
        return self.rig_stack.supervisor.exits.get(self.name_of(name), [])

    # --- the leader of the relay ------------------------------------------------------------------------------

    def leader(self, store: Store) -> str:
        """The process that holds the relay's lease of a database; "" if no process holds it."""
        holder = store.value("SELECT holder FROM leases WHERE name = 'relay' AND until > clock_timestamp()")
        pid = int(holder.split("/")[1]) if holder else 0
        names = [name for name in list(self.rig_stack.workers) if name.endswith(f"-{self.run}")]
        found = [name for name in names if self.rig_stack.is_up(name) and self.rig_stack.pid(name) == pid]
        return found[0].removesuffix(f"-{self.run}") if found else ""

    def await_leader(self, store: Store, *among: str, seconds: float = 30.0) -> str:
        """Wait until one of the processes in `among` holds the relay's lease. Raises Failure if this takes too long."""
        self.until(lambda: self.leader(store) in among, f"{' or '.join(among)} never led", seconds)
        return self.leader(store)

    def published(self, name: str) -> int:
        """The number of events that a process has published."""
        return self.scrapes.of(self.name_of(name), "ue_events_published_total")

    def await_publication(self, name: str, before: int, seconds: float = 30.0) -> None:
        self.until(lambda: self.published(name) > before, f"{name} led and told nothing", seconds)

    def _arm(self, name: str, worker: Worker, crash_at: str) -> None:
        self.note(f"{name} armed", at=crash_at)
        self.points.arm(name, crash_at)
        worker.crash_points.append(crash_at)

    def _worker(self, which: str, name: str, more: dict[str, str]) -> Worker:
        port, full_name = choose_port(), self.name_of(name)
        store = self.publisher_store if which == PUBLISHER else self.counter_store
        settings = worker_environment(self.python_path) | {
            RUN_VARIABLE: self.run,
            "UE_DATABASE_URL": store.url,
            "UE_KAFKA_BOOTSTRAP": self.rig_stack.kafka.bootstrap,
            "UE_HTTP_PORT": str(port),
            "UE_KEY_FILE": str(self.rig_stack.folders.service_keys),
            "UE_OUTSIDE_URL": self.outside.url,
            "UE_POOL_SIZE": "8",
        }
        if self.wires:
            kafka = self.rig_stack.pair_kafka_wire
            settings |= self.rig_stack.wired(store.url, self.wires, kafka=kafka, postgres=self.postgres_wire)
        spec = ServiceSpec(store.service, ("-m", "faults.pair", which))
        return Worker(full_name, spec, port, settings | self.settings | more, self.rig_stack.folders.log(full_name))

    # --- addresses and callers --------------------------------------------------------------------------------

    def caller(self, account: str, role: Role = Role.OPERATOR) -> RecordedCaller:
        scope = None if role is Role.OPERATOR else UUID(int=0)
        return RecordedCaller(self.url_of, self.rig_stack.keys, self.ledger, account=account, role=role, union_id=scope)

    def url_of(self, service: str) -> str:
        """The URL of the process that receives a service's commands."""
        which = service.removesuffix(f"-{self.run}")
        return self.rig_stack.workers[self.name_of(self.fronts.get(which, which))].url

    def _targets(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for name, worker in list(self.rig_stack.workers.items()):
            if name.endswith(f"-{self.run}") and self.rig_stack.is_up(name):
                found[f"{name}/{self.rig_stack.pid(name)}"] = worker.url
        return found

    # --- creating and removing --------------------------------------------------------------------------------

    @contextmanager
    def running(self) -> Iterator["Pair"]:
        """Create databases and topics; at the end stop the processes that the scenario started."""
        asyncio.run(self._make())
        try:
            with self.postgres_wire, self.scrapes:
                try:
                    yield self
                finally:
                    self._end_all()
        finally:
            asyncio.run(self._unmake())

    def _end_all(self) -> None:
        for name in [name for name in self.rig_stack.workers if name.endswith(f"-{self.run}")]:
            self.rig_stack.send(name, signal.SIGCONT)
            self.rig_stack.leave(name, signal.SIGKILL)
        if self.wires:
            # Reset all connections, because dead connections would stay open until the server's keepalives close them.
            self.rig_stack.pair_kafka_wire.reset_all()
            self.postgres_wire.reset_all()
            time.sleep(0.2)

    def _store(self, which: str, reads: list[Topic], publishes: list[Topic]) -> Store:
        url = urlsplit(self.rig_stack.postgres.admin_url)._replace(path=f"/{which}_{self.run}")
        return Store(service_name(which, self.run), urlunsplit(url), reads, publishes)

    async def _make(self) -> None:
        for which, store in zip((PUBLISHER, COUNTER), self.stores, strict=True):
            await self._admin(f'CREATE DATABASE "{which}_{self.run}"')
            connection = await asyncpg.connect(store.url)
            await connection.execute(chassis_schema())
            await connection.execute(SCHEMAS[which])
            await connection.close()
        await ensure_topics(self.rig_stack.kafka.bootstrap, self.topics, patience=60)

    async def _unmake(self) -> None:
        for which in (PUBLISHER, COUNTER):
            await self._admin(f'DROP DATABASE IF EXISTS "{which}_{self.run}" WITH (FORCE)')

    async def _admin(self, statement: str) -> None:
        connection = await asyncpg.connect(self.rig_stack.postgres.admin_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@cache
def chassis_schema() -> str:
    """The SQL of the chassis's own tables. Alembic cannot generate it in two threads at once."""
    with _SCHEMA_LOCK:
        return script_of(["chassis"])


_SCHEMA_LOCK = threading.Lock()
