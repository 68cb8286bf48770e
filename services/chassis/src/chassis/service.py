"""A service's life: start before the infrastructure is there, wait and say so, work, stop in order."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import structlog
import uvicorn
from fastapi import APIRouter

from chassis import metrics, outbound, references, tracing
from chassis.backoff import backoff_s
from chassis.blind_index import BlindIndex
from chassis.causes import describe
from chassis.clock import Clock, clock_from
from chassis.database import Database
from chassis.http import create_app
from chassis.keys import Keys, load_keys
from chassis.letter_runs import LetterRuns
from chassis.life import Life
from chassis.logs import configure_logs
from chassis.outbound import Outbound, OutboundWorker
from chassis.poll import PollHandler
from chassis.principal import TokenVerifier
from chassis.producers import Producers
from chassis.readiness import ReferenceWatch
from chassis.relay import Relay
from chassis.release_guard import ReleaseGuard
from chassis.revisions import pending
from chassis.runtime import Runtime
from chassis.sealing import Sealer
from chassis.settings import ChassisSettings
from chassis.subscriptions import Subscriptions
from chassis.transport import PART as KAFKA
from chassis.transport import Transport
from chassis.vault import Vault
from chassis.work import Tools
from contracts.event import Event

log = structlog.get_logger()

DATABASE = "database"
WATCH_EVERY_S = 1.0
#: How often the chassis's own requests are looked for: an operator waits a second, an idle service asks little.
RARE_S = 1.0


def _no_outbound(_: Runtime) -> Sequence[Outbound]:
    return ()


def own_outbound(runtime: Runtime) -> Sequence[Outbound]:
    """What every service carries out for its operators."""
    return [LetterRuns(runtime.database, runtime.handler)]


@dataclass
class Service:
    """What a service's `__main__` declares."""

    name: str
    package: str
    settings: type[ChassisSettings]
    router: APIRouter
    on: Subscriptions = field(default_factory=Subscriptions)
    references: Sequence[type[Event]] = ()
    outbound: Callable[[Runtime], Sequence[Outbound]] = _no_outbound
    uses_kafka: bool = True

    def __post_init__(self) -> None:
        references.subscribe(self.on, self.references)

    @property
    def migration_packages(self) -> list[str]:
        return list(dict.fromkeys(["chassis", self.package]))


def run(service: Service) -> None:
    """`python -m package [migrate]`; exits 0 after SIGTERM."""
    settings = service.settings()  # values come from the environment
    configure_logs(service.name, settings.log_level)
    if sys.argv[1:] == ["migrate"]:
        # Loaded only here: a running service has no use for Alembic and SQLAlchemy.
        from chassis.migrations import migrate_now

        migrate_now(settings.database_url, service.migration_packages)
        log.info("migrated", packages=service.migration_packages)
        return
    tracing.configure_tracing(service.name)
    with contextlib.suppress(ImportError):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(Process(service, settings).serve())


def build_runtime(service: Service, settings: ChassisSettings, keys: Keys, clock: Clock) -> Runtime:
    """Everything that needs no connection yet."""
    tools = Tools(service.name, Sealer(keys), Vault(keys), BlindIndex(keys))
    database = Database(settings.database_url, tools=tools, clock=clock, name=service.name, size=settings.pool_size)
    return Runtime(
        settings=settings,
        keys=keys,
        clock=clock,
        database=database,
        http=httpx.AsyncClient(timeout=httpx.Timeout(30.0, connect=5.0)),
        life=Life(),
        verifier=TokenVerifier(keys),
        handler=PollHandler(database, service.on, ReleaseGuard()),
        pending_migrations=[],
    )


