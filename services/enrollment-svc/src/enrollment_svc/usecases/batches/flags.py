"""Flag people who retired or died while under review. The reviewer is informed once, and no state changes (A54).

A person who is a member of several units has a *membership* in each: a member id with statuses of its own.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.database import UnitOfWork
from contracts.enrollments import PeopleFlagged, PersonFlag
from contracts.fields import Part
from contracts.parts import into_parts
from contracts.statuses import StatusesVerified
from contracts.words import EmploymentStatus
from enrollment_svc.store.batches import flags

if TYPE_CHECKING:
    import asyncpg

RETIRED_OR_DECEASED = (EmploymentStatus.RETIRED, EmploymentStatus.DECEASED)


async def apply_statuses_verified(event: StatusesVerified, work: UnitOfWork) -> list[PeopleFlagged]:
    """Flag people of this event who retired or died.

    Call it after the statuses are stored, because the stored status decides. Example: the event says 退休, but a newer
    answer 在职 is stored already. Then nobody is flagged.
    """
    return await flag_members(
        [status.member_id for status in event.statuses if status.employment in RETIRED_OR_DECEASED], work
    )


async def flag_members(member_ids: Sequence[UUID], work: UnitOfWork) -> list[PeopleFlagged]:
    """Among these members, flag those who are under review and whose stored status is retired or deceased (A54)."""
    if not member_ids:
        return []
    flagged = await flags.flag_people(work.connection, member_ids)
    if flagged:
        await flags.copy_status(work.connection, [row["member_id"] for row in flagged], member_ids)
    return list(_events(flagged, work))


async def flag_submitted_lines(line_ids: Sequence[UUID], work: UnitOfWork) -> list[PeopleFlagged]:
    """Flag people of new lines who are retired or deceased by the status of their membership in another unit (A59)."""
    if not await _copy_status_from_elsewhere(line_ids, work):
        return []
    return list(_events(await flags.flag_lines(work.connection, line_ids), work))


async def flag_reopened_lines(line_ids: Sequence[UUID], work: UnitOfWork) -> list[PeopleFlagged]:
    """Flag the retired and deceased people of lines that are under review again after the center's rejection (A53).

    It is possible that the status is stored only for the person's membership in another unit. While a line is 已完成,
    no status is copied to the memberships in the line.
    """
    if not line_ids:
        return []
    await _copy_status_from_elsewhere(line_ids, work)
    return list(_events(await flags.flag_lines(work.connection, line_ids), work))


async def _copy_status_from_elsewhere(line_ids: Sequence[UUID], work: UnitOfWork) -> bool:
    """If a person of these lines is retired or deceased by the status of a membership in another unit, copy this status
    to the membership in the line. Returns whether a status was copied.

    Meanwhile no other transaction stores the status retired or deceased of these people. If a submission calls this
    function, the submission has locked all units in which these people are members. A transaction that stores their
    statuses must lock the unit first, so it waits. If the handling of a poll calls this function, the poll has locked
    the lines. Another poll with one of these two statuses must lock the lines before it stores the status, so it waits,
    too.
    """
    elsewhere = await flags.retired_or_deceased_elsewhere(work.connection, line_ids)
    if elsewhere:
        await flags.copy_status(
            work.connection, [row["member_id"] for row in elsewhere], [row["other_member_id"] for row in elsewhere]
        )
    return bool(elsewhere)


def _events(rows: list["asyncpg.Record"], work: UnitOfWork) -> Iterator[PeopleFlagged]:
    for line_id, of_line in groupby(sorted(rows, key=itemgetter("line_id", "member_id")), key=itemgetter("line_id")):
        people = list(of_line)
        parts = into_parts(people)
        for index, part in enumerate(parts):
            yield PeopleFlagged(
                batch_no=people[0]["batch_no"],
                line_id=line_id,
                union_id=people[0]["union_id"],
                unit_id=people[0]["unit_id"],
                part=Part(index=index, count=len(parts)),
                flags=[PersonFlag(member_id=row["member_id"], employment=row["flagged"]) for row in part],
                flagged_at=work.now,
            )
