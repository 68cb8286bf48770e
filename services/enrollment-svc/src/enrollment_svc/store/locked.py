"""Finds the units and lines that the events of a poll will change, so that `poll_locks` can lock them first."""

from collections.abc import Iterable
from uuid import UUID

from chassis.sql import Connection, Statement
from contracts.words import EmploymentStatus

PERSON_KEYS = Statement("SELECT person_key FROM candidates WHERE member_id = ANY (:member_ids)")
MEMBERS_WITH_EARLY_STATUS = Statement(
    """SELECT s.member_id FROM candidate_statuses AS s
       WHERE s.member_id = ANY (:member_ids) AND s.employment_status = ANY (:employment)
             AND NOT EXISTS (SELECT FROM candidates AS c WHERE c.member_id = s.member_id)"""
)
UNITS_WITH_PEOPLE = Statement("SELECT DISTINCT unit_id FROM candidates WHERE person_key = ANY (:person_keys)")
LINES_OF = Statement(
    """SELECT line_id FROM enrollments WHERE person_key = ANY (:person_keys) AND state = 'held'
       UNION SELECT line_id FROM lines WHERE submission_no = ANY (:submission_nos)"""
)


async def person_keys(connection: Connection, member_ids: Iterable[UUID]) -> set[str]:
    """The person keys of these members. Unknown member ids are left out."""
    rows = await PERSON_KEYS.fetch(connection, member_ids=list(member_ids))
    return {row["person_key"] for row in rows}


async def members_with_early_status(
    connection: Connection, member_ids: Iterable[UUID], employment: Iterable[EmploymentStatus]
) -> set[UUID]:
    """Those of `member_ids` who are no candidates yet, but for whom one of these employment statuses is stored."""
    rows = await MEMBERS_WITH_EARLY_STATUS.fetch(connection, member_ids=list(member_ids), employment=list(employment))
    return {row["member_id"] for row in rows}


async def units_with_people(connection: Connection, people: Iterable[str]) -> set[str]:
    """The units in which these people are members."""
    rows = await UNITS_WITH_PEOPLE.fetch(connection, person_keys=list(people))
    return {str(row["unit_id"]) for row in rows}


async def lines_of(connection: Connection, people: Iterable[str], submission_nos: Iterable[str]) -> set[UUID]:
    """The lines in which these people have a live enrollment, and the lines of these submissions to the center."""
    rows = await LINES_OF.fetch(connection, person_keys=list(people), submission_nos=list(submission_nos))
    return {row["line_id"] for row in rows}
