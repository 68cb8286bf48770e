"""A handler confirms by hand that people are employed: irreversible, for the year (F149–F165, A41, A43)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.refusals import Forbidden
from chassis.work import Work
from contracts.enrollments import MembersConfirmed
from contracts.event import Event
from contracts.fields import Part
from contracts.parts import into_parts
from enrollment_svc.domain.placement import Standing
from enrollment_svc.store import candidates, people
from enrollment_svc.store.people import PeopleWanted

if TYPE_CHECKING:
    import asyncpg


@dataclass(frozen=True, slots=True)
class Confirmed:
    """`confirmed` people are new; `ready` of them stand in 待提交 now, the others wait for their card."""

    confirmed: int
    ready: int
    open: int
    events: list[Event]


async def confirm(
    wanted: PeopleWanted, member_ids: list[UUID] | None, unit_ids: Sequence[UUID], work: Work
) -> Confirmed:
    """Confirm the ticked, or all that the filters leave; whoever is confirmed already stays so (F160, F161).

    Raises Forbidden where an id is not of the union.
    """
    if member_ids is not None:
        ticked = sorted(set(member_ids))
        if await people.known(work.connection, wanted.union_id, ticked) < len(ticked):
            raise Forbidden
    # Statuses of these units are written in another order of rows; without the lock the two could deadlock.
    await candidates.lock_units(work.connection, unit_ids)
    rows = await people.confirm(work.connection, wanted, member_ids)
    open_ones = PeopleWanted(wanted.union_id, wanted.year, to_confirm=True, confirmed=False)
    return Confirmed(
        confirmed=len(rows),
        ready=sum(row["standing_confirmed"] == Standing.READY for row in rows),
        open=await people.count(work.connection, open_ones),
        events=list(_events(wanted, rows, work)),
    )


def _events(wanted: PeopleWanted, rows: list["asyncpg.Record"], work: Work) -> Iterator[MembersConfirmed]:
    by_unit = sorted(rows, key=itemgetter("unit_id", "member_id"))
    for unit_id, of_unit in groupby(by_unit, key=itemgetter("unit_id")):
        parts = into_parts(row["member_id"] for row in of_unit)
        for index, member_ids in enumerate(parts):
            yield MembersConfirmed(
                confirmation_id=work.cause_id,
                union_id=wanted.union_id,
                unit_id=unit_id,
                year=wanted.year,
                part=Part(index=index, count=len(parts)),
                member_ids=member_ids,
                confirmed_at=work.now,
                confirmed_by=work.actor.account if work.actor else "",
            )
