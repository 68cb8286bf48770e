"""Which stack a command is for: that of the project in whose folders it is typed."""

from pathlib import Path

from enrollctl.errors import WrongUse
from enrollctl.folders import Folders

STACK = ".local"
#: A checkout is known by this file, a folder where a stack was started by that one.
MARKS = ("deploy/enrollctl/pyproject.toml", f"{STACK}/stack.json")


def stack_folders(here: Path) -> Folders:
    """`.local` of the project above `here`. Raises WrongUse outside of any."""
    for folder in (here, *here.parents):
        if any((folder / mark).exists() for mark in MARKS):
            return Folders(folder / STACK)
    raise WrongUse(
        f"{here} is not in a folder of the project. Go there (cd), or name the stack's folder: "
        "enrollctl --dir PROJECT/.local …"
    )
