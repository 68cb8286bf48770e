"""The process of a service: serves HTTP at once, waits for PostgreSQL and Kafka, runs its loops, and stops them."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import structlog
import uvicorn

from chassis.app import create_app
from chassis.consumers import DATABASE, KAFKA, ConsumerSupervisor, InfrastructureProbe
from chassis.consumers import LOOP as CONSUMER
from chassis.dead_letters import dead_letter_note, letters
from chassis.domain import clock_from
from chassis.health import EXIT_CODE, LastResort, Watchdog, retry_until_available
from chassis.jobs import IDLE_S, DueJobs, JobWorker, PeriodicLoop, job_worker
from chassis.observability import metrics
from chassis.privacy import load_keys
from chassis.publishing import LOOP as RELAY
from chassis.publishing import Producers, Relay
from chassis.resilience import Quarantine, describe, wait_up_to, within
from chassis.server import ShapedProtocol, Timeouts
from chassis.service.declaration import Service, build_runtime, own_periodic_jobs
from chassis.service.ownership import warn_where_audit_log_is_owned
from chassis.settings import ChassisSettings
from chassis.sql import pending

log = structlog.get_logger()

GAUGE_EVERY_S = 5.0
#: How often the header `Date` of responses is updated.
TICK_S = 1.0
#: The time that the consumer is given to leave its group after its last poll.
LEAVE_S = 3.0


class QuietServer(uvicorn.Server):
    """A server that leaves the signals to `Process`.

    uvicorn would handle SIGTERM itself and raise it again after the shutdown. The exit code would then be 143, not 0.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ending = asyncio.Event()

    def end(self) -> None:
        """Stop accepting requests, and finish the requests that are being handled."""
        self.should_exit = True
        self._ending.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield

    async def main_loop(self) -> None:
        """Wake once a second, to update the header `Date`. uvicorn's own loop wakes ten times a second."""
        while not await self.on_tick(0):
            await wait_up_to(TICK_S, self._ending)


class SchemaBehind(Exception):
    """The database is not at the head of its migrations."""


