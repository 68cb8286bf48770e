"""The run of a stack inside its supervisor: start, watch and stop the components."""

import asyncio
import fcntl
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import structlog

from enrollctl.errors import ComponentUnhealthy, Failure, Stopped
from enrollctl.processes import processes
from enrollctl.processes.component import Component
from enrollctl.processes.processes import ProcessIdentity
from enrollctl.stack.databases import ensure_databases
from enrollctl.stack.migrations import migrate_all
from enrollctl.stack.orphan_processes import stop_orphans, stop_server_on_same_data
from enrollctl.stack.paused_services import paused_by, paused_services
from enrollctl.stack.stack_plan import Components, StackPlan, assemble
from enrollctl.stack.state import Phase, StackState, load_state
from enrollctl.stack.supervisor import Supervisor, wait_until_ready
from enrollctl.streams.topics import ensure_topics
from enrollctl.terminal.progress import Progress, ProgressCallback, StepState
from enrollctl.workspace.files import last_lines
from enrollctl.workspace.folders import Folders
from enrollctl.workspace.key_file import ensure_key_files

log = structlog.get_logger(__name__)

INFRASTRUCTURE_SECONDS = 180.0
SERVICES_SECONDS = 240.0
#: If a component dies this often before all services are ready, the start fails, because waiting would not help.
DEATHS_AT_START = 3


class AlreadyRunning(Failure):
    """Another supervisor has locked the folder."""


