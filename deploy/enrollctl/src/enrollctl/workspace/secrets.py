"""Passwords of a local stack's databases, created once and stored beside the data."""

import secrets
from collections.abc import Iterable

from enrollctl.workspace.files import read_json, write_json
from enrollctl.workspace.folders import Folders

Passwords = dict[str, str]


def passwords(folders: Folders, superuser: str, roles: Iterable[str]) -> Passwords:
    """Role → password. Missing passwords are created.

    New passwords are hexadecimal, because hexadecimal characters need no quoting in a DSN or in SQL.
    """
    known: Passwords = read_json(folders.secrets) or {}
    missing = [role for role in (superuser, *roles) if role not in known]
    if missing:
        known |= {role: secrets.token_hex(24) for role in missing}
        write_json(folders.secrets, known)
    return known
