"""All six services on one Kafka and PostgreSQL.

Proxies can break the services' connections to Kafka, PostgreSQL and external systems.
"""

import asyncio
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psutil

from chassis.domain import SHANGHAI
from chassis.system import VARIABLE
from contracts.topics import TOPICS
from enrollctl.demo.inputs.plan import MADE_ROSTER_DAY, OPENING_HOUR
from enrollctl.embedded.postgres import SUPERUSER
from enrollctl.errors import Failure
from enrollctl.processes.ports import choose_port
from enrollctl.roster.roster_maker import make_roster
from enrollctl.stack.databases import database_url, ensure_databases, owner_url, roles_of
from enrollctl.stack.migrations import migrate_all
from enrollctl.stack.services import SERVICES, Addresses, ServiceSpec, environment
from enrollctl.streams.topics import ensure_topics
from enrollctl.workspace.clock import set_business_clock
from enrollctl.workspace.secrets import passwords
from faults.checks.ledger import Ledger
from faults.checks.quiet import WorkMonitor
from faults.checks.stores import Store
from faults.rig.callers import PutOff
from faults.rig.proxy import Proxy
from faults.rig.rig_stack import RigStack, Worker, worker_environment
from faults.rig.scrapes import Scrapes

if TYPE_CHECKING:
    from faults.platform.walks import Walk

SIMULATOR = "simulator"
#: Seconds without an answer after which review-svc and payment-svc query the center. The default is ten minutes.
SILENCE_S = "5"
#: The number of rows of a roster. With this many rows, each roster contains every kind of row that the demo can make.
ROWS = 220
SETTLED_S = 60.0
FROZEN_S = 5.0


