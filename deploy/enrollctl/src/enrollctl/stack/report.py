"""The current state of a component."""

from dataclasses import dataclass, field

import psutil

from enrollctl.processes.ports import is_open
from enrollctl.processes.readiness import Readiness, readiness
from enrollctl.stack.state import ComponentState


@dataclass(frozen=True, slots=True)
class ComponentReport:
    """`reasons`: why the component is not ready. `notes`: what waits for an operator, such as held records.

    `memory_mb` counts the process and its children.
    """

    name: str
    kind: str
    pid: int | None
    port: int
    ready: bool
    reasons: list[str]
    restarts: int
    memory_mb: float | None
    notes: list[str] = field(default_factory=list)


def component_report(part: ComponentState, pause_reason: str | None = None) -> ComponentReport:
    """Look for the process and test whether it is ready. `pause_reason`: why the component is paused; None if not."""
    process = part.process.find() if part.process else None
    state = Readiness([pause_reason or "down"]) if process is None else _readiness(part)
    return ComponentReport(
        part.name,
        part.kind,
        process.pid if process else None,
        part.port,
        not state.reasons,
        state.reasons,
        part.restarts,
        _memory_mb(process) if process else None,
        state.notes,
    )


def _readiness(part: ComponentState) -> Readiness:
    if part.url:
        return readiness(part.url)
    return Readiness([] if is_open(part.port) else [f"no process listens on port {part.port}"])


def _memory_mb(process: psutil.Process) -> float | None:
    try:
        children = process.children(recursive=True)
        total = sum(map(_share, (process, *children))) if children else process.memory_info().rss
    except psutil.Error:
        return None
    return round(total / 2**20, 1)


def _share(process: psutil.Process) -> int:
    # PostgreSQL's processes share most of their memory. The resident size of each process counts all shared memory. The
    # proportional size (pss) counts only the part that falls to the process.
    try:
        memory = process.memory_full_info()
        return int(getattr(memory, "pss", memory.uss))
    except psutil.NoSuchProcess:
        return 0
