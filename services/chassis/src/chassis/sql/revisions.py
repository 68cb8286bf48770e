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
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    package_folder = Path(spec.origin).parent
    folders = (package_folder / "migrations", package_folder.parents[1] / "migrations")
    folder = next((f for f in folders if f.is_dir()), None)
    if folder is None:
        raise FileNotFoundError(f"no migrations of {package} in {folders[0]} or {folders[1]}")
    return folder


def head_of(package: str) -> str:
    """The revision that no other revision has as `down_revision`. Raises ValueError unless there is exactly one."""
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
    """The packages whose tables lack a migration, or have a migration that this release does not know."""
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
