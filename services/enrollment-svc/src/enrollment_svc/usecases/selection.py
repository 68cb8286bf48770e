"""Whom a submission takes: the ticked or all of 待提交, locked and judged once more (D15)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.work import Work
from contracts.words import Channel, EnrollmentType
from enrollment_svc.domain.eligibility import Ineligible, ineligible
from enrollment_svc.domain.refusals import AlreadyEnrolled, NotReady, PeopleRefused, SelectionEmpty, StatusStale
from enrollment_svc.settings import rules
from enrollment_svc.store import candidates, submissions

if TYPE_CHECKING:
    import asyncpg

#: The loop serves others between two chunks of this many people.
CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Ask:
    """What the handler submits. `member_ids` None = all of 待提交; `skip`: leave out whom the rules refuse."""

    union_id: UUID
    enrollment_type: EnrollmentType
    channel: Channel
    plan: str
    year: int | None
    member_ids: list[UUID] | None
    skip: bool
    expected_total_fen: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    member_id: UUID
    why: Ineligible


@dataclass(slots=True)
class Selection:
    """`units`: the chosen people by enterprise, in the order of their city keys."""

    units: dict[UUID, list[UUID]] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)

    @property
    def heads(self) -> int:
        return sum(len(people) for people in self.units.values())

    @property
    def stale(self) -> list[UUID]:
        return [one.member_id for one in self.refused if one.why is Ineligible.STATUS_STALE]


async def select(ask: Ask, year: int, unit_ids: Sequence[UUID], work: Work) -> Selection:
    """Lock and judge. Raises SelectionEmpty where nobody was ticked or nobody is in 待提交."""
    if ask.member_ids is not None and not ask.member_ids:
        raise SelectionEmpty
    # Statuses of these enterprises wait until this submission is through: nobody flips between judgment and commit.
    await candidates.lock_units(work.connection, unit_ids)
    if ask.member_ids is None:
        rows = await submissions.lock_all_ready(work.connection, ask.union_id, year, ask.channel)
    else:
        rows = await submissions.lock_chosen(work.connection, ask.union_id, year, ask.member_ids)
    selection = Selection()
    for start in range(0, len(rows), CHUNK):
        _judge(rows[start : start + CHUNK], ask, work, selection)
        await asyncio.sleep(0)
    found = {row["member_id"] for row in rows}
    unknown = sorted(set(ask.member_ids or ()) - found)
    selection.refused.extend(Refused(member_id, Ineligible.NOT_FOUND) for member_id in unknown)
    if not selection.heads and not selection.refused:
        raise SelectionEmpty
    return selection


def refusal_of(refused: Sequence[Refused]) -> PeopleRefused:
    """One refusal for the whole submission, with everybody and why."""
    codes = {one.why for one in refused}
    kind = PeopleRefused
    if Ineligible.NOT_READY in codes:
        kind = NotReady
    elif Ineligible.STATUS_STALE in codes:
        kind = StatusStale
    elif codes == {Ineligible.ALREADY_ENROLLED}:
        kind = AlreadyEnrolled
    return kind(refused=[listed(one) for one in refused])


def listed(refused: Refused) -> dict[str, str]:
    return {"member_id": str(refused.member_id), "code": refused.why.value, "message": refused.why.label}


def _judge(rows: Sequence["asyncpg.Record"], ask: Ask, work: Work, selection: Selection) -> None:
    max_age = rules().status_max_age
    for row in rows:
        person = submissions.person_of(row)
        why = ineligible(person, ask.channel, work.now, max_age)
        if why is None:
            selection.units.setdefault(person.unit_id, []).append(person.member_id)
        else:
            selection.refused.append(Refused(person.member_id, why))
