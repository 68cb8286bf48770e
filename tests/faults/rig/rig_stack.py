"""Runs Kafka, PostgreSQL and services as processes under a supervisor inside the rig."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from chassis.privacy import Keys
from chassis.system import VARIABLE
from enrollctl.embedded.kafka import Kafka
from enrollctl.embedded.postgres import SUPERUSER, Postgres
from enrollctl.errors import Failure
from enrollctl.processes import processes
from enrollctl.processes.component import Component
from enrollctl.processes.ports import choose_port
from enrollctl.stack.restarts import Restarts
from enrollctl.stack.services import ServiceProcess, ServiceSpec
from enrollctl.stack.supervisor import Supervisor, Watched, wait_until_ready
from enrollctl.workspace.files import last_lines
from enrollctl.workspace.folders import Folders
from enrollctl.workspace.key_file import ensure_key_files, read_keys
from enrollctl.workspace.secrets import Passwords, passwords
from faults.rig.proxy import Proxy

START_S = 120.0
TESTS = Path(__file__).parents[2]
#: The broker removes a consumer from its group if the consumer sends nothing for this time. A service's default is 45
#: s.
SESSION_TIMEOUT_MS = 3_000
#: By default the broker allows no session shorter than 6 s, so this limit is lowered. The broker has three listeners. A
#: client of WIRE (for the six stages) or of PAIR learns only the address of a proxy, so all connections of the client
#: go through that proxy. The rig itself connects to BROKER, without a proxy.
BROKER_SETTINGS = f"""\
group.min.session.timeout.ms={SESSION_TIMEOUT_MS}
listeners=BROKER://127.0.0.1:{{port}},CONTROLLER://127.0.0.1:{{controller_port}},\
WIRE://127.0.0.1:{{behind_port}},PAIR://127.0.0.1:{{behind_pair_port}}
advertised.listeners=BROKER://127.0.0.1:{{port}},WIRE://127.0.0.1:{{wire_port}},PAIR://127.0.0.1:{{pair_port}}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,WIRE:PLAINTEXT,PAIR:PLAINTEXT
"""


#: With `local`, commits wait for the server's own disk, but not for a standby. To block commits, a scenario names a
#: standby that does not exist, and sets `synchronous_commit = on` for its own databases. So commits in the databases of
#: other scenarios are not blocked.
POSTGRES_SETTINGS = {"synchronous_commit": "local"}

#: Shorter time-outs, for services whose connections break again and again.
WIRED = {"UE_COMMAND_TIMEOUT_S": "5", "UE_REQUEST_TIMEOUT_MS": "10000", "UE_PUBLISH_TIMEOUT_S": "8"}

READINESS = httpx.Client(timeout=2.0, trust_env=False, verify=False)


@dataclass
class Prompt(Restarts):
    """Restarts a component `hold_s` seconds after each death. So the rig decides how long a component stays down."""

    hold_s: float = 0.3

    def delay_after(self, lived: float) -> float:
        self.count += 1
        return self.hold_s


class Worker(ServiceProcess):
    """A process of a service. Each launch takes the next crash point from `crash_points`."""

    def __init__(
        self,
        name: str,
        spec: ServiceSpec,
        port: int,
        settings: dict[str, str],
        log: Path,
        *,
        owner_url: str | None = None,
    ) -> None:
        super().__init__(spec, port, settings, log, owner_url=owner_url)
        self.name = name
        self.settings = settings
        self.crash_points: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def reasons_not_ready(self) -> list[str]:
        """Why the process is not ready; empty if it is ready. Unlike enrollctl's check, this check uses one HTTP client
        for all calls, because a run makes thousands of calls.
        """
        try:
            answer = READINESS.get(f"{self.url}/health/ready")
        except httpx.HTTPError as error:
            return [f"does not answer ({type(error).__name__})"]
        return [] if answer.status_code == httpx.codes.OK else [answer.text]

    def launch(self) -> subprocess.Popen[bytes]:
        armed = self.crash_points.pop(0) if self.crash_points else ""
        environment = {**self.settings, VARIABLE: armed}
        return processes.start([sys.executable, *self.spec.program], log=self.log, environment=environment)


class RigSupervisor(Supervisor):
    """enrollctl's supervisor, with components that can be removed while it runs."""

    def __init__(self) -> None:
        super().__init__(lambda: None)
        self._lock = threading.RLock()
        #: Name → the exit codes of the processes that ended, oldest first.
        self.exits: dict[str, list[int]] = {}

    def add(self, part: Component) -> Watched:
        with self._lock:
            watched = super().add(part)
            watched.restarts = Prompt()
            return watched

    def tick(self) -> None:
        with self._lock:
            super().tick()

    def _record_death(self, one: Watched, now: float) -> None:
        self.exits.setdefault(one.part.name, []).append(int(one.process.returncode))
        super()._record_death(one, now)

    def of(self, name: str) -> Watched:
        with self._lock:
            return next(one for one in self.watched if one.part.name == name)

    def forget(self, name: str) -> Watched:
        """Stop supervising the process."""
        with self._lock:
            found = self.of(name)
            self.watched.remove(found)
            return found


