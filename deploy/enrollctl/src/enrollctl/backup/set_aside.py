"""Finds the databases that the commands `rebuild`, `restore` and `bring-back` have set aside.

The names and comments of these databases say which command has set them aside, and when.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
from pydantic import BaseModel, ValidationError

from enrollctl.backup.manifest import Offsets
from enrollctl.stack.services import SERVICES, ServiceSpec

#: A name with only `before` comes from a restore. Earlier versions of enrollctl wrote `lost` for a rebuild.
NAME = re.compile(
    r"(?P<database>\w+?)_(?P<why>lost|before_rebuild|before_bring_back|before)_(?P<time>[0-9]{14})(?:[0-9]{6})?"
)
REASONS = {"lost": "rebuild", "before_rebuild": "rebuild", "before_bring_back": "bring-back", "before": "restore"}


class Note(BaseModel):
    """Why and when a database was set aside, and the topic positions at that time.

    A bring-back reads the topics from these positions on. A restore stores no positions, because the databases that it
    sets aside cannot be brought back.
    """

    service: str
    reason: str
    at: datetime
    group_offsets: Offsets = {}
    own_ends: Offsets = {}


@dataclass(frozen=True, slots=True)
class SetAside:
    """A database that was set aside. `note` is None if an earlier version of enrollctl has set it aside."""

    name: str
    service: str
    reason: str
    at: datetime
    bytes: int
    note: Note | None


async def set_aside(admin_url: str, specs: tuple[ServiceSpec, ...] = SERVICES) -> list[SetAside]:
    """All databases that were set aside, the newest first."""
    connection = await asyncpg.connect(admin_url)
    try:
        rows = await connection.fetch(
            """SELECT datname, pg_database_size(oid) AS bytes, shobj_description(oid, 'pg_database') AS note
               FROM pg_database WHERE NOT datistemplate"""
        )
    finally:
        await connection.close()
    services = {spec.database: spec.name for spec in specs}
    found = [one for row in rows if (one := _recognized(row, services)) is not None]
    return sorted(found, key=lambda one: (one.at, one.name), reverse=True)


async def comment_of(admin_url: str, name: str) -> str | None:
    """The comment on a database; None if it has no comment or does not exist."""
    connection = await asyncpg.connect(admin_url)
    try:
        found: str | None = await connection.fetchval(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1", name
        )
    finally:
        await connection.close()
    return found


async def unfinished_databases(admin_url: str, spec: ServiceSpec) -> list[str]:
    """The unfinished databases of the service, which a killed rebuild, bring-back or restore has left."""
    connection = await asyncpg.connect(admin_url)
    try:
        rows = await connection.fetch("SELECT datname FROM pg_database WHERE starts_with(datname, $1)", new_name(spec))
    finally:
        await connection.close()
    return [name for (name,) in rows]


def new_name(spec: ServiceSpec) -> str:
    """The prefix of the names of databases that are still being made."""
    return f"{spec.database}_new"


def _recognized(row: asyncpg.Record, services: dict[str, str]) -> SetAside | None:
    match = NAME.fullmatch(row["datname"])
    if match is None or match["database"] not in services:
        return None
    try:
        note = Note.model_validate_json(row["note"] or "")
    except ValidationError:
        note = None
    at = note.at if note else datetime.strptime(match["time"], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return SetAside(row["datname"], services[match["database"]], REASONS[match["why"]], at, row["bytes"], note)
