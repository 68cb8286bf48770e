"""Components that the supervisor must keep stopped while their database is exchanged, even if the stack restarts."""

import os
import time
from collections.abc import Iterable

from enrollctl.errors import ComponentUnhealthy
from enrollctl.processes.readiness import reasons_not_ready
from enrollctl.stack.state import load_state
from enrollctl.workspace.files import write_private
from enrollctl.workspace.folders import Folders

PATIENCE_S = 60.0


def paused_services(folders: Folders) -> set[str]:
    """The names of the paused components.

    Each paused component has a file with its name. The files are not opened, because another process can delete a file
    meanwhile. A file whose name begins with a dot is still being written.
    """
    try:
        return {name for name in os.listdir(folders.paused) if not name.startswith(".")}
    except FileNotFoundError:
        return set()


def pause(folders: Folders, names: Iterable[str], reason: str) -> list[str]:
    """Pause the components, wait until they have stopped, and return their names.

    Components that are not in the stack are left out. Raises ComponentUnhealthy if a component does not stop in time.
    """
    state = load_state(folders)
    parts = {part.name for part in state.parts} if state is not None else set()
    chosen = [name for name in names if name in parts]
    for name in chosen:
        write_private(folders.paused / name, reason)
    deadline = time.monotonic() + PATIENCE_S
    while running := [name for name in chosen if _runs(folders, name)]:
        if time.monotonic() > deadline:
            raise ComponentUnhealthy(f"{', '.join(running)} did not stop; see the logs")
        time.sleep(0.1)
    return chosen


def reason_of(folders: Folders, name: str) -> str | None:
    """The reason why a component is paused; None if it is not paused."""
    try:
        return (folders.paused / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


#: A command that was killed leaves its component paused. First word of the pause reason → what the operator can do.
WAYS_ON = {
    "rebuild": "run it again, or take it back: `enrollctl databases bring-back {name}`",
    "bring-back": "run it again: `enrollctl databases bring-back {name}`",
    "restore": "run it again with the same folder",
}


def paused_by(folders: Folders, name: str) -> str | None:
    """A sentence that says which command paused the component, and what to do if this command was killed.

    None if the component is not paused.
    """
    reason = reason_of(folders, name)
    if reason is None:
        return None
    way_on = WAYS_ON.get(reason.split()[0], "run that command again") if reason else "run that command again"
    return f"paused by a {reason}. If that command no longer runs, {way_on.format(name=name)}"


def resume(folders: Folders, names: Iterable[str]) -> None:
    for name in names:
        (folders.paused / name).unlink(missing_ok=True)


def release(folders: Folders, names: Iterable[str], *, seconds: float = 2 * PATIENCE_S) -> None:
    """Start paused components again. Raises ComponentUnhealthy if they are not ready within `seconds`."""
    chosen = list(names)
    resume(folders, chosen)
    deadline = time.monotonic() + seconds
    for name in chosen:
        while reasons := _reasons(folders, name):
            if time.monotonic() > deadline:
                raise ComponentUnhealthy(f"{name} is not ready: {'; '.join(reasons)}; see {folders.log(name)}")
            time.sleep(0.1)


def _runs(folders: Folders, name: str) -> bool:
    state = load_state(folders)
    part = state.part(name) if state is not None else None
    return part is not None and part.process is not None and part.process.find() is not None


def _reasons(folders: Folders, name: str) -> list[str]:
    state = load_state(folders)
    part = state.part(name) if state is not None else None
    if part is None or part.process is None or part.url is None:
        return ["down"]
    return reasons_not_ready(part.url)