class RigStack:
    """One broker and one database server in a folder, and the services that run on them."""

    def __init__(self, root: Path) -> None:
        self.folders = Folders(root.resolve())
        self.folders.make()
        ensure_key_files(self.folders)
        self.supervisor = RigSupervisor()
        self.workers: dict[str, Worker] = {}
        self._passwords: Passwords = passwords(self.folders, SUPERUSER, [])
        self.kafka = Kafka(self.folders.kafka, choose_port(), choose_port(), self.folders.log("kafka"))
        self.postgres = Postgres(
            self.folders.postgres,
            choose_port(),
            self._passwords[SUPERUSER],
            self.folders.log("postgres"),
            POSTGRES_SETTINGS,
        )
        self.kafka_wire = Proxy(choose_port())
        self.pair_kafka_wire = Proxy(choose_port())
        self.postgres_wire = Proxy(self.postgres.port)
        self._stop = threading.Event()
        self._watching = threading.Thread(target=self.supervisor.watch, args=(self._stop,), daemon=True)

    @property
    def keys(self) -> Keys:
        return read_keys(self.folders)

    def __enter__(self) -> "RigStack":
        processes.raise_file_limit()
        self.kafka_wire.__enter__()
        self.pair_kafka_wire.__enter__()
        self.postgres_wire.__enter__()
        self.postgres.prepare()
        self.supervisor.add(self.postgres)
        self.kafka.prepare()
        with (self.kafka.folder / "server.properties").open("a", encoding="ascii") as settings:
            settings.write(self._broker_settings())
        self.supervisor.add(self.kafka)
        self._watching.start()
        self.wait_ready(self.postgres, self.kafka)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._watching.join()
        for one in self.supervisor.watched:
            # A frozen process does not receive SIGTERM.
            if one.process.poll() is None:
                one.process.send_signal(signal.SIGCONT)
        self.supervisor.stop_all()
        self.kafka_wire.__exit__()
        self.pair_kafka_wire.__exit__()
        self.postgres_wire.__exit__()

    def wired(
        self,
        database_url: str,
        wires: Collection[str] = ("kafka", "postgres"),
        *,
        kafka: Proxy | None = None,
        postgres: Proxy | None = None,
    ) -> dict[str, str]:
        """Settings of a service that reaches the systems in `wires` through proxies. Without `kafka` and `postgres`,
        these are the proxies that the whole rig shares.
        """
        found = dict(WIRED)
        if "kafka" in wires:
            found["UE_KAFKA_BOOTSTRAP"] = (kafka or self.kafka_wire).address
        if "postgres" in wires:
            port = f":{self.postgres.port}/"
            found["UE_DATABASE_URL"] = database_url.replace(port, f":{(postgres or self.postgres_wire).port}/")
        return found

    def _broker_settings(self) -> str:
        kafka, wire, pair = self.kafka, self.kafka_wire, self.pair_kafka_wire
        return BROKER_SETTINGS.format(
            port=kafka.port,
            controller_port=kafka.controller_port,
            behind_port=wire.target,
            wire_port=wire.port,
            behind_pair_port=pair.target,
            pair_port=pair.port,
        )

    def abandon(self) -> None:
        """End everything at once, without waiting. Used when the rig itself is being stopped."""
        for one in list(self.supervisor.watched):
            if one.process.poll() is None:
                one.process.send_signal(signal.SIGQUIT if one.part.kind == "postgres" else signal.SIGKILL)

    def wait_ready(self, *parts: Component) -> None:
        late = wait_until_ready(parts, START_S, lambda: None, lambda _: None)
        for name, reasons in late.items():
            log = self.folders.log(name)
            raise Failure(f"{name} is not ready: {'; '.join(reasons)}. The end of {log}:\n{last_lines(log)}")

    def password(self, role: str) -> str:
        return passwords(self.folders, SUPERUSER, [role])[role]

    def launch(self, worker: Worker, *, wait: bool = True) -> Worker:
        self.workers[worker.name] = worker
        self.supervisor.add(worker)
        if wait:
            self.wait_ready(worker)
        return worker

    def pid(self, name: str) -> int:
        return self.supervisor.of(name).process.pid

    def is_up(self, name: str) -> bool:
        """Whether the process runs; False also for a process that was removed."""
        found = next((one for one in list(self.supervisor.watched) if one.part.name == name), None)
        return found is not None and found.due is None and found.process.poll() is None

    def restarts(self, name: str) -> int:
        return self.supervisor.of(name).restarts.count

    def is_frozen(self, name: str) -> bool:
        """Whether the kernel has stopped the process. Sending SIGSTOP is not enough: the signal can arrive later."""
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(self.pid(name)).status() == psutil.STATUS_STOPPED
        return False

    def send(self, name: str, number: signal.Signals, *, hold_s: float = 0.3) -> bool:
        """Send a signal to a process of the rig. If the process dies, it is started again after `hold_s` seconds.

        Returns False if the process was already dead, because then the signal does not count as a fault.
        """
        found = self.supervisor.of(name)
        assert isinstance(found.restarts, Prompt)
        found.restarts.hold_s = hold_s
        if found.process.poll() is not None:
            return False
        found.process.send_signal(number)
        return True

    def restart(self, name: str, number: signal.Signals = signal.SIGTERM, *, hold_s: float = 0.3) -> None:
        """End the process and wait until it is back and ready."""
        before = self.restarts(name)
        self.send(name, number, hold_s=hold_s)
        self.await_restart(name, before)

    def await_restart(self, name: str, before: int, seconds: float = START_S) -> None:
        """Wait until the process has died more often than `before` times and is ready again."""
        deadline = time.monotonic() + seconds
        while self.restarts(name) <= before:
            if time.monotonic() > deadline:
                raise Failure(f"{name} did not end within {seconds:.0f} s")
            time.sleep(0.05)
        while not self.is_up(name):
            time.sleep(0.05)
        self.wait_ready(self.supervisor.of(name).part)

    def end(self, watched: Watched) -> None:
        """Stop a process that is no longer supervised, with the signals of its component."""
        how = watched.part.stopping
        processes.end(psutil.Process(watched.process.pid), polite=how.polite, grace=how.grace, last=how.last)
        watched.process.wait()

    def ensure_up(self, name: str) -> None:
        """Return when the process runs and is ready. Restarts a process that runs; waits if it has ended by itself."""
        before = self.restarts(name)
        self.send(name, signal.SIGTERM)
        if not before or self.is_up(name):
            self.await_restart(name, before)
        self.wait_ready(self.supervisor.of(name).part)

    def leave(self, name: str, number: signal.Signals = signal.SIGTERM, seconds: float = 60.0) -> int:
        """End the process for good and return its exit code. It must end by itself: no second signal is sent."""
        self.workers.pop(name, None)
        found = self.supervisor.forget(name)
        if found.process.poll() is None:
            found.process.send_signal(number)
        if not processes.wait_for_exit(found.process, seconds):
            found.process.kill()
            found.process.wait()
            raise Failure(f"{name} did not end within {seconds:.0f} s of {number.name}")
        return int(found.process.returncode)


def peak_mib(pid: int) -> float:
    """The largest resident memory of the process so far."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def worker_environment(python_path: str = "") -> dict[str, str]:
    """The environment of every service of the rig. Services search `python_path` for modules before all other
    folders.
    """
    inherited = os.environ.get("PYTHONPATH", "")
    path = os.pathsep.join(part for part in (python_path, str(TESTS), inherited) if part)
    return processes.inherited_environment() | {
        "PYTHONPATH": path,
        "PYTHONUNBUFFERED": "1",
        "PGSSLMODE": "disable",
        "UE_LOG_LEVEL": "info",
        "UE_SESSION_TIMEOUT_MS": str(SESSION_TIMEOUT_MS),
    }
