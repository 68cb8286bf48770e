"""Starts the stack of a benchmark: the services of a local stack, with the servers' settings that a benchmark needs."""

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import structlog

from chassis.system import configure_logs
from enrollctl.demo.inputs.plan import MADE_ROSTER_DAY, Plan
from enrollctl.errors import Failure
from enrollctl.stack.stack import Stack
from enrollctl.stack.stack_plan import StackPlan
from enrollctl.stack.startup import Startup
from enrollctl.terminal.progress import no_progress
from enrollctl.workspace.clock import set_business_clock
from enrollctl.workspace.folders import Folders

#: Some of the opponents (the programs with which the stack is compared) expect that the broker creates a topic when it
#: receives the first record of the topic.
KAFKA_SETTINGS = {"auto.create.topics.enable": "true"}
#: The latency of an event's hop from one service to the next is the difference of two commit times, so PostgreSQL must
#: store commit times. Logged statements must contain no parameters.
POSTGRES_SETTINGS = {
    "track_commit_timestamp": "on",
    "log_line_prefix": "[%p] %d ",
    "log_parameter_max_length": "0",
}


@contextmanager
def benchmark_stack(root: Path, postgres_settings: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """A running stack. Its supervisor is a thread of this process; SIGTERM ends this process as Ctrl-C does.

    `postgres_settings`: settings of PostgreSQL that only this benchmark needs.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folders = Folders(root.resolve())
    folders.make()
    set_business_clock(folders, Plan(Path(), Path(), MADE_ROSTER_DAY, "", "").opens_at)
    settings = POSTGRES_SETTINGS | dict(postgres_settings or {})
    plan = StackPlan(folders, demo=True, kafka_settings=KAFKA_SETTINGS, postgres_settings=settings)
    stop, started = threading.Event(), threading.Event()
    failures: list[Exception] = []

    def supervise() -> None:
        try:
            Startup(plan, no_progress, stop, started.set).run()
        except Exception as error:
            failures.append(error)
        finally:
            started.set()

    with folders.log("supervisor").open("a", encoding="utf-8") as log:
        configure_logs("enrollctl")
        structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=log))
        supervisor = threading.Thread(target=supervise)
        supervisor.start()
        try:
            started.wait()
            if failures:
                raise failures[0]
            stack = Stack(folders)
            if failure := stack.state().failure:
                raise Failure(failure)
            yield stack
        finally:
            stop.set()
            supervisor.join()
