"""Rows of `audit_log` and blocks of `audit_chain`, as the sealer and the check read them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chassis.sql import Connection, Statement

#: Times are read as texts. Somebody has possibly written a value that `datetime` cannot hold, such as infinity. The
#: check has to read this value, too.
TIME = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


class AuditRow(NamedTuple):
    """A row of the audit log. `detail`: the text that PostgreSQL makes from the jsonb."""

    id: int
    at: str
    account: str
    role: str
    scope_id: str | None
    command_id: str
    name: str
    subject: str
    detail: str
    address: str | None
    actor_sealed: bytes | None


class Block(NamedTuple):
    """A block of the chain. It contains every row whose id is above `after_id` and not above `up_to_id`.

    `row_hashes` and `name_digests` have the order of `row_ids`. `seal`: the keyed digest of `hash`, which shows that
    the service wrote the block.
    """

    position: int
    after_id: int
    up_to_id: int
    row_ids: list[int]
    row_hashes: list[bytes]
    name_digests: list[str | None]
    sealed_at: str
    previous_hash: bytes
    hash: bytes
    seal: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last block of a service's chain. A copy of a head can be kept outside the database."""

    service: str
    position: int
    up_to_id: int
    hash: str
    sealed_at: str

    @classmethod
    def of(cls, service: str, block: Block) -> "Head":
        return cls(service, block.position, block.up_to_id, block.hash.hex(), block.sealed_at)


# The columns are not taken from `chassis.tables`, because every process would then have to load SQLAlchemy.
_ROW_SQL = {
    "at": TIME.format("at"),
    "scope_id": "scope_id::text",
    "command_id": "command_id::text",
    "detail": "detail::text",
}
_ROW_COLUMNS = ", ".join(f"{_ROW_SQL.get(name, name)} AS {name}" for name in AuditRow._fields)
_BLOCK_SQL = {"sealed_at": TIME.format("sealed_at")}
_BLOCK_COLUMNS = ", ".join(f"{_BLOCK_SQL.get(name, name)} AS {name}" for name in Block._fields)

ROWS = Statement(
    """SELECT {columns} FROM audit_log WHERE id > :after_id AND id <= :up_to_id ORDER BY id LIMIT :rows""",
    columns=_ROW_COLUMNS,
)
BLOCKS = Statement(
    """SELECT {columns} FROM audit_chain WHERE position > :after ORDER BY position LIMIT :blocks""",
    columns=_BLOCK_COLUMNS,
)
#: The rows with one of the command ids, and the rows whose subject, or a value of whose details, is one of `texts`.
ABOUT = Statement(
    """SELECT {columns} FROM audit_log
       WHERE (:since::timestamptz IS NULL OR at >= :since)
         AND (command_id = ANY(:command_ids) OR subject = ANY(:texts)
              OR EXISTS (SELECT FROM jsonb_each_text(CASE jsonb_typeof(detail) WHEN 'object' THEN detail ELSE '{}' END)
                         WHERE value = ANY(:texts)))
       ORDER BY id""",
    columns=_ROW_COLUMNS,
)
BEFORE = Statement("SELECT coalesce(max(position), 0) FROM audit_chain WHERE up_to_id < :row_id")
LAST = Statement("""SELECT {columns} FROM audit_chain ORDER BY position DESC LIMIT 1""", columns=_BLOCK_COLUMNS)
NOW = Statement("SELECT {now}", now=TIME.format("clock_timestamp()"))
ADD = Statement(
    """INSERT INTO audit_chain (position, after_id, up_to_id, row_ids, row_hashes, name_digests, sealed_at,
                                previous_hash, hash, seal)
       VALUES (:position, :after_id, :up_to_id, :row_ids, :row_hashes, :name_digests, (:sealed_at::text)::timestamptz,
               :previous_hash, :hash, :seal)"""
)


async def rows_between(connection: Connection, after_id: int, up_to_id: int, rows: int | None = None) -> list[AuditRow]:
    """The rows whose id is above `after_id` and not above `up_to_id`, in the order of their ids; at most `rows`."""
    return [AuditRow(*row) for row in await ROWS.fetch(connection, after_id=after_id, up_to_id=up_to_id, rows=rows)]


async def rows_about(
    connection: Connection, command_ids: Iterable[UUID], texts: Iterable[str], since: datetime | None
) -> list[AuditRow]:
    """The rows with one of the command ids, and the rows whose subject, or a value of whose details, is in `texts`.

    The rows have the order of their ids. Reads the whole table from `since` on, because no index has these columns.
    """
    found = await ABOUT.fetch(connection, command_ids=list(command_ids), texts=list(texts), since=since)
    return [AuditRow(*row) for row in found]


async def position_before(connection: Connection, row_id: int) -> int:
    """The position of the last block that ends before the row; 0 if there is none."""
    return int(await BEFORE.fetchval(connection, row_id=row_id))


async def blocks_after(connection: Connection, position: int, blocks: int) -> list[Block]:
    return [Block(*row) for row in await BLOCKS.fetch(connection, after=position, blocks=blocks)]


async def last_block(connection: Connection) -> Block | None:
    row = await LAST.fetchrow(connection)
    return None if row is None else Block(*row)


async def time_now(connection: Connection) -> str:
    """The time by the database's clock."""
    return str(await NOW.fetchval(connection))


async def add(connection: Connection, block: Block) -> None:
    """Write the block. Raises asyncpg's UniqueViolationError if the position is taken."""
    await ADD.execute(connection, block)
