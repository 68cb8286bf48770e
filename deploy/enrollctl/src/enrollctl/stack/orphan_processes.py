"""Orphan processes: components that a killed supervisor left running.

`stop_orphans` stops a process only if its pid, its start time and its command are those in the state file.
"""

import psutil

from enrollctl.embedded.postgres import Postgres
from enrollctl.processes import processes
from enrollctl.processes.component import STOPPINGS
from enrollctl.stack.state import ComponentState, StackState
from enrollctl.terminal.progress import Progress, ProgressCallback, StepState

STOP_ORDER = ("service", "kafka", "postgres")


def orphans(state: StackState) -> list[tuple[ComponentState, psutil.Process]]:
    """Components of `state` that still run, in the order in which they must be stopped.

    They are orphans only if the supervisor has ended. The caller must check this with `state.is_live()`.
    """
    found = []
    for part in sorted(state.parts, key=lambda one: STOP_ORDER.index(one.kind)):
        process = part.process.find() if part.process else None
        if process is not None:
            found.append((part, process))
    return found


def stop_orphans(state: StackState | None, on_progress: ProgressCallback) -> int:
    """Stop all orphan processes and return their number. Does nothing while the supervisor runs."""
    found = orphans(state) if state is not None and not state.is_live() else []
    for part, process in found:
        on_progress(
            Progress("leftovers", detail=f"stopping {part.name} (pid {process.pid}) of a start that was killed")
        )
        how = STOPPINGS[part.kind]
        processes.end(process, polite=how.polite, grace=how.grace, last=how.last)
    if found:
        on_progress(Progress("leftovers", StepState.DONE, f"{len(found)} stopped"))
    return len(found)


def stop_server_on_same_data(postgres: Postgres) -> None:
    """Stop a PostgreSQL of an earlier start that still uses the data folder.

    Its process is found by the pid file in the data folder, so it need not be in the state file.
    """
    if (server := postgres.server()) is not None:
        how = postgres.stopping
        processes.end(server, polite=how.polite, grace=how.grace, last=how.last)
