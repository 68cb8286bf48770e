"""A handler confirms that people are employed. The confirmation is for one year and final (F149–F165, A41, A43)."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.domain import Forbidden, Refusal
from chassis.privacy import RowCipher
from chassis.sql import Connection
from contracts.enrollments import MembersConfirmed
from contracts.event import Event
from contracts.fields import Part
from contracts.parts import into_parts
from enrollment_svc.domain.candidates.placement import Standing
from enrollment_svc.domain.candidates.retirement import Suspicion, suspicion
from enrollment_svc.store.candidates import candidates, people
from enrollment_svc.store.candidates.candidates import DOCUMENTS
from enrollment_svc.store.candidates.people import PeopleFilter

if TYPE_CHECKING:
    import asyncpg


class ListChanged(Refusal):
    code = "LIST_CHANGED"
    message = "待确认名单已发生变化，请刷新后重新确认"


@dataclass(frozen=True, slots=True)
class Prompt:
    """The numbers of the prompt before 全部确认. `people`: how many people 全部确认 would confirm.

    `reached`: how many of these people have reached retirement age. `possible`: how many more of them have possibly
    reached it (A20).
    """

    people: int
    reached: int
    possible: int


@dataclass(frozen=True, slots=True)
class Confirmed:
    """`confirmed`: the number of members whom this request confirmed. `ready`: how many of these are in 待提交; the
    rest of these members wait until their card is 正常.

    `open`: the number of people of the union who still wait for a confirmation. `left_out`: the number of chosen people
    whom this request did not confirm, by reason (`people.not_confirmed`).
    """

    confirmed: int
    ready: int
    open: int
    left_out: dict[str, int]
    events: list[Event]


async def prompt(connection: Connection, people_filter: PeopleFilter, row_cipher: RowCipher, today: date) -> Prompt:
    """Count the people of the prompt. Ages are read from the sealed numbers, because no birth date is stored."""
    count, ages = 0, Counter[Suspicion | None]()
    async for rows in people.waiting(connection, people_filter):
        count += len(rows)
        for row in rows:
            number = row_cipher.unseal(row["sealed"], row["member_id"]).document_number
            ages[suspicion(DOCUMENTS[row["document_type"]], number, today)] += 1
        await asyncio.sleep(0)
    return Prompt(count, ages[Suspicion.REACHED], ages[Suspicion.POSSIBLE])


async def confirm(
    people_filter: PeopleFilter,
    member_ids: list[UUID] | None,
    expected_people: int | None,
    unit_ids: Sequence[UUID],
    work: UnitOfWork,
) -> Confirmed:
    """Confirm the ticked people, or all people of the filtered list. Earlier confirmations stay (F160, F161).

    Raises Forbidden if an id is no member of the union, ListChanged if the number of people differs from the prompt.
    """
    if member_ids is not None:
        member_ids = ticked = sorted(set(member_ids))
        if await people.count_members(work.connection, people_filter.union_id, ticked) < len(ticked):
            raise Forbidden
    # The subscriber of StatusesVerified and this function change rows of the same people in different orders. Without
    # the lock of the units, the two transactions could deadlock.
    await candidates.lock_units(work.connection, unit_ids)
    if member_ids is None and expected_people is not None:
        waiting = await people.count(work.connection, replace(people_filter, to_confirm=True, confirmed=False))
        if waiting != expected_people:
            raise ListChanged(expected_people=expected_people, people=waiting)
    account = work.actor.account if work.actor else ""
    rows = await people.confirm(work.connection, people_filter, member_ids, work.now, account)
    confirmed_ids = [row["member_id"] for row in rows]
    open_filter = PeopleFilter(people_filter.union_id, people_filter.year, to_confirm=True, confirmed=False)
    return Confirmed(
        confirmed=len(rows),
        ready=sum(row["standing_confirmed"] == Standing.READY for row in rows),
        open=await people.count(work.connection, open_filter),
        left_out=await people.not_confirmed(work.connection, people_filter, member_ids or [], confirmed_ids),
        events=list(_events(people_filter, rows, work)),
    )


def _events(people_filter: PeopleFilter, rows: list["asyncpg.Record"], work: UnitOfWork) -> Iterator[MembersConfirmed]:
    by_unit = sorted(rows, key=itemgetter("unit_id", "member_id"))
    for unit_id, of_unit in groupby(by_unit, key=itemgetter("unit_id")):
        parts = into_parts(row["member_id"] for row in of_unit)
        for index, member_ids in enumerate(parts):
            yield MembersConfirmed(
                confirmation_id=work.cause_id,
                union_id=people_filter.union_id,
                unit_id=unit_id,
                year=people_filter.year,
                part=Part(index=index, count=len(parts)),
                member_ids=member_ids,
                confirmed_at=work.now,
                confirmed_by=work.actor.account if work.actor else "",
            )
