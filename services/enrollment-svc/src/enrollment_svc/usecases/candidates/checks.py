"""Start a check of card and employment status: choose the people, split them into parts, compute the due time."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.database import UnitOfWork
from contracts.event import Event
from contracts.fields import Part
from contracts.parts import into_parts
from contracts.statuses import CheckStatuses, PersonToCheck
from contracts.words import Channel
from enrollment_svc.domain.candidates.checks import Origin
from enrollment_svc.domain.candidates.placement import Standing
from enrollment_svc.store.candidates import candidates, checks, people
from enrollment_svc.store.candidates.checks import Check, CheckRequest
from enrollment_svc.store.candidates.people import PeopleFilter
from enrollment_svc.usecases.calendar import working_calendar

if TYPE_CHECKING:
    import asyncpg


@dataclass(frozen=True, slots=True)
class Started:
    """A new check with its events, or the check that already runs. `check` is None if there is nobody to check."""

    check: Check | None
    events: Sequence[Event] = ()
    already_running: bool = False


async def check_unverified(
    union_id: UUID, year: int, channel: Channel | None, unit_ids: Sequence[UUID], work: UnitOfWork
) -> Started:
    """Start a check of the people in 待校验 after a click. If a check is running already, the result is that check
    (F098, F101, A44).

    `unit_ids` are the union's units. This function locks the units first, and the union's checks second. A submission
    locks in the same order, so the two cannot deadlock.
    """
    await candidates.lock_units(work.connection, unit_ids)
    await checks.lock_union(work.connection, union_id)
    running = await checks.latest(work.connection, union_id, work.now)
    if running and running.running:
        return Started(running, already_running=True)
    people_filter = PeopleFilter(union_id, year, standing=Standing.TO_VERIFY, channel=channel)
    return await _start(people_filter, None, Origin.CLICK, work)


async def check_stale(union_id: UUID, year: int, member_ids: list[UUID], work: UnitOfWork) -> Started:
    """Check people whom a submission refused as STATUS_STALE. If a check of the origin STALE is running already, the
    result is that check (A45).
    """
    await checks.lock_union(work.connection, union_id)
    running = await checks.latest(work.connection, union_id, work.now, Origin.STALE)
    if running and running.running:
        return Started(running, already_running=True)
    return await _start(PeopleFilter(union_id, year), member_ids, Origin.STALE, work)


async def _start(
    people_filter: PeopleFilter, member_ids: list[UUID] | None, origin: Origin, work: UnitOfWork
) -> Started:
    rows = await people.to_check(work.connection, people_filter, member_ids)
    if not rows:
        return Started(None)
    due_at = await working_calendar.due_at(work.connection, work.now)
    events, requests = [], []
    for unit_id, of_unit in groupby(rows, key=lambda row: row["unit_id"]):
        parts = into_parts(of_unit)
        head_count = sum(len(part) for part in parts)
        requests.append(
            CheckRequest(
                work.cause_id, unit_id, people_filter.union_id, origin, work.now, due_at, len(parts), head_count
            )
        )
        for event in _events(people_filter.union_id, unit_id, parts, due_at, work):
            events.append(event)
            await asyncio.sleep(0)
    await checks.count_requested(work.connection, requests)
    if due_at is not None:
        await candidates.promise(work.connection, [row["member_id"] for row in rows], due_at)
    check = Check(work.cause_id, origin, work.now, due_at, len(rows), 0, running=True)
    return Started(check, events)


def _events(
    union_id: UUID, unit_id: UUID, parts: Sequence[list["asyncpg.Record"]], due_at: datetime | None, work: UnitOfWork
) -> Iterator[CheckStatuses]:
    """One event for each part. Its sealed block has the names and numbers, in the same order as `people`."""
    for index, part in enumerate(parts):
        personal = [work.row_cipher.unseal(row["sealed"], row["member_id"]) for row in part]
        yield CheckStatuses(
            job_id=work.cause_id,
            union_id=union_id,
            unit_id=unit_id,
            part=Part(index=index, count=len(parts)),
            people=[
                PersonToCheck(
                    member_id=row["member_id"],
                    document_type=row["document_type"],
                    ask_card=row["channel"] == Channel.SOCIAL_SECURITY_CARD,
                )
                for row in part
            ],
            sealed=work.seal(CheckStatuses, str(unit_id), index, personal),
            requested_at=work.now,
            due_at=due_at,
        )
