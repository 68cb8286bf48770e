"""Statements that find the history of a person: rows of imports, memberships, moves, card batches (F035)."""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Statement
from chassis.web import within

# A portion is a row of `import_row_portions`, with up to 500 rows of an import's report. Two kinds of
# portions can have a row of the person: any portion of an import that is not applied, and a portion of a unit in which
# the person is or was a member. These portions are found by import or by unit, because an index by person would need an
# entry for each row.
# `OFFSET 0` keeps the order of the joins, whatever the statistics say (see `store/members.py`).
PORTIONS = """
    SELECT p.* FROM (
        SELECT import_id FROM imports
        WHERE state IN ('checking', 'checked', 'applying', 'interrupted') OFFSET 0) AS i
    CROSS JOIN LATERAL (SELECT * FROM import_row_portions AS o WHERE o.import_id = i.import_id OFFSET 0) AS p
    UNION ALL
    SELECT p.* FROM (SELECT DISTINCT unit_id FROM members WHERE person_key = ANY(:person_keys)) AS m
    CROSS JOIN LATERAL (SELECT * FROM import_row_portions AS o WHERE o.unit_id = m.unit_id OFFSET 0) AS p
    CROSS JOIN LATERAL (SELECT state FROM imports AS i WHERE i.import_id = p.import_id OFFSET 0) AS i
    WHERE i.state = 'applied'"""
ROWS = Statement(
    """SELECT r.import_id, r.row_no, r.outcome, r.unit_id, r.faults, i.state, i.created_by,
              coalesce(i.applied_at, i.checked_at, i.created_at) AS at
       FROM (SELECT import_id, row_no, outcome, unit_id, faults FROM import_rows WHERE number_key = ANY(:number_keys)
             UNION ALL
             SELECT p.import_id, s.row_no, s.outcome, p.unit_id, NULL FROM ({portions}) AS p
             CROSS JOIN LATERAL unnest(p.row_no, p.outcome, p.person_key) AS s (row_no, outcome, person_key)
             WHERE p.person_key && :person_keys::uuid[] AND s.person_key = ANY(:person_keys::uuid[])) AS r
       CROSS JOIN LATERAL (SELECT * FROM imports AS i WHERE i.import_id = r.import_id OFFSET 0) AS i
       WHERE {within} ORDER BY at""",
    portions=PORTIONS,
    within=within("i.union_id"),
)
MEMBERSHIPS = Statement(
    """SELECT m.member_id, m.member_no, m.union_id, m.unit_id, m.created_at, m.changed_at, m.removed_at,
              m.removal_requested_at, m.card_key IS NOT NULL AS has_service_card, u.name AS unit_name
       FROM members AS m LEFT JOIN units AS u ON u.unit_id = m.unit_id
       WHERE m.person_key = ANY(:person_keys) AND {within} ORDER BY m.created_at""",
    within=within("m.union_id"),
)
MOVES = Statement("SELECT move_id, unit_id, moved_at FROM unit_moves WHERE unit_id = ANY(:unit_ids) ORDER BY moved_at")
CARD_BATCHES = Statement(
    """SELECT m.member_id, m.open, b.batch_id, b.batch_no, b.created_by, b.created_at, c.state AS cancellation,
              c.decided_by, c.decided_at
       FROM card_batch_members AS m JOIN card_batches AS b ON b.batch_id = m.batch_id
       LEFT JOIN card_cancellations AS c ON c.batch_id = b.batch_id AND c.decided_at IS NOT NULL
       WHERE m.member_id = ANY(:member_ids) ORDER BY b.created_at"""
)


async def rows(
    connection: Connection, number_keys: Sequence[str], person_keys: Sequence[str], scope_id: UUID | None
) -> list[Record]:
    """The rows of import reports about this person, rejected rows included. Each row has the facts of its import.

    Rows in `import_rows` are found by `number_keys`, and rows in portions by `person_keys`.
    """
    return await ROWS.fetch(connection, number_keys=list(number_keys), person_keys=list(person_keys), scope_id=scope_id)


async def memberships(connection: Connection, person_keys: Sequence[str], scope_id: UUID | None) -> list[Record]:
    """The person as a member of each unit, removed members included."""
    return await MEMBERSHIPS.fetch(connection, person_keys=list(person_keys), scope_id=scope_id)


async def moves(connection: Connection, unit_ids: Sequence[UUID]) -> list[Record]:
    """Moves of these units to another union."""
    return await MOVES.fetch(connection, unit_ids=list(unit_ids))


async def card_batches(connection: Connection, member_ids: Sequence[UUID]) -> list[Record]:
    """Card batches in which these members are or were, with the decisions on requests to cancel the batches."""
    return await CARD_BATCHES.fetch(connection, member_ids=list(member_ids))
