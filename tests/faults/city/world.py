"""Six services on a ground, with proxies before Kafka, PostgreSQL, the registries and the center."""

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
from enrollctl.clock import set_business_clock
from enrollctl.databases import database_url, ensure_databases, owner_url, roles_of
from enrollctl.demo.plan import MADE_ROSTER_DAY, OPENING_HOUR
from enrollctl.embedded.postgres import SUPERUSER
from enrollctl.errors import Failure
from enrollctl.migrations import migrate_all
from enrollctl.ports import choose_port
from enrollctl.roster.making import make_roster
from enrollctl.secrets import passwords
from enrollctl.services import SERVICES, Addresses, ServiceSpec, environment
from enrollctl.topics import ensure_topics
from faults.callers import PutOff
from faults.ground import Ground, Worker, worker_environment
from faults.ledger import Ledger
from faults.proxy import Proxy
from faults.quiet import Scene
from faults.scrapes import Scrapes
from faults.stores import Store

if TYPE_CHECKING:
    from faults.city.walks import Walk

SIMULATOR = "simulator"
#: After this much silence the center is asked; by default ten minutes.
SILENCE_S = "5"
#: Rows of a roster: every case is in it.
ROWS = 220
SETTLED_S = 60.0
FROZEN_S = 5.0


class Dice(threading.local):
    """Dice for each thread: what one thread draws does not hang on when another one draws."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(f"{seed}/{threading.current_thread().name}")


class City:
    """Has what the demo's journey asks of a stack: `url`, `keys`, `kafka_bootstrap`."""

    def __init__(self, ground: Ground, seed: int, *, python_path: str = "") -> None:
        """`python_path` is searched first by the services: a planted bug lies there."""
        self.ground = ground
        self._python_path = python_path
        self.ledger = Ledger(ground.folders.root / "ledger-city.jsonl")
        self.keys = ground.keys
        self.kafka_bootstrap = ground.kafka.bootstrap
        self._dice = Dice(seed)
        #: Every roster that ever set out here: the comparison is over all of them.
        self.walks: list[Walk] = []
        #: Records that readers had skipped when the last comparison was made.
        self.skipped = 0
        #: Ids of events that the rig put on topics by itself.
        self.planted: list[str] = []
        #: Every 5xx that a caller saw.
        self.put_off: list[PutOff] = []
        #: Seconds from when a full disk had room again until all was ready and an act was answered.
        self.recoveries: list[float] = []
        self._people: set[str] = set()
        self._killed: Counter[str] = Counter()
        self._passwords = passwords(ground.folders, SUPERUSER, roles_of(SERVICES))
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
    def scene(self) -> Scene:
        return Scene(self.kafka_bootstrap, self.stores)

    def url(self, service: str) -> str:
        """One of its processes, as a load balancer would choose it."""
        urls = [w.url for w in list(self.ground.workers.values()) if w.spec.name == service]
        return self._dice.random.choice(urls)

    def store(self, service: str) -> Store:
        return next(store for store in self.stores if store.service == service)

    def fault(self, what: str, **body: object) -> None:
        self.ledger.fault(f"city: {what}", **body)

    def note(self, what: str, **body: Any) -> None:
        """What may become a fault: it counts when it has hit something."""
        self.ledger.note(f"city: {what}", **body)

    def strike(self, what: str, hits: int, **body: Any) -> None:
        """A fault if it hit anything."""
        (self.fault if hits else self.note)(what, hits=hits, **body)

    def fresh_roster(self, seed: int) -> int:
        """The first seed from `seed` on whose people nobody has seen here: a person is enrolled once in a city."""
        while True:
            rows = make_roster(ROWS, seed).rows()
            people = {name for row in rows for name in (row.person.number, row.person.service_card) if name}
            if not people & self._people:
                self._people |= people
                return seed
            seed += 1

    @property
    def wires(self) -> dict[str, Proxy]:
        """All that may break between the services and what they talk to."""
        return {
            "kafka": self.ground.kafka_wire,
            "postgres": self.ground.postgres_wire,
            "registries": self.registries,
            "center": self.center,
        }

    @contextmanager
    def running(self, *, empty: bool = False) -> Iterator["City"]:
        """Databases, topics and the six processes, ready; an `empty` city has no process and no proxy."""
        self.wired = not empty
        with self.registries, self.center, self.scrapes:
            set_business_clock(self.ground.folders, business_day())
            asyncio.run(ensure_databases(self.ground.postgres.admin_url, SERVICES, self._passwords))
            asyncio.run(ensure_topics(self.kafka_bootstrap, TOPICS, patience=60))
            workers = [self.worker(spec) for spec in SERVICES]
            migrate_all(workers, lambda: None, lambda _: None)
            workers = [] if empty else workers
            for worker in workers:
                self.ground.launch(worker, wait=False)
            self.ground.wait_ready(*workers)
            try:
                yield self
            finally:
                for name in [w.name for w in self.ground.workers.values() if w.spec in SERVICES]:
                    self.ground.send(name, signal.SIGCONT)
                    self.ground.leave(name, signal.SIGKILL)
                self.ledger.close()

    def worker(self, spec: ServiceSpec, *, suffix: str = "", python_path: str = "", **more: str) -> Worker:
        """A process of a service; a replica has a suffix and a port of its own."""
        ports = self._ports | ({spec.name: choose_port()} if suffix else {})
        addresses = Addresses(self.kafka_bootstrap, self.databases, ports)
        settings = environment(spec, addresses, self.ground.folders, demo=True) | worker_environment(
            python_path or self._python_path
        )
        proxied = {"UE_REGISTRY_URL": self.registries.url, "UE_CENTER_URL": self.center.url}
        settings |= {name: url for name, url in proxied.items() if name in settings}
        if "UE_PUBLIC_URL" in settings:
            # One address for all replicas of a service, as a load balancer gives it.
            settings["UE_PUBLIC_URL"] = f"http://127.0.0.1:{self._ports[spec.name]}"
        if self.wired and spec.uses_kafka:
            settings |= self.ground.wired(settings["UE_DATABASE_URL"])
        settings["UE_SILENCE_S"] = SILENCE_S
        settings |= more
        name = spec.name + suffix
        owner = owner_url(self.ground.postgres.port, spec, self._passwords)
        return Worker(name, spec, ports[spec.name], settings, self.ground.folders.log(name), owner_url=owner)

    def settle(self) -> None:
        """Until all that was told so far is published and read. Raises Failure."""
        deadline = time.monotonic() + SETTLED_S
        while left := asyncio.run(self.scene.look()).left:
            if time.monotonic() > deadline:
                raise Failure(f"not settled within {SETTLED_S:.0f} s: {left}")
            time.sleep(0.25)

    def arm(self, plan: dict[str, Sequence[str]]) -> None:
        """Each service ends now and comes back armed; after each death the next point of its list.

        No fault yet: a point may never be reached.
        """
        before = {}
        for service, points in plan.items():
            self.note(f"{service} armed", points=points)
            self.ground.workers[service].crash_points = list(points)
            before[service] = self.ground.restarts(service)
            self.ground.send(service, signal.SIGTERM)
        for service, count in before.items():
            self.ground.await_restart(service, count)

    def armed(self) -> list[str]:
        """Whose process waits for its point, or has points left for the next one."""
        return [
            name
            for name, worker in list(self.ground.workers.items())
            if worker.spec in SERVICES and (worker.crash_points or self._waits_for_its_point(name))
        ]

    def disarm(self) -> None:
        """Nobody dies of a point any more: whoever was started armed is started again."""
        for name in self.armed():
            self.ground.workers[name].crash_points = []
            if self._waits_for_its_point(name):
                self.ground.restart(name)

    def _waits_for_its_point(self, name: str) -> bool:
        try:
            return bool(psutil.Process(self.ground.pid(name)).environ().get(VARIABLE))
        except psutil.Error:
            # It is dead; its next one takes what is left in the list.
            return False

    def kill(self, service: str, number: signal.Signals = signal.SIGKILL, *, hold_s: float = 0.3) -> None:
        """A fault where there is a process that the signal can reach."""
        up = self.ground.is_up(service)
        self.strike(f"{number.name} to {service}", int(up), hold_s=hold_s)
        self._killed[service] += up and number is signal.SIGKILL
        self.ground.send(service, number, hold_s=hold_s)

    def freeze(self, service: str, seconds: float) -> None:
        """SIGSTOP, and SIGCONT after so long; a fault once the process stands still."""
        self.ground.send(service, signal.SIGSTOP)
        self.strike(f"{service} frozen", int(self._stands_still(service)), seconds=seconds)
        time.sleep(seconds)
        self.ground.send(service, signal.SIGCONT)

    def _stands_still(self, service: str) -> bool:
        deadline = time.monotonic() + FROZEN_S
        while not self.ground.is_frozen(service):
            if time.monotonic() > deadline or not self.ground.is_up(service):
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
        """For so long; a fault if a connection was reset or a piece came late."""
        proxy = self.wires[name]
        before = proxy.resets + proxy.delayed
        proxy.latency_s, proxy.reset_rate, proxy.half_open = latency_s, reset_rate, half_open
        time.sleep(seconds)
        proxy.heal()
        how = {"latency_s": latency_s, "reset_rate": reset_rate, "half_open": half_open}
        self.strike(f"the wire to {name} in trouble", proxy.resets + proxy.delayed - before, **how)

    def deaths(self, service: str) -> int:
        """How often it died of itself as `kill -9` ends a process: at a crash point."""
        return self.ground.keeper.exits.get(service, []).count(-signal.SIGKILL) - self._killed[service]

    def _database(self, spec: ServiceSpec) -> str:
        return database_url(self.ground.postgres.port, spec.database, self._passwords[spec.database])

    def _store(self, spec: ServiceSpec) -> Store:
        return Store(spec.name, self.databases[spec.name], [t for t in TOPICS if spec.name in READS.get(t.name, ())])

    def _targets(self) -> dict[str, str]:
        found = {}
        for name, worker in list(self.ground.workers.items()):
            if worker.spec in SERVICES and self.ground.is_up(name):
                found[f"{name}/{self.ground.pid(name)}"] = worker.url
        return found


READS = {topic.name: topic.consumers for topic in TOPICS}


def business_day() -> datetime:
    """The made rosters' day."""
    return datetime.combine(MADE_ROSTER_DAY, OPENING_HOUR, SHANGHAI)
