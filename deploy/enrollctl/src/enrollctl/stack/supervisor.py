"""Keeps components running: restarts components that die, and stops all components in a fixed order."""

import math
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Container, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from enrollctl.processes import processes
from enrollctl.processes.component import Component
from enrollctl.processes.processes import ProcessIdentity
from enrollctl.stack.orphan_processes import STOP_ORDER
from enrollctl.stack.restarts import Restarts
from enrollctl.stack.state import ComponentState

log = structlog.get_logger(__name__)

TICK_SECONDS = 0.2


@dataclass
class Watched:
    """A component under supervision.

    `due`: the time of the component's next start, by the monotonic clock. `due` is None while the component runs, and
    infinite while the component is paused.
    """

    part: Component
    process: subprocess.Popen[bytes]
    identity: ProcessIdentity
    since: float
    restarts: Restarts = field(default_factory=Restarts)
    due: float | None = None

    def state(self) -> ComponentState:
        part = self.part
        alive = self.identity if self.due is None else None
        return ComponentState(
            name=part.name, kind=part.kind, port=part.port, process=alive, restarts=self.restarts.count
        )


class Supervisor:
    """Owns the processes. `changed` is called after every start, pause and death, to update the state file."""

    def __init__(self, changed: Callable[[], None], paused: Callable[[], Container[str]] = frozenset) -> None:
        """`paused` returns the names of the paused components, which must not run."""
        self._changed = changed
        self._paused = paused
        self.watched: list[Watched] = []

    def states(self) -> list[ComponentState]:
        return [one.state() for one in self.watched]

    def add(self, part: Component) -> Watched:
        process = part.launch()
        watched = Watched(part, process, _identity(process), time.monotonic())
        self.watched.append(watched)
        self._changed()
        return watched

    def tick(self) -> None:
        """Notice deaths, start components that are due, stop paused components."""
        now, paused = time.monotonic(), self._paused()
        self._keep_down([one for one in self.watched if one.part.name in paused])
        for one in self.watched:
            if one.part.name in paused:
                continue
            if one.due == math.inf:
                one.due = now
            if one.due is None and one.process.poll() is not None:
                self._record_death(one, now)
            if one.due is not None and now >= one.due:
                self._start_again(one, now)

    def watch(self, stop: threading.Event) -> None:
        while not stop.wait(TICK_SECONDS):
            self.tick()

    def stop_all(self) -> None:
        """Stop all services together, then Kafka, then PostgreSQL, because a service needs both while it stops."""
        for kind in STOP_ORDER:
            _stop_together([one for one in self.watched if one.part.kind == kind and one.due is None])
            self.watched = [one for one in self.watched if one.part.kind != kind]
            self._changed()

    def _keep_down(self, paused: list[Watched]) -> None:
        running = [one for one in paused if one.due is None]
        _stop_together(running)
        for one in running:
            log.info("component_paused", part=one.part.name)
        changed = [one for one in paused if one.due != math.inf]
        for one in changed:
            one.due = math.inf
        if changed:
            self._changed()

    def _record_death(self, one: Watched, now: float) -> None:
        delay = one.restarts.delay_after(now - one.since)
        one.due = now + delay
        log.warning("component_died", part=one.part.name, status=one.process.returncode, starts_again_in_seconds=delay)
        self._changed()

    def _start_again(self, one: Watched, now: float) -> None:
        one.process = one.part.launch()
        one.identity = _identity(one.process)
        one.since, one.due = now, None
        log.info("component_restarted", part=one.part.name, pid=one.process.pid, restarts=one.restarts.count)
        self._changed()


def wait_until_ready(
    parts: Iterable[Component], seconds: float, each_time: Callable[[], None], ready: Callable[[Component], None]
) -> dict[str, list[str]]:
    """Wait for all components. Returns name → reasons for each component that is not ready in time.

    `each_time` runs between checks, and can raise an error to end the wait. `ready` is called when a component becomes
    ready.
    """
    waiting = list(parts)
    deadline = time.monotonic() + seconds
    while True:
        reasons = {part.name: part.reasons_not_ready() for part in waiting}
        for part in [one for one in waiting if not reasons[one.name]]:
            waiting.remove(part)
            ready(part)
        if not waiting or time.monotonic() > deadline:
            return {part.name: reasons[part.name] for part in waiting}
        each_time()
        time.sleep(0.1)


def _identity(process: subprocess.Popen[bytes]) -> ProcessIdentity:
    return ProcessIdentity.of(process.pid, [str(word) for word in _words(process.args)])


def _words(arguments: object) -> Sequence[object]:
    return arguments if isinstance(arguments, list) else [arguments]


def _stop_together(group: list[Watched]) -> None:
    _signal(group, lambda one: one.part.stopping.polite)
    started = time.monotonic()
    for one in group:
        processes.wait_for_exit(one.process, max(0.0, started + one.part.stopping.grace - time.monotonic()))
    for insisting in (lambda one: one.part.stopping.last, lambda _: signal.SIGKILL):
        stubborn = [one for one in group if one.process.poll() is None]
        for one in stubborn:
            log.warning("component_did_not_stop", part=one.part.name, pid=one.process.pid)
        _signal(stubborn, insisting)
        for one in stubborn:
            processes.wait_for_exit(one.process, 10)


def _signal(group: list[Watched], which: Callable[[Watched], signal.Signals]) -> None:
    for one in group:
        with suppress(ProcessLookupError):
            one.process.send_signal(which(one))