class QuietServer(uvicorn.Server):
    """uvicorn raises the signal again after its shutdown, which would end the process with 143."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


class Process:
    """One process of a service."""

    def __init__(self, service: Service, settings: ChassisSettings) -> None:
        self._service = service
        self._settings = settings
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._watchers: list[asyncio.Task[None]] = []
        self._relay: Relay | None = None
        self._workers: list[OutboundWorker] = []
        self._transport: Transport | None = None
        self.runtime = build_runtime(service, settings, load_keys(settings.key_file), clock_from(settings.clock_file))

    async def serve(self) -> None:
        """Until SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        async with self._http():
            self.runtime.life.waits_for("start", "starting")
            starting = asyncio.create_task(self._start())
            await self._stop.wait()
            log.info("stopping")
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            await self._shut_down()
        log.info("stopped")

    @contextlib.asynccontextmanager
    async def _http(self) -> AsyncIterator[None]:
        """Health answers from the first moment on."""
        app = create_app(self._service.name, [self._service.router], self.runtime)
        config = uvicorn.Config(
            app,
            host=self._settings.http_host,
            port=self._settings.http_port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=int(self._settings.graceful_timeout_s),
        )
        server = QuietServer(config)
        serving = asyncio.create_task(server.serve())
        serving.add_done_callback(lambda _: self._stop.set())
        try:
            yield
        finally:
            server.should_exit = True
            await serving

    async def _start(self) -> None:
        life = self.runtime.life
        await self._until_there(DATABASE, self._open_database)
        self._start_relay_and_workers()
        if self._service.uses_kafka and self._service.on.topics():
            await self._until_there(KAFKA, self._open_transport)
        life.has("start")
        log.info("started", port=self._settings.http_port)

    async def _until_there(self, part: str, attempt: Callable[[], Any]) -> None:
        """Try until it works, and say why it does not."""
        failures = 0
        while True:
            try:
                await attempt()
                self.runtime.life.has(part)
                return
            except Exception as error:
                failures += 1
                self.runtime.life.waits_for(part, describe(error))
                log.warning("waiting", part=part, message=describe(error), failures=failures)
                await asyncio.sleep(backoff_s(failures, most_s=5.0))

    async def _open_database(self) -> None:
        await self.runtime.database.open()
        missing = await pending(self._settings.database_url, self._service.migration_packages)
        if missing:
            raise SchemaBehind(f"migrations of {', '.join(missing)} are pending: run `python -m … migrate`")

    async def _open_transport(self) -> None:
        transport = Transport(
            self._service.name, self._service.on.topics(), self.runtime.handler, self._settings, self.runtime.life
        )
        try:
            await transport.start()
        except BaseException:
            await transport.stop()
            raise
        self._transport = transport
        self._watchers.append(asyncio.create_task(self._watch(transport)))

    def _start_relay_and_workers(self) -> None:
        database, life = self.runtime.database, self.runtime.life
        if self._service.uses_kafka:
            producers = Producers(self._settings.kafka_bootstrap, self._service.name)
            self._relay = Relay(database, producers, life, interval_s=self._settings.relay_interval_s)
            self._tasks.append(asyncio.create_task(self._relay.run()))
        self._workers = [OutboundWorker(database, one, life) for one in self._service.outbound(self.runtime)]
        self._workers += [OutboundWorker(database, one, life, idle_s=RARE_S) for one in own_outbound(self.runtime)]
        self._tasks += [asyncio.create_task(worker.run()) for worker in self._workers]

    async def _watch(self, transport: Transport) -> None:
        """Readiness of the subscriber: it has partitions, and has read its reference topics."""
        watch = ReferenceWatch(self._service.name, self._service.references, self._settings.kafka_bootstrap)
        life = self.runtime.life
        while True:
            if transport.assigned():
                life.has("assignment")
            else:
                life.waits_for("assignment", "no partition is assigned to this member")
            reason = await watch.lacking()
            if reason:
                life.waits_for("references", reason)
            else:
                life.has("references")
            with contextlib.suppress(Exception):
                async with self.runtime.database.connection() as connection:
                    await outbound.gauge(connection)
            await asyncio.sleep(WATCH_EVERY_S if reason or not transport.assigned() else 5 * WATCH_EVERY_S)

    async def _shut_down(self) -> None:
        """The poll in hand, then what it told, then what is asked outside, then the connections."""
        if self._transport:
            await self._transport.stop()
        for worker in self._workers:
            worker.stop()
        if self._relay:
            self._relay.stop()
        for watcher in self._watchers:
            watcher.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._settings.graceful_timeout_s)
        await self.runtime.http.aclose()
        await self.runtime.database.close()
        metrics.relay_leading.set(0)


class SchemaBehind(Exception):
    """The database is not at the head of its migrations."""
