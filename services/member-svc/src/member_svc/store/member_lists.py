"""The member list as screens read it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import Record

from member_svc.store.connection import Connection


@dataclass(slots=True)
class MemberFilter:
    """None = not asked for. `scope_id` None = the whole city; `person_keys` has one key per document type."""

    scope_id: UUID | None
    union_id: UUID | None = None
    unit_id: UUID | None = None
    member_no: str | None = None
    name_key: str | None = None
    person_keys: list[str] | None = None


FILTER = """
    WHERE m.removed_at IS NULL
      AND ($1::uuid IS NULL OR m.union_id IN (SELECT node_id FROM scope_nodes WHERE path @> ARRAY[$1::uuid]))
      AND ($2::uuid IS NULL OR m.union_id IN (SELECT node_id FROM scope_nodes WHERE path @> ARRAY[$2::uuid]))
      AND ($3::uuid IS NULL OR m.unit_id = $3) AND ($4::text IS NULL OR m.member_no = $4)
      AND ($5::text IS NULL OR m.name_key = $5) AND ($6::text[] IS NULL OR m.person_key = ANY($6))"""


COUNT = f"SELECT count(*) FROM members AS m {FILTER}"  # noqa: S608 - constants
PAGE = f"""
    SELECT m.member_id, m.member_no, m.union_id, m.unit_id, u.name AS unit_name, m.document_type,
           m.masked_name, m.masked_number, m.card_key IS NOT NULL AS has_service_card, m.tag, m.joined_on, m.sealed,
           EXISTS (SELECT FROM line_members AS p JOIN batch_lines AS l USING (line_id)
                   WHERE p.member_id = m.member_id AND NOT p.returned AND l.state = 'under_review') AS under_review
    FROM members AS m LEFT JOIN units AS u ON u.unit_id = m.unit_id {FILTER}
    ORDER BY m.member_no LIMIT $7 OFFSET $8"""  # noqa: S608 - constants


async def count(connection: Connection, wanted: MemberFilter) -> int:
    """How many members of the list fit."""
    return int(await connection.fetchval(COUNT, *_arguments(wanted)))


async def page(connection: Connection, wanted: MemberFilter, limit: int, offset: int) -> list[Record]:
    """Members that fit, by member number, with their unit's name and whether they are under review."""
    return list(await connection.fetch(PAGE, *_arguments(wanted), limit, offset))


def _arguments(wanted: MemberFilter) -> list[Any]:
    return [
        wanted.scope_id,
        wanted.union_id,
        wanted.unit_id,
        wanted.member_no,
        wanted.name_key,
        wanted.person_keys,
    ]
