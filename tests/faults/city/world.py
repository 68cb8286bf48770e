"""Six services on a ground, with proxies before Kafka, PostgreSQL, the registries and the center."""

import asyncio
import random
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from chassis.clock import SHANGHAI
from contracts.topics import TOPICS
from enrollctl.clock import set_business_clock
from enrollctl.databases import database_url, ensure_databases
from enrollctl.demo.plan import MADE_ROSTER_DAY, OPENING_HOUR
from enrollctl.embedded.postgres import SUPERUSER
from enrollctl.migrations import migrate_all
from enrollctl.ports import choose_port
from enrollctl.secrets import passwords
from enrollctl.services import SERVICES, Addresses, ServiceSpec, environment
from enrollctl.topics import ensure_topics
from faults.ground import Ground, Worker, worker_environment
from faults.ledger import Ledger
from faults.proxy import Proxy
from faults.quiet import Scene
from faults.scrapes import Scrapes
from faults.stores import Store

SIMULATOR = "simulator"
#: After this much silence the center is asked; by default ten minutes.
SILENCE_S = "5"


class City:
    """Has what the demo's journey asks of a stack: `url`, `keys`, `kafka_bootstrap`."""

    def __init__(self, ground: Ground, seed: int, *, python_path: str = "") -> None:
        """`python_path` is searched first by the services: a planted bug lies there."""
        self.ground = ground
        self._python_path = python_path
        self.ledger = Ledger(ground.folders.root / "ledger-city.jsonl")
        self.keys = ground.keys
        self.kafka_bootstrap = ground.kafka.bootstrap
        self._dice = random.Random(seed)
        names = [spec.database for spec in SERVICES]
        self._passwords = passwords(ground.folders, SUPERUSER, names)
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
        return self._dice.choice(urls)

    def store(self, service: str) -> Store:
        return next(store for store in self.stores if store.service == service)

    def fault(self, what: str, **body: object) -> None:
        self.ledger.fault(f"city: {what}", **body)

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

    def worker(self, spec: ServiceSpec, *, suffix: str = "", python_path: str = "") -> Worker:
        """A process of a service; a replica has a suffix and a port of its own."""
        ports = self._ports | ({spec.name: choose_port()} if suffix else {})
        addresses = Addresses(self.kafka_bootstrap, self.databases, ports)
        settings = environment(spec, addresses, self.ground.folders, demo=True) | worker_environment(python_path or self._python_path)
        proxied = {"UE_REGISTRY_URL": self.registries.url, "UE_CENTER_URL": self.center.url}
        settings |= {name: url for name, url in proxied.items() if name in settings}
        if self.wired and spec.uses_kafka:
            settings |= self.ground.wired(settings["UE_DATABASE_URL"])
        settings["UE_SILENCE_S"] = SILENCE_S
        name = spec.name + suffix
        return Worker(name, spec, ports[spec.name], settings, self.ground.folders.log(name))

    def arm(self, plan: dict[str, Sequence[str]]) -> None:
        """Each service ends now and comes back armed; after each death the next point of its list."""
        before = {}
        for service, points in plan.items():
            self.ground.workers[service].crash_points = list(points)
            before[service] = self.ground.restarts(service)
            self.ground.send(service, signal.SIGTERM)
        for service, count in before.items():
            self.ground.await_restart(service, count)

    def disarm(self) -> None:
        for worker in self.ground.workers.values():
            worker.crash_points = []

    def kill(self, service: str, number: signal.Signals = signal.SIGKILL, *, hold_s: float = 0.3) -> None:
        self.fault(f"{number.name} to {service}", hold_s=hold_s)
        self.ground.send(service, number, hold_s=hold_s)

    def deaths(self) -> int:
        """How often a process of the six was killed, from within or without."""
        exits = self.ground.keeper.exits
        return sum(code < 0 for name, codes in exits.items() if name.split("+")[0] in self._ports for code in codes)

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