class Dice(threading.local):
    """A random generator for each thread. So the random values of a thread do not depend on when other threads run."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(f"{seed}/{threading.current_thread().name}")


class Platform:
    """All six services. The demo's journey uses it like a Stack: `url`, `keys`, `kafka_bootstrap`."""

    def __init__(self, rig_stack: RigStack, seed: int, *, python_path: str = "") -> None:
        """`python_path`: a folder of a package with a planted bug, in which services search first for modules; else
        "".
        """
        self.rig_stack = rig_stack
        self._python_path = python_path
        self.ledger = Ledger(rig_stack.folders.root / "ledger-platform.jsonl")
        self.keys = rig_stack.keys
        self.kafka_bootstrap = rig_stack.kafka.bootstrap
        self._dice = Dice(seed)
        #: All rosters of all scenarios so far.
        self.walks: list[Walk] = []
        #: The number of records that consumers had skipped at the last comparison.
        self.skipped = 0
        #: Ids of events that the rig itself put on topics.
        self.planted: list[str] = []
        #: Every response with a status of 5xx that a caller got.
        self.put_off: list[PutOff] = []
        #: Seconds from the freeing of a full disk until all services are ready and answer.
        self.recoveries: list[float] = []
        self._people: set[str] = set()
        self._killed: Counter[str] = Counter()
        self._passwords = passwords(rig_stack.folders, SUPERUSER, roles_of(SERVICES))
        self._ports = {spec.name: choose_port() for spec in SERVICES}
        self.wired = True
        self.registries = Proxy(self._ports[SIMULATOR], seed)
        self.center = Proxy(self._ports[SIMULATOR], seed + 1)
        self.databases = {spec.name: self._database(spec) for spec in SERVICES}
        self.stores = [self._store(spec) for spec in SERVICES if spec.uses_kafka]
        self.simulator = Store(SIMULATOR, self.databases[SIMULATOR], [])
        self.scrapes = Scrapes(self._targets)

    @property
    def services(self) -> list[str]:
        return [spec.name for spec in SERVICES if spec.uses_kafka]

    @property
    def monitor(self) -> WorkMonitor:
        return WorkMonitor(self.kafka_bootstrap, self.stores)

    def url(self, service: str) -> str:
        """The URL of a random process of the service, as a load balancer would choose it."""
        urls = [w.url for w in list(self.rig_stack.workers.values()) if w.spec.name == service]
        return self._dice.random.choice(urls)

    def store(self, service: str) -> Store:
        return next(store for store in self.stores if store.service == service)

    def fault(self, what: str, **body: object) -> None:
        self.ledger.fault(f"platform: {what}", **body)

    def note(self, what: str, **body: Any) -> None:
        """Record something that is not counted: a fault that is being prepared, or a fault without effect."""
        self.ledger.note(f"platform: {what}", **body)

    def strike(self, what: str, hits: int, **body: Any) -> None:
        """Record a fault, or only a note if `hits` is 0."""
        (self.fault if hits else self.note)(what, hits=hits, **body)

    def fresh_roster(self, seed: int) -> int:
        """The first seed, starting with `seed`, whose roster has no people of earlier rosters. The people must be new,
        because a person is enrolled only once in a year.
        """
        while True:
            rows = make_roster(ROWS, seed).rows()
            people = {name for row in rows for name in (row.person.number, row.person.service_card) if name}
            if not people & self._people:
                self._people |= people
                return seed
            seed += 1

    @property
    def wires(self) -> dict[str, Proxy]:
        """The proxies between the services and the systems that they use."""
        return {
            "kafka": self.rig_stack.kafka_wire,
            "postgres": self.rig_stack.postgres_wire,
            "registries": self.registries,
            "center": self.center,
        }

    @contextmanager
    def running(self, *, empty: bool = False) -> Iterator["Platform"]:
        """Create databases and topics, and start the six processes. `empty`: True to start no processes and use no
        proxies.
        """
        self.wired = not empty
        with self.registries, self.center, self.scrapes:
            set_business_clock(self.rig_stack.folders, business_day())
            asyncio.run(ensure_databases(self.rig_stack.postgres.admin_url, SERVICES, self._passwords))
            asyncio.run(ensure_topics(self.kafka_bootstrap, TOPICS, patience=60))
            workers = [self.worker(spec) for spec in SERVICES]
            migrate_all(workers)
            workers = [] if empty else workers
            for worker in workers:
                self.rig_stack.launch(worker, wait=False)
            self.rig_stack.wait_ready(*workers)
            try:
                yield self
            finally:
                for name in [w.name for w in self.rig_stack.workers.values() if w.spec in SERVICES]:
                    self.rig_stack.send(name, signal.SIGCONT)
                    self.rig_stack.leave(name, signal.SIGKILL)
                self.ledger.close()

    def worker(self, spec: ServiceSpec, *, suffix: str = "", python_path: str = "", **more: str) -> Worker:
        """A process of a service; a replica has a suffix and its own port."""
        ports = self._ports | ({spec.name: choose_port()} if suffix else {})
        addresses = Addresses(self.kafka_bootstrap, self.databases, ports)
        settings = environment(spec, addresses, self.rig_stack.folders, demo=True) | worker_environment(
            python_path or self._python_path
        )
        proxied = {"UE_REGISTRY_URL": self.registries.url, "UE_CENTER_URL": self.center.url}
        settings |= {name: url for name, url in proxied.items() if name in settings}
        if "UE_PUBLIC_URL" in settings:
            # All replicas of a service have one public address, as behind a load balancer.
            settings["UE_PUBLIC_URL"] = f"http://127.0.0.1:{self._ports[spec.name]}"
        if self.wired and spec.uses_kafka:
            settings |= self.rig_stack.wired(settings["UE_DATABASE_URL"])
        settings["UE_SILENCE_S"] = SILENCE_S
        settings |= more
        name = spec.name + suffix
        owner = owner_url(self.rig_stack.postgres.port, spec, self._passwords)
        return Worker(name, spec, ports[spec.name], settings, self.rig_stack.folders.log(name), owner_url=owner)

    def settle(self) -> None:
        """Wait until all events so far are published and read. Raises Failure if this takes too long."""
        deadline = time.monotonic() + SETTLED_S
        while open_work := asyncio.run(self.monitor.snapshot()).open_work:
            if time.monotonic() > deadline:
                raise Failure(f"not settled within {SETTLED_S:.0f} s: {open_work}")
            time.sleep(0.25)

    def arm(self, plan: dict[str, Sequence[str]]) -> None:
        """Restart each service with the first crash point of its list in `plan`. After each death the service gets the
        next point of its list.

        This is not counted as a fault, because a process possibly never reaches its point.
        """
        before = {}
        for service, points in plan.items():
            self.note(f"{service} armed", points=points)
            self.rig_stack.workers[service].crash_points = list(points)
            before[service] = self.rig_stack.restarts(service)
            self.rig_stack.send(service, signal.SIGTERM)
        for service, count in before.items():
            self.rig_stack.await_restart(service, count)

    def armed(self) -> list[str]:
        """Services whose process has not reached its crash point, or whose list has crash points left."""
        return [
            name
            for name, worker in list(self.rig_stack.workers.items())
            if worker.spec in SERVICES and (worker.crash_points or self._waits_for_its_point(name))
        ]

    def disarm(self) -> None:
        """Restart every process that was started with a crash point, so that it has none any more."""
        for name in self.armed():
            self.rig_stack.workers[name].crash_points = []
            if self._waits_for_its_point(name):
                self.rig_stack.restart(name)

    def _waits_for_its_point(self, name: str) -> bool:
        try:
            return bool(psutil.Process(self.rig_stack.pid(name)).environ().get(VARIABLE))
        except psutil.Error:
            # The process is dead; the next one gets the next point of the list.
            return False

    def kill(self, service: str, number: signal.Signals = signal.SIGKILL, *, hold_s: float = 0.3) -> None:
        """Send a signal to the process. The signal counts as a fault if the process is alive."""
        up = self.rig_stack.is_up(service)
        self.strike(f"{number.name} to {service}", int(up), hold_s=hold_s)
        self._killed[service] += up and number is signal.SIGKILL
        self.rig_stack.send(service, number, hold_s=hold_s)

    def freeze(self, service: str, seconds: float) -> None:
        """Send SIGSTOP, and SIGCONT after `seconds`. The freeze counts as a fault if the process has stopped."""
        self.rig_stack.send(service, signal.SIGSTOP)
        self.strike(f"{service} frozen", int(self._stands_still(service)), seconds=seconds)
        time.sleep(seconds)
        self.rig_stack.send(service, signal.SIGCONT)

    def _stands_still(self, service: str) -> bool:
        deadline = time.monotonic() + FROZEN_S
        while not self.rig_stack.is_frozen(service):
            if time.monotonic() > deadline or not self.rig_stack.is_up(service):
                return False
            time.sleep(0.02)
        return True

    def trouble_wire(
        self,
        name: str,
        seconds: float,
        *,
        latency_s: float = 0.0,
        reset_rate: float = 0.0,
        half_open: bool = False,
    ) -> None:
        """Break connections to a system for some seconds.

        This counts as a fault if a connection was reset or data came late.
        """
        proxy = self.wires[name]
        before = proxy.resets + proxy.delayed
        proxy.latency_s, proxy.reset_rate, proxy.half_open = latency_s, reset_rate, half_open
        time.sleep(seconds)
        proxy.heal()
        how = {"latency_s": latency_s, "reset_rate": reset_rate, "half_open": half_open}
        self.strike(f"the wire to {name} in trouble", proxy.resets + proxy.delayed - before, **how)

    def deaths(self, service: str) -> int:
        """How often the process died at a crash point, with the exit code of `kill -9`."""
        return self.rig_stack.supervisor.exits.get(service, []).count(-signal.SIGKILL) - self._killed[service]

    def _database(self, spec: ServiceSpec) -> str:
        return database_url(self.rig_stack.postgres.port, spec.database, self._passwords[spec.database])

    def _store(self, spec: ServiceSpec) -> Store:
        return Store(spec.name, self.databases[spec.name], [t for t in TOPICS if spec.name in READS.get(t.name, ())])

    def _targets(self) -> dict[str, str]:
        found = {}
        for name, worker in list(self.rig_stack.workers.items()):
            if worker.spec in SERVICES and self.rig_stack.is_up(name):
                found[f"{name}/{self.rig_stack.pid(name)}"] = worker.url
        return found


READS = {topic.name: topic.consumers for topic in TOPICS}


def business_day() -> datetime:
    """The business date of made rosters."""
    return datetime.combine(MADE_ROSTER_DAY, OPENING_HOUR, SHANGHAI)
