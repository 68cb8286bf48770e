"""The people of a submission: the ticked ones or all of 待提交, each checked once more (D15)."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.domain import Refusal
from chassis.messaging import tree_units
from chassis.sql import Connection
from enrollment_svc.domain.refusals import AlreadyEnrolled, NotReady, PeopleRefused, SelectionEmpty, StatusStale
from enrollment_svc.domain.submissions.eligibility import NEXT_STEPS, Ineligible, ineligible
from enrollment_svc.settings import rules
from enrollment_svc.store.candidates import candidates
from enrollment_svc.store.submissions import submissions
from enrollment_svc.usecases.submissions.terms import SubmissionContext, SubmissionRequest

if TYPE_CHECKING:
    import asyncpg

#: After each chunk of this many people the event loop can run other tasks.
CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Refused:
    """A person who cannot be submitted. If the id belongs to no member of the union, only the id is known."""

    member_id: UUID
    why: Ineligible
    member_no: str | None = None
    masked_name: str | None = None
    masked_number: str | None = None

    @classmethod
    def of(cls, row: "asyncpg.Record", why: Ineligible) -> "Refused":
        return cls(row["member_id"], why, row["member_no"], row["masked_name"], row["masked_number"])


@dataclass(slots=True)
class Selection:
    """`units`: the accepted people of each unit, in the order of their person keys."""

    units: dict[UUID, list[UUID]] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)

    @property
    def heads(self) -> int:
        return sum(len(people) for people in self.units.values())

    @property
    def ticked(self) -> int:
        return self.heads + len(self.refused)

    @property
    def members(self) -> list[UUID]:
        return [member_id for people in self.units.values() for member_id in people]

    @property
    def stale(self) -> list[UUID]:
        return [one.member_id for one in self.refused if one.why is Ineligible.STATUS_STALE]

    def refusal(self) -> Refusal:
        """The refusal of the whole submission. It lists all refused people with the reasons.

        If all ticked people are in 待校验, it is SelectionEmpty, because the handler is on the wrong tab (F176).
        """
        codes = {one.why for one in self.refused}
        if not self.heads and codes == {Ineligible.NOT_READY}:
            return SelectionEmpty(refused=listed(self.refused))
        return _refusal_type(codes)(refused=listed(self.refused))


async def select(context: SubmissionContext, work: UnitOfWork) -> Selection:
    """Lock the people and check each. Raises SelectionEmpty if the request names nobody or 待提交 is empty."""
    _check_not_empty(context.request)
    # While a unit is locked, no status of its people can change. So the statuses checked here hold until the commit.
    # Other units in which these people are members are locked, too, because a registry may report a death there. The
    # subscriber of that event then waits until the new line is committed, finds it and flags the person (A54, A59).
    request = context.request
    elsewhere = await candidates.units_of_people(work.connection, request.union_id, request.member_ids)
    own = await tree_units.ids(work.connection, request.union_id)
    await candidates.lock_units(work.connection, [*own, *elsewhere])
    return await _checked_selection(context, work.connection, work.now, lock=True)


async def select_unlocked(context: SubmissionContext, connection: Connection, now: datetime) -> Selection:
    """The same checks for the dialog that precedes a submission, without locks or changes. Raises SelectionEmpty."""
    _check_not_empty(context.request)
    return await _checked_selection(context, connection, now, lock=False)


def listed(refused: Iterable[Refused]) -> list[dict[str, str | None]]:
    """Refused people, sorted by member number; unknown ids come last."""
    return [_listed(one) for one in sorted(refused, key=lambda one: (one.member_no is None, one.member_no or ""))]


def _listed(refused: Refused) -> dict[str, str | None]:
    return {
        "member_id": str(refused.member_id),
        "member_no": refused.member_no,
        "masked_name": refused.masked_name,
        "masked_number": refused.masked_number,
        "code": refused.why.value,
        "message": refused.why.label,
        "next_step": NEXT_STEPS[refused.why],
    }


def _refusal_type(codes: set[Ineligible]) -> type[PeopleRefused]:
    if Ineligible.NOT_READY in codes:
        return NotReady
    if Ineligible.STATUS_STALE in codes:
        return StatusStale
    return AlreadyEnrolled if codes == {Ineligible.ALREADY_ENROLLED} else PeopleRefused


def _check_not_empty(request: SubmissionRequest) -> None:
    if request.member_ids is not None and not request.member_ids:
        raise SelectionEmpty


async def _checked_selection(
    context: SubmissionContext, connection: Connection, now: datetime, *, lock: bool
) -> Selection:
    request, selection = context.request, Selection()
    if request.member_ids is None:
        rows = await submissions.all_ready(connection, request.union_id, context.year, request.channel, lock=lock)
    else:
        rows = await submissions.chosen(connection, request.union_id, context.year, request.member_ids, lock=lock)
    for start in range(0, len(rows), CHUNK):
        _check_people(rows[start : start + CHUNK], request, now, selection)
        await asyncio.sleep(0)
    found_ids = {row["member_id"] for row in rows}
    unknown = sorted(set(request.member_ids or ()) - found_ids)
    selection.refused.extend(Refused(member_id, Ineligible.NOT_FOUND) for member_id in unknown)
    if not selection.heads and not selection.refused:
        raise SelectionEmpty
    return selection


def _check_people(
    rows: Sequence["asyncpg.Record"], request: SubmissionRequest, now: datetime, selection: Selection
) -> None:
    max_age = rules().status_max_age
    for row in rows:
        person = submissions.person_of(row)
        why = ineligible(person, request.channel, now, max_age)
        if why is None:
            selection.units.setdefault(person.unit_id, []).append(person.member_id)
        else:
            selection.refused.append(Refused.of(row, why))
