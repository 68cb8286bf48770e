"""Counts the rows in a service's database, and the rows that a rebuild could not bring back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg

from chassis.sql import pending
from enrollctl.backup.manifest import Manifest
from enrollctl.backup.table_recovery import CHASSIS, NO_DATA, SERVICES
from enrollctl.errors import ComponentUnhealthy
from enrollctl.stack.services import ServiceSpec

CONNECT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Holdings:
    """The number of rows of each table. `behind` names the packages whose tables are older than the code."""

    rows: Mapping[str, int]
    behind: list[str] = field(default_factory=list)

    @property
    def data(self) -> dict[str, int]:
        """The tables that have rows, without the tables of NO_DATA, which have rows even in a new database."""
        return {name: count for name, count in self.rows.items() if count and name not in NO_DATA}


async def holdings(url: str, spec: ServiceSpec) -> Holdings | None:
    """Count the rows of the database. Returns None if the database does not exist or cannot be read.

    Raises ComponentUnhealthy if the server does not answer.
    """
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError) as error:
        raise ComponentUnhealthy(
            f"PostgreSQL does not answer ({type(error).__name__}), so the state of {spec.database} is unknown; "
            "see `enrollctl status`"
        ) from error
    except asyncpg.PostgresError:
        return None
    try:
        rows = await _rows(connection)
    except asyncpg.PostgresError:
        return None
    finally:
        await connection.close()
    return Holdings(rows, await _behind(url, spec))


async def commands_since(url: str, since: datetime) -> int:
    """The number of commands after `since`, without the commands of enrollctl. 0 if the database cannot be read."""
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    except (OSError, asyncpg.PostgresError):
        return 0
    try:
        return int(
            await connection.fetchval("SELECT count(*) FROM audit_log WHERE at > $1 AND account <> 'enrollctl'", since)
        )
    except asyncpg.PostgresError:
        return 0
    finally:
        await connection.close()


def lost_without_backup(spec: ServiceSpec, found: Holdings) -> dict[str, int]:
    """Tables that topics cannot bring back, with their numbers of rows. All tables if the service reads no topics."""
    if spec.name not in SERVICES:
        return found.data
    owned = SERVICES[spec.name].from_backup | CHASSIS.from_backup
    return {name: count for name, count in found.data.items() if name in owned}


def partly_lost_without_backup(spec: ServiceSpec, found: Holdings) -> dict[str, int]:
    """Tables that topics bring back only in part (some columns or rows), with their numbers of rows."""
    if spec.name not in SERVICES:
        return {}
    parts = SERVICES[spec.name].in_part | CHASSIS.in_part
    return {name: count for name, count in found.data.items() if name in parts}


def refusal(spec: ServiceSpec, found: Holdings, manifest: Manifest | None, commands: int) -> str:
    """The message that refuses to rebuild a database with data: the data that would be lost, and how to go on."""
    lines = [f"{spec.name} is not lost: its database {spec.database} answers and holds {_listed(found.data)}."]
    if found.behind:
        lines.append(f"Its tables are older than the code: run `enrollctl migrate {spec.name}`.")
    if manifest is None:
        lost, partly = lost_without_backup(spec, found), partly_lost_without_backup(spec, found)
        lines += [f"Without --backup these rows do not come back: {_listed(lost)}."] if lost else []
        lines += [f"These come back only in part: {_listed(partly)}."] if partly else []
    else:
        lines.append(
            f"With the backup of {manifest.made_at:%Y-%m-%d %H:%M} UTC, commands since then are lost: {commands:,}."
        )
    lines.append(
        f"Nothing was changed. To rebuild anyway: --yes. The current database is kept, and "
        f"`enrollctl databases bring-back {spec.name}` puts it back."
    )
    return "\n".join(lines)


def _listed(rows: Mapping[str, int]) -> str:
    ordered = sorted(rows.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in ordered) or "nothing"


async def _rows(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, int]:
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    names = [name for (name,) in tables if not name.startswith("alembic_")]
    # The names of the tables come from PostgreSQL's catalog, so they can be part of the statement.
    return {name: await connection.fetchval(f'SELECT count(*) FROM "{name}"') for name in names}  # noqa: S608


async def _behind(url: str, spec: ServiceSpec) -> list[str]:
    if not spec.uses_kafka or spec.program[0] != "-m":
        return []
    return await pending(url, ["chassis", spec.program[1]])
