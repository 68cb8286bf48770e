"""Runs PostgreSQL as `nobody` if root starts the stack, because PostgreSQL refuses to run as root.

`nobody` must reach PostgreSQL's files. If a folder above these files is closed to `nobody`, all accounts get the
permission to pass through this folder. Example: the checkout is under /root. Accounts other than root still cannot list
the folder. They can open a file in it only if they know the file's name and the file itself permits reading.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

PASS_THROUGH = stat.S_IXOTH
READ_AND_PASS = stat.S_IROTH | stat.S_IXOTH


@dataclass(frozen=True, slots=True)
class Account:
    """The account that runs a process. None = the account that started enrollctl."""

    user: int | None = None
    group: int | None = None

    def own(self, path: Path) -> None:
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)


def account() -> Account:
    """`nobody` if root runs enrollctl, else the current account."""
    if os.geteuid() != 0:
        return Account()
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def open_parents(path: Path) -> list[Path]:
    """Let all accounts pass through the folders above `path`; returns the folders that were changed."""
    changed = []
    for folder in reversed(path.resolve().parents):
        mode = folder.stat().st_mode
        if not mode & PASS_THROUGH:
            folder.chmod(mode | PASS_THROUGH)
            changed.append(folder)
    return changed


def open_program(folder: Path) -> None:
    """Let all accounts read and run a program, because under umask 077 pip installs it for one account only."""
    if (folder / "bin" / "postgres").stat().st_mode & READ_AND_PASS == READ_AND_PASS:
        return
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        path.chmod(mode | (READ_AND_PASS if mode & stat.S_IXUSR else stat.S_IROTH))
