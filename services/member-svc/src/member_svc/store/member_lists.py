"""The member list as screens read it, whole or by service card (F030, F031, F071)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis.sql import in_batches
from chassis.web import Order, PageRequest
from member_svc.store.connection import Connection

ORDER = Order(
    {
        "member_no": "m.member_no",
        "unit_name": "u.name",
        "document_type": "m.document_type",
        "tag": "m.tag",
        "joined_on": "m.joined_on",
    },
    default="member_no",
    tie="m.member_id",
)


@dataclass(slots=True)
class MemberFilter:
    """None = not asked for. `scope_id` None = the whole city; `person_keys` has one key per document type."""

    scope_id: UUID | None = None
    union_id: UUID | None = None
    unit_id: UUID | None = None
    member_no: str | None = None
    document_type: str | None = None
    tag_key: str | None = None
    has_service_card: bool | None = None
    in_card_batch: bool | None = None
    name_keys: list[str] | None = None
    person_keys: list[str] | None = None
    card_key: str | None = None

    @property
    def number_keys(self) -> list[str]:
        """What stands for a full document or card number."""
        return [*(self.person_keys or ()), *((self.card_key,) if self.card_key else ())]

    def number_alone(self) -> "MemberFilter":
        """The numbers within the same reach, whatever else was asked."""
        return MemberFilter(self.scope_id, person_keys=self.person_keys, card_key=self.card_key)

    def name_alone(self) -> "MemberFilter":
        """The name within the same reach, whatever else was asked."""
        return MemberFilter(self.scope_id, name_keys=self.name_keys)


OPEN_BATCH = """
    SELECT b.batch_no FROM card_batch_members AS o JOIN card_batches AS b USING (batch_id)
    WHERE o.member_id = m.member_id AND o.open"""
FILTER = f"""
    WHERE m.removed_at IS NULL
      AND ($1::uuid IS NULL OR m.union_id IN (SELECT node_id FROM scope_nodes WHERE path @> ARRAY[$1::uuid]))
      AND ($2::uuid IS NULL OR m.union_id IN (SELECT node_id FROM scope_nodes WHERE path @> ARRAY[$2::uuid]))
      AND ($3::uuid IS NULL OR m.unit_id = $3) AND ($4::text IS NULL OR m.member_no = $4)
      AND ($5::text IS NULL OR m.document_type = $5) AND ($6::text IS NULL OR m.tag_key = $6)
      AND ($7::bool IS NULL OR EXISTS ({OPEN_BATCH}) = $7)
      AND ($8::text[] IS NULL OR m.name_key = ANY($8)) AND ($9::text[] IS NULL OR m.person_key = ANY($9))
      AND ($10::text IS NULL OR m.card_key = $10)"""  # noqa: S608 - constants
#: Written out, because a partial index serves no parameter.
CARD = {None: "", True: " AND m.card_key IS NOT NULL", False: " AND m.card_key IS NULL"}

COUNT = f"SELECT count(*) FROM members AS m {FILTER}"  # noqa: S608 - constants
LIST = f"""
    SELECT m.member_id, m.member_no, m.union_id, m.unit_id, u.name AS unit_name, m.document_type,
           m.masked_name, m.masked_number, m.card_key IS NOT NULL AS has_service_card, m.tag, m.joined_on, m.sealed,
           m.card_sealed, ({OPEN_BATCH}) AS card_batch_no,
           CASE WHEN m.removal_id IS NULL THEN 'listed' ELSE 'removal_pending' END AS state,
           EXISTS (SELECT FROM line_members AS p JOIN batch_lines AS l USING (line_id)
                   WHERE p.member_id = m.member_id AND NOT p.returned AND l.state = 'under_review') AS under_review
    FROM members AS m LEFT JOIN units AS u ON u.unit_id = m.unit_id {FILTER}"""  # noqa: S608 - constants


async def count(connection: Connection, wanted: MemberFilter) -> int:
    """How many members of the list fit."""
    return int(await connection.fetchval(COUNT + CARD[wanted.has_service_card], *_arguments(wanted)))


async def page(connection: Connection, wanted: MemberFilter, page: PageRequest) -> list[Record]:
    """Members that fit, in the order asked for, with their unit's name and whether they are under review."""
    sql = f"{LIST} {CARD[wanted.has_service_card]} ORDER BY {ORDER.by(page)} LIMIT $11 OFFSET $12"
    return list(await connection.fetch(sql, *_arguments(wanted), page.limit, page.offset))


async def batches(connection: Connection, wanted: MemberFilter, page: PageRequest) -> AsyncIterator[list[Record]]:
    """Everybody who fits, some at a time, for a file."""
    sql = f"{LIST} {CARD[wanted.has_service_card]} ORDER BY {ORDER.by(page)}"
    async for rows in in_batches(connection, sql, *_arguments(wanted)):
        yield rows


def _arguments(wanted: MemberFilter) -> list[Any]:
    return [
        wanted.scope_id,
        wanted.union_id,
        wanted.unit_id,
        wanted.member_no,
        wanted.document_type,
        wanted.tag_key,
        wanted.in_card_batch,
        wanted.name_keys,
        wanted.person_keys,
        wanted.card_key,
    ]