class Startup:
    """One run of a stack. `run` returns when all components have ended, after `stop` was set."""

    def __init__(
        self,
        plan: StackPlan,
        on_progress: ProgressCallback,
        stop: threading.Event,
        on_running: Callable[[], None] = lambda: None,
    ) -> None:
        self._plan = plan
        self._on_progress = on_progress
        self._stop = stop
        self._on_running = on_running
        self._supervisor = Supervisor(self._save, lambda: paused_services(plan.folders))
        self._state: StackState | None = None

    def run(self) -> bool:
        """Run the stack until `stop` is set. Returns False if `stop` was set before the start was complete.

        Raises AlreadyRunning. If the start fails, stops all components and raises the error of the start. This error
        can be a Failure or any other exception.
        """
        self._plan.folders.make()
        self._plan.folders.rotate_logs()
        processes.raise_file_limit()
        with sole_supervisor(self._plan.folders):
            try:
                self._start_all()
                self._supervisor.watch(self._stop)
            except Stopped:
                log.info("stop_requested_during_start")
                return False
            except Exception as error:
                # If a stop was requested, the start does not count as failed, because the stop itself can be the cause
                # of the error. For example, a stop can make the download of Kafka's jars fail.
                if self._stop.is_set():
                    log.info("stop_requested_during_start", reason=f"{type(error).__name__}: {error}")
                    return False
                self._fail(error)
                raise
            finally:
                self._shut_down()
        return True

    def _start_all(self) -> None:
        last = load_state(self._plan.folders)
        stop_orphans(last, self._on_progress)
        parts = assemble(self._plan, last)
        stop_server_on_same_data(parts.postgres)
        self._state = _first_state(self._plan, parts)
        self._save()
        for one in parts.moved:
            detail = f"{one.part}: another program uses port {one.before}; the new port is {one.now}"
            self._on_progress(Progress(f"port of {one.part}", StepState.DONE, detail))
        ensure_key_files(self._plan.folders)
        self._start_infrastructure(parts)
        self._make_databases_and_topics(parts)
        self._migrate(parts)
        self._start_services(parts)
        log.info("stack_running", demo=self._plan.demo, services=len(parts.services))
        self._on_running()

    def _start_infrastructure(self, parts: Components) -> None:
        self._on_progress(Progress("postgres", detail="starting"))
        parts.postgres.prepare()
        self._supervisor.add(parts.postgres)
        parts.kafka.prepare(self._report_unless_stopped)
        self._on_progress(Progress("kafka", detail="starting"))
        self._supervisor.add(parts.kafka)
        both: Sequence[Component] = (parts.postgres, parts.kafka)
        late = wait_until_ready(both, INFRASTRUCTURE_SECONDS, self._give_up_on_dead_infrastructure, self._report_ready)
        if late:
            raise ComponentUnhealthy(self._why(late))

    def _make_databases_and_topics(self, parts: Components) -> None:
        self._on_progress(Progress("databases", detail="creating those that are missing"))
        asyncio.run(ensure_databases(parts.postgres.admin_url, self._plan.specs, parts.passwords))
        self._on_progress(Progress("databases", StepState.DONE, f"{len(self._plan.specs)} ready"))
        self._raise_if_stopped()
        self._on_progress(Progress("topics", detail="creating those that are missing"))
        made = asyncio.run(ensure_topics(parts.kafka.bootstrap, patience=INFRASTRUCTURE_SECONDS))
        self._on_progress(Progress("topics", StepState.DONE, f"{len(made)} new" if made else "all there"))

    def _migrate(self, parts: Components) -> None:
        total = len(parts.services)
        if not total:
            return
        done: list[str] = []

        def on_migrated(name: str) -> None:
            done.append(name)
            state = StepState.DONE if len(done) == total else StepState.RUNNING
            self._on_progress(Progress("migrations", state, name if len(done) < total else "", len(done), total))

        self._on_progress(Progress("migrations", done=0, total=total))
        migrate_all(parts.services, each_time=self._raise_if_stopped, on_done=on_migrated)

    def _start_services(self, parts: Components) -> None:
        for service in parts.services:
            self._raise_if_stopped()
            self._on_progress(Progress(service.name, detail="starting"))
            self._supervisor.add(service)
        paused = paused_services(self._plan.folders)
        for name in paused:
            self._on_progress(Progress(name, StepState.FAILED, paused_by(self._plan.folders, name) or "paused"))
        awaited = [service for service in parts.services if service.name not in paused]
        late = wait_until_ready(awaited, SERVICES_SECONDS, self._give_up_on_hopeless_services, self._report_ready)
        for name, reasons in late.items():
            self._on_progress(Progress(name, StepState.FAILED, "; ".join(reasons)))
        if self._state is not None:
            # The stack keeps running, because a late service can still become ready.
            self._state.failure = self._why(late) if late else None
            self._state.phase = Phase.RUNNING
        self._save()

    def _shut_down(self) -> None:
        if self._state is None:
            return
        if self._state.phase is not Phase.FAILED:
            self._state.phase = Phase.STOPPING
            self._save()
        self._on_progress(Progress("stop", detail="services, then Kafka, then PostgreSQL"))
        self._supervisor.stop_all()
        if self._state.phase is not Phase.FAILED:
            self._state.phase = Phase.STOPPED
            self._save()
        self._on_progress(Progress("stop", StepState.DONE, "everything has ended"))

    def _fail(self, error: Exception) -> None:
        reason = str(error) if isinstance(error, Failure) else f"{type(error).__name__}: {error}"
        log.error("start_failed", reason=reason)
        if self._state is not None:
            self._state.phase, self._state.failure = Phase.FAILED, reason
            self._save()

    def _raise_if_stopped(self) -> None:
        if self._stop.is_set():
            raise Stopped

    def _report_unless_stopped(self, news: Progress) -> None:
        self._raise_if_stopped()
        self._on_progress(news)

    def _report_ready(self, part: Component) -> None:
        self._on_progress(Progress(part.name, StepState.DONE, f"ready on port {part.port}"))

    def _give_up_on_dead_infrastructure(self) -> None:
        self._raise_if_stopped()
        for one in self._supervisor.watched:
            if one.process.poll() is not None:
                raise ComponentUnhealthy(self._why({one.part.name: [f"ended with status {one.process.returncode}"]}))

    def _give_up_on_hopeless_services(self) -> None:
        self._raise_if_stopped()
        self._supervisor.tick()
        for one in self._supervisor.watched:
            if one.restarts.count >= DEATHS_AT_START:
                raise ComponentUnhealthy(
                    self._why({one.part.name: [f"died {one.restarts.count} times while starting"]})
                )

    def _why(self, late: dict[str, list[str]]) -> str:
        logs = {name: self._plan.folders.log(name) for name in late}
        return "\n".join(
            f"{name} is not ready: {'; '.join(reasons)}. The end of {logs[name]}:\n{last_lines(logs[name])}"
            for name, reasons in late.items()
        )

    def _save(self) -> None:
        if self._state is not None:
            # A component that has ended keeps its port in the file, so that the next start can use it again.
            now = {part.name: part for part in self._supervisor.states()}
            before = {part.name: part.model_copy(update={"process": None}) for part in self._state.parts}
            self._state.parts = list((before | now).values())
            self._state.save(self._plan.folders)


def _first_state(plan: StackPlan, parts: Components) -> StackState:
    return StackState(
        supervisor=ProcessIdentity.of(os.getpid()),
        demo=plan.demo,
        started_at=datetime.now(UTC),
        kafka_port=parts.kafka.port,
        controller_port=parts.kafka.controller_port,
        postgres_port=parts.postgres.port,
        ports=dict(parts.ports),
    )


@contextmanager
def sole_supervisor(folders: Folders) -> Iterator[Path]:
    """Lock the folder, or raise AlreadyRunning. If the process is killed, the kernel releases the lock."""
    with folders.lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(
                f"a stack already runs in {folders.root}; see `enrollctl status`, stop it with `enrollctl down`"
            ) from None
        yield folders.lock
