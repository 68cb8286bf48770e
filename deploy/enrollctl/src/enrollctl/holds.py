"""Parts that the supervisor must not run: held while their database is exchanged, also over a start of the stack."""

import os
import time
from collections.abc import Iterable

from enrollctl.errors import PartUnhealthy
from enrollctl.files import write_private
from enrollctl.folders import Folders
from enrollctl.services import reasons_not_ready
from enrollctl.state import load_state

PATIENCE_S = 60.0


def held(folders: Folders) -> set[str]:
    """Names only: a file may be gone, or be half made under a name with a dot, by the time that it would be read."""
    try:
        return {name for name in os.listdir(folders.held) if not name.startswith(".")}
    except FileNotFoundError:
        return set()


def hold(folders: Folders, names: Iterable[str], reason: str) -> list[str]:
    """Have them stopped and kept down; returns those that this stack runs. Raises PartUnhealthy."""
    state = load_state(folders)
    parts = {part.name for part in state.parts} if state is not None else set()
    wanted = [name for name in names if name in parts]
    for name in wanted:
        write_private(folders.held / name, reason)
    deadline = time.monotonic() + PATIENCE_S
    while running := [name for name in wanted if _runs(folders, name)]:
        if time.monotonic() > deadline:
            raise PartUnhealthy(f"{', '.join(running)} did not stop; see the logs")
        time.sleep(0.1)
    return wanted


def reason_of(folders: Folders, name: str) -> str | None:
    """Why a part is held; None where it is not."""
    try:
        return (folders.held / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


#: How a command that holds a part is run again, or taken back, where it was killed.
WAYS_ON = {
    "rebuild": "run it again, or take it back: `enrollctl databases bring-back {name}`",
    "bring-back": "run it again: `enrollctl databases bring-back {name}`",
    "restore": "run it again with the same folder",
}


def held_by(folders: Folders, name: str) -> str | None:
    """What keeps a part down, and what to do where that command runs no more; None where nothing does."""
    reason = reason_of(folders, name)
    if reason is None:
        return None
    way_on = WAYS_ON.get(reason.split()[0], "run that command again") if reason else "run that command again"
    return f"held by a {reason}. If that command runs no more, {way_on.format(name=name)}"


def let_go(folders: Folders, names: Iterable[str]) -> None:
    for name in names:
        (folders.held / name).unlink(missing_ok=True)


def release(folders: Folders, names: Iterable[str], *, seconds: float = 2 * PATIENCE_S) -> None:
    """Have them run again, and wait until they are ready. Raises PartUnhealthy."""
    wanted = list(names)
    let_go(folders, wanted)
    deadline = time.monotonic() + seconds
    for name in wanted:
        while reasons := _reasons(folders, name):
            if time.monotonic() > deadline:
                raise PartUnhealthy(f"{name} is not ready: {'; '.join(reasons)}; see {folders.log(name)}")
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