class Process:
    """One process of a service."""

    def __init__(self, service: Service, settings: ChassisSettings) -> None:
        self._service = service
        self._settings = settings
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._watchers: list[asyncio.Task[None]] = []
        self._relay: Relay | None = None
        self._relaying: asyncio.Task[None] | None = None
        self._workers: list[JobWorker | DueJobs | PeriodicLoop] = []
        self._supervisor: ConsumerSupervisor | None = None
        self._exit_code = 0
        self._last_resort = LastResort(settings.stuck_after_s)
        self.runtime = build_runtime(service, settings, load_keys(settings.key_file), clock_from(settings.clock_file))

    async def serve(self) -> int:
        """Run until SIGTERM, SIGINT or a fault of the process itself; returns the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        self._last_resort.start()
        async with self._http():
            self.runtime.health.waits_for("start", "starting")
            self._watch_over()
            starting = asyncio.create_task(self._start())
            starting.add_done_callback(self._end_if_failed)
            await self._stop.wait()
            log.info("stopping")
            self._last_resort.end_within(6 * self._settings.graceful_timeout_s)
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            await self._shut_down()
        log.info("stopped")
        return self._exit_code

    def end(self, reason: str) -> None:
        """Shut down, because this process is broken, and exit with `EXIT_CODE`. The supervisor of the process, such as
        `enrollctl up` or kubelet, then starts a new process.
        """
        if not self._stop.is_set():
            log.error("process_ended", reason=reason, exit_code=EXIT_CODE)
            self._exit_code = EXIT_CODE
            self._stop.set()

    @contextlib.asynccontextmanager
    async def _http(self) -> AsyncIterator[None]:
        """Serve HTTP, so that the health routes answer from the first moment on."""
        app = create_app(self._service.name, [self._service.router], self.runtime)
        config = uvicorn.Config(
            app,
            host=self._settings.http_host,
            port=self._settings.http_port,
            log_config=None,
            access_log=False,
            http=ShapedProtocol.with_patience(
                Timeouts(
                    header_s=self._settings.header_timeout_s,
                    body_s=self._settings.body_timeout_s,
                    answer_s=self._settings.answer_timeout_s,
                    most_connections=self._settings.most_connections,
                )
            ),
            # uvicorn would trust every caller on this machine; `caller_address` trusts only the configured proxies.
            proxy_headers=False,
            timeout_graceful_shutdown=int(self._settings.graceful_timeout_s),
        )
        server = QuietServer(config)
        serving = asyncio.create_task(server.serve())
        serving.add_done_callback(lambda _: self._stop.set())
        try:
            yield
        finally:
            server.end()
            await serving

    def _watch_over(self) -> None:
        health, settings = self.runtime.health, self._settings
        topics = self._service.on.topics() if self._service.uses_kafka else []
        bootstrap = settings.kafka_bootstrap if self._service.uses_kafka else ""
        self._probe = InfrastructureProbe(health, settings.database_url, bootstrap, topics)
        watchdog = Watchdog(
            health,
            {RELAY: self._restart_relay, CONSUMER: self._restart_consumer},
            self.end,
            self._last_resort.beat,
        )
        self._watchers += [self._run("probe", self._probe.run()), self._run("watchdog", watchdog.run())]

    async def _start(self) -> None:
        health = self.runtime.health
        await retry_until_available(health, DATABASE, self._open_database)
        self._start_relay_and_workers()
        topics = self._service.on.topics()
        if self._service.uses_kafka and topics:
            supervisor = ConsumerSupervisor(
                self._service.name,
                topics,
                self._service.references,
                self.runtime.handler,
                self._settings,
                health,
                self._probe,
            )
            await retry_until_available(health, KAFKA, supervisor.open)
            self._supervisor = supervisor
            self._watchers.append(self._run("consumer_supervisor", supervisor.run()))
        self._watchers.append(self._run("gauges", self._update_gauges()))
        health.has("start")
        log.info("started", port=self._settings.http_port)

    async def _open_database(self) -> None:
        await self.runtime.database.open()
        missing = await pending(self._settings.database_url, self._service.migration_packages)
        if missing:
            raise SchemaBehind(f"migrations of {', '.join(missing)} are pending: run `python -m … migrate`")
        async with self.runtime.database.read() as connection:
            await warn_where_audit_log_is_owned(connection)

    def _start_relay_and_workers(self) -> None:
        database, health, quarantine = self.runtime.database, self.runtime.health, Quarantine()
        if self._service.uses_kafka:
            self._start_relay()
        idle_s = min(IDLE_S, self._settings.stuck_after_s / 4)
        self._workers = [
            JobWorker(database, one, health, idle_s=idle_s, quarantine=quarantine)
            for one in self.runtime.job_handlers.values()
        ]
        self._workers.append(DueJobs(database, list(self.runtime.job_handlers), health))
        jobs = [*self._service.periodic(self.runtime), *own_periodic_jobs(self.runtime)]
        self._workers += [PeriodicLoop(database, job, health) for job in jobs]
        self._tasks += [self._run(worker.loop, worker.run()) for worker in self._workers]

    def _start_relay(self) -> None:
        settings = self._settings
        self._relay = Relay(
            self.runtime.database,
            Producers(settings.kafka_bootstrap, self._service.name),
            self.runtime.health,
            interval_s=settings.relay_interval_s,
            publish_timeout_s=settings.publish_timeout_s,
        )
        self._relaying = self._run(RELAY, self._relay.run())

    def _run(self, name: str, loop: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run a loop in a task. If the loop ends before the process stops, that is a fault, and the process ends."""
        task = asyncio.create_task(loop)

        def ended(done: "asyncio.Task[None]") -> None:
            if not done.cancelled() and not self._stop.is_set():
                error = done.exception()
                self.end(f"the loop {name} has ended: {describe(error) if error else 'without an error'}")

        task.add_done_callback(ended)
        return task

    def _end_if_failed(self, starting: "asyncio.Task[None]") -> None:
        if not starting.cancelled() and (error := starting.exception()) is not None:
            self.end(f"the start failed: {describe(error)}")

    async def _restart_relay(self, _: str) -> None:
        """Cancel the relay and start a new one with new producers. The lease of the old relay expires by itself."""
        if self._relaying is not None:
            self._relaying.cancel()
        self._start_relay()

    async def _restart_consumer(self, reason: str) -> None:
        if self._supervisor is not None:
            await self._supervisor.replace(reason)

    async def _update_gauges(self) -> None:
        while True:
            with contextlib.suppress(Exception):
                async with self.runtime.database.read() as connection:
                    await job_worker.gauge(connection)
                    await letters.update_gauge(connection)
                    await dead_letter_note.update(connection, self.runtime.health)
            await asyncio.sleep(GAUGE_EVERY_S)

    async def _shut_down(self) -> None:
        """Stop first the consumer, after its current poll; then the job workers and the relay; then the connections.

        Before the relay stops, it publishes the remaining events.
        """
        grace_s = self._settings.graceful_timeout_s
        # The supervisor's task is one of the watchers. A Kafka client can swallow the cancellation of this task. The
        # supervisor would then go on with its checks and use closed connections. So end the checks first.
        if self._supervisor:
            self._supervisor.end()
        for watcher in self._watchers:
            watcher.cancel()
        # Wait until the watchers have closed their connections; asyncio would warn about open connections.
        await asyncio.wait(self._watchers, timeout=LEAVE_S)
        if self._supervisor:
            await self._finish("consumer", within(grace_s + LEAVE_S, self._supervisor.stop()))
        for worker in self._workers:
            worker.stop()
        if self._relay:
            self._relay.stop()
        tasks = [*self._tasks, *([self._relaying] if self._relaying else [])]
        if tasks:
            await asyncio.wait(tasks, timeout=grace_s)
        await self._finish("http client", within(grace_s, self.runtime.http.aclose()))
        await self._finish("database", within(grace_s, self.runtime.database.close()))
        metrics.relay_leading.set(0)

    async def _finish(self, part: str, ending: Coroutine[Any, Any, None]) -> None:
        """Await the end of a component. If that fails or takes too long, go on. The component ends with the process."""
        try:
            await ending
        except Exception as error:
            log.warning("component_did_not_end", part=part, message=describe(error))
