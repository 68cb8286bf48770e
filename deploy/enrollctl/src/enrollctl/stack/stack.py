"""A local stack as commands and tests use it.

Commands and tests start, find, query and stop the stack; its supervisor runs it.
"""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import asyncpg

from chassis.privacy import Keys
from chassis.sql import Connection
from enrollctl.embedded.postgres import SUPERUSER
from enrollctl.errors import ComponentUnhealthy, Failure, NoStackRunning
from enrollctl.stack.background import START_SECONDS, start_in_background, stop_supervisor
from enrollctl.stack.databases import database_named, database_url
from enrollctl.stack.orphan_processes import stop_orphans
from enrollctl.stack.paused_services import paused_by
from enrollctl.stack.report import ComponentReport, component_report
from enrollctl.stack.services import SERVICES, Addresses, ServiceProcess, ServiceSpec, service_process
from enrollctl.stack.state import StackState, load_state
from enrollctl.terminal.progress import ProgressCallback, no_progress
from enrollctl.workspace.clock import set_business_clock
from enrollctl.workspace.files import read_json
from enrollctl.workspace.folders import Folders
from enrollctl.workspace.key_file import read_keys

CONNECT_SECONDS = 10


class Stack:
    """A running stack, made by `attach` or `start`. Every value is read from the stack's folder when it is needed."""

    def __init__(self, folders: Folders) -> None:
        self.folders = folders

    @classmethod
    def attach(cls, root: Path) -> "Stack":
        """The stack that runs in `root`. Raises NoStackRunning."""
        stack = cls(Folders(root.resolve()))
        stack.state()
        return stack

    @classmethod
    def start(
        cls,
        root: Path,
        *,
        demo: bool = False,
        bare: bool = False,
        on_progress: ProgressCallback = no_progress,
        seconds: float = START_SECONDS,
    ) -> "Stack":
        """Start a supervisor in the background and return when every component is ready.

        Raises AlreadyRunning if a stack already runs in `root`. Raises ComponentUnhealthy if a component did not become
        ready; the message contains the end of the component's log. A service that is only late also raises
        ComponentUnhealthy, but then the stack keeps running, because the service can still become ready. A caller that
        does not need this stack must call `stop`.
        """
        folders = Folders(root.resolve())
        start_in_background(folders, demo=demo, bare=bare, on_progress=on_progress, seconds=seconds)
        return cls(folders)

    def stop(self, on_progress: ProgressCallback = no_progress) -> None:
        """Ask the supervisor to stop all components, and wait until it has ended. Then stop orphan processes."""
        stop_supervisor(self.folders, on_progress)
        stop_orphans(load_state(self.folders), on_progress)

    def state(self) -> StackState:
        """The state of the stack. Raises NoStackRunning if no supervisor runs."""
        state = load_state(self.folders)
        if state is None or not state.is_live():
            raise NoStackRunning(f"no stack runs in {self.folders.root}; start one with `enrollctl up`")
        return state

    @property
    def demo(self) -> bool:
        return self.state().demo

    @property
    def kafka_bootstrap(self) -> str:
        return self.state().kafka_bootstrap

    @property
    def key_file(self) -> Path:
        """The file with all keys, including the private key that signs tokens. The property `keys` reads this file."""
        return self.folders.keys

    @property
    def keys(self) -> Keys:
        return read_keys(self.folders)

    @property
    def urls(self) -> dict[str, str]:
        """Base URL of every service, by its name."""
        return {part.name: part.url for part in self.state().parts if part.url}

    def url(self, service: str) -> str:
        """The base URL of the service. Raises Failure for a service that this stack does not run."""
        try:
            return self.urls[service]
        except KeyError:
            raise Failure(f"the stack in {self.folders.root} runs no {service}") from None

    def pid(self, name: str) -> int | None:
        """The component's pid; None while the component is down."""
        part = self.state().part(name)
        return part.process.pid if part and part.process else None

    @property
    def admin_database_url(self) -> str:
        """The superuser's DSN, on the database `postgres`."""
        return self._dsn(SUPERUSER)

    def database_url(self, service: str) -> str:
        """The DSN with which the service itself connects."""
        return self._dsn(service.replace("-", "_"))

    @asynccontextmanager
    async def connection(self, service: str) -> AsyncIterator[Connection]:
        """A connection to the service's database. Raises ComponentUnhealthy if the database does not answer."""
        try:
            connection = await asyncpg.connect(self.database_url(service), timeout=CONNECT_SECONDS)
        except (OSError, asyncpg.PostgresError) as error:
            raise ComponentUnhealthy(f"the database of {service} does not answer ({type(error).__name__})") from error
        try:
            yield connection
        finally:
            await connection.close()

    def owner_database_url(self, spec: ServiceSpec) -> str:
        """The DSN of the role that owns the service's tables.

        Older releases had no such roles. If an older release started the stack last, the service's own role owns
        the tables until the next `up`.
        """
        known = read_json(self.folders.secrets) or {}
        return self._dsn(spec.owner if spec.owner in known else spec.database, spec.database)

    def process_of(self, spec: ServiceSpec, *, database: str | None = None) -> ServiceProcess:
        """A process of the service with the settings of this stack; it is not started yet.

        `database`: the name of a database that is made beside the service's own one. The process uses that database,
        and has a log of its own. Raises NoStackRunning, or Failure if the stack has no database of the service.
        """
        state, name = self.state(), spec.name
        # Settings name the addresses of all services. A service that this stack does not run gets the port 0.
        none = {one.name: 0 for one in (*SERVICES, spec)}
        ports = none | state.ports | {part.name: part.port for part in state.parts}
        used = database or spec.database
        addresses = Addresses(
            state.kafka_bootstrap,
            {name: database_named(self.database_url(name), used)},
            ports,
            {name: database_named(self.owner_database_url(spec), used)},
        )
        log = f"{name}-rebuild" if database else None
        return service_process(spec, addresses, self.folders, demo=state.demo, log=log)

    def set_business_clock(self, business: datetime) -> None:
        """Set the business clock. Raises Failure if the stack is no demo, because then services read no clock file."""
        if not self.demo:
            raise Failure(
                f"the stack in {self.folders.root} was started with --no-demo: its business date is today's and "
                "cannot be set. `enrollctl down`, then `enrollctl up` (the data stay), and run this again"
            )
        set_business_clock(self.folders, business)

    def report(self) -> list[ComponentReport]:
        """The current state of every component; all components are asked at the same time."""
        parts = self.state().parts
        with ThreadPoolExecutor(max_workers=max(len(parts), 1)) as pool:
            return list(pool.map(component_report, parts, [paused_by(self.folders, part.name) for part in parts]))

    def _dsn(self, role: str, database: str | None = None) -> str:
        state, known = self.state(), read_json(self.folders.secrets) or {}
        if role not in known:
            raise Failure(f"the stack in {self.folders.root} has no database of {role}")
        return database_url(state.postgres_port, role, known[role], database)
