"""Checks whether a database is at the head of its migrations, without Alembic.

A running service only compares revisions. Loading Alembic for this would cost 10 MB and a third of a second.
"""

import importlib.util
import re
from pathlib import Path

import asyncpg

from chassis.sql.connection import Connection

REVISION = re.compile(r'^revision = "(\w+)"', re.MULTILINE)
DOWN_REVISION = re.compile(r'^down_revision = "(\w+)"', re.MULTILINE)


def migrations_of(package: str) -> Path:
    """`migrations/` beside the package's `src/`, or inside the package if it was installed as a wheel."""
    found = importlib.util.find_spec(package)
    assert found is not None
    assert found.origin is not None
    home = Path(found.origin).parent
    places = (home / "migrations", home.parents[1] / "migrations")
    place = next((p for p in places if p.is_dir()), None)
    if place is None:
        raise FileNotFoundError(f"no migrations of {package} in {places[0]} or {places[1]}")
    return place


def head_of(package: str) -> str:
    """The revision that no other one builds on. Raises ValueError unless there is exactly one."""
    texts = [path.read_text() for path in (migrations_of(package) / "versions").glob("*.py")]
    revisions = {word for text in texts for word in REVISION.findall(text)}
    heads = revisions - {word for text in texts for word in DOWN_REVISION.findall(text)}
    if len(heads) != 1:
        raise ValueError(f"migrations of {package} have {len(heads)} heads, not one")
    [head] = heads
    return str(head)


def version_table(package: str) -> str:
    return f"alembic_version_{package}"


async def pending(database_url: str, packages: list[str]) -> list[str]:
    """Packages whose tables are not at their head."""
    connection = await asyncpg.connect(database_url, timeout=5)
    try:
        return [p for p in packages if await _revision(connection, p) != head_of(p)]
    finally:
        await connection.close()


async def _revision(connection: Connection, package: str) -> str | None:
    try:
        found: str | None = await connection.fetchval(f"SELECT version_num FROM {version_table(package)}")  # noqa: S608
    except asyncpg.UndefinedTableError:
        return None
    return found
