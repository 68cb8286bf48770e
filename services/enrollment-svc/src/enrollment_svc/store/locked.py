"""What the events of a poll will touch beside their own keys, so that it is locked before the first of them."""

from collections.abc import Iterable
from uuid import UUID

from chassis.sql import Connection
from contracts.words import EmploymentStatus


async def person_keys(connection: Connection, member_ids: Iterable[UUID]) -> set[str]:
    """The people of these memberships, those that are known."""
    rows = await connection.fetch("SELECT person_key FROM candidates WHERE member_id = ANY ($1)", list(member_ids))
    return {row["person_key"] for row in rows}


async def told_early(
    connection: Connection, member_ids: Iterable[UUID], employment: Iterable[EmploymentStatus]
) -> set[UUID]:
    """Those of these members of whom one of these statuses was told before their membership."""
    rows = await connection.fetch(
        "SELECT member_id FROM early_statuses WHERE member_id = ANY ($1) AND employment_status = ANY ($2)",
        list(member_ids),
        list(employment),
    )
    return {row["member_id"] for row in rows}


async def units_of_people(connection: Connection, people: Iterable[str]) -> set[str]:
    """The units in which these people are members."""
    rows = await connection.fetch("SELECT DISTINCT unit_id FROM candidates WHERE person_key = ANY ($1)", list(people))
    return {str(row["unit_id"]) for row in rows}


async def lines_of(connection: Connection, people: Iterable[str], submission_nos: Iterable[str]) -> set[UUID]:
    """The live lines of these people, and the lines of these submissions to the center."""
    rows = await connection.fetch(
        """SELECT line_id FROM enrollments WHERE person_key = ANY ($1) AND state = 'held'
           UNION SELECT line_id FROM lines WHERE submission_no = ANY ($2)""",
        list(people),
        list(submission_nos),
    )
    return {row["line_id"] for row in rows}
