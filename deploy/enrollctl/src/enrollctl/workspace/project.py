"""Finds the stack's folder for a command: `.local` of the project that contains the current folder."""

from pathlib import Path

from enrollctl.errors import WrongUse
from enrollctl.workspace.folders import Folders

STACK = ".local"
#: A folder with one of these files is a project. The first file is in every checkout. The second file is in a folder in
#: which a stack was started.
MARKS = ("deploy/enrollctl/pyproject.toml", f"{STACK}/stack.json")


def stack_folders(here: Path) -> Folders:
    """`.local` of the project that contains `here`. Raises WrongUse if `here` is outside every project."""
    for folder in (here, *here.parents):
        if any((folder / mark).exists() for mark in MARKS):
            return Folders(folder / STACK)
    raise WrongUse(
        f"{here} is not in a folder of the project. Go there (cd), or name the stack's folder: "
        "enrollctl --dir PROJECT/.local …"
    )
