"""The people of a submission: the ticked people or all people in 待提交. Each person is checked once more (D15)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
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


@dataclass(frozen=True, slots=True)
class Refused:
    """A person who cannot be submitted. If the id belongs to no member of the union, only the id is known."""

    member_id: UUID
    why: Ineligible
    member_no: str | None = None
    masked_name: str | None = None
    masked_number: str | None = None


@dataclass(slots=True)
class Selection:
    """`units`: the accepted people of each unit.

    `elsewhere`: False if every chosen person is a member of one unit only. True if a chosen person is a member of a
    second unit of the city, too. `select` sets it; in the result of `select_unlocked` it is always False.
    """

    units: dict[UUID, list[UUID]] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    elsewhere: bool = False

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
    """Lock the people's units and check each person.

    Raises SelectionEmpty if the request names nobody or 待提交 is empty.
    """
    _check_not_empty(context.request)
    # Every transaction that changes a member or a status locks the member's unit first. So the facts that are checked
    # here hold until the commit. If these people are also members of units outside `own`, those units are locked, too,
    # because a registry can report a death for a person as a member of such a unit. The subscriber of this report then
    # waits until the new line is committed, finds the line and flags the person (A54, A59).
    #
    # One kind of transaction locks only a line, and not the unit. When a line is under review again after the center's
    # rejection, the status 死亡 or 退休 of a person is copied from the member id in another unit to the member id in
    # that line. The check below can miss this copy. But `submit` calls `flag_submitted_lines` after it has stored the
    # new lines. That function reads the status from the member id that it was copied from, and flags the person.
    request = context.request
    own = await tree_units.ids(work.connection, request.union_id)
    elsewhere = await candidates.lock_units_of_people(work.connection, request.union_id, own, request.member_ids)
    selection = await _checked_selection(context, work.connection, work.now)
    selection.elsewhere = elsewhere
    return selection


async def select_unlocked(context: SubmissionContext, connection: Connection, now: datetime) -> Selection:
    """Check each person as `select` does, for the dialog before a submission, without locks or changes.

    Raises SelectionEmpty.
    """
    _check_not_empty(context.request)
    return await _checked_selection(context, connection, now)


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


async def refused_people(connection: Connection, union_id: UUID, reasons: Mapping[UUID, Ineligible]) -> list[Refused]:
    """These people with the values that screens show. `reasons`: for each member id, why the person is refused."""
    if not reasons:
        return []
    known = {row["member_id"]: row for row in await submissions.labels(connection, union_id, list(reasons))}
    return [
        Refused(member_id, why, *(known[member_id][name] for name in ("member_no", "masked_name", "masked_number")))
        if member_id in known
        else Refused(member_id, why)
        for member_id, why in reasons.items()
    ]


async def _checked_selection(context: SubmissionContext, connection: Connection, now: datetime) -> Selection:
    request, selection = context.request, Selection()
    if request.member_ids is None:
        found = await submissions.all_ready(connection, request.union_id, context.year, request.channel)
    else:
        found = await submissions.chosen(connection, request.union_id, context.year, request.member_ids)
    reasons: dict[UUID, Ineligible] = {}
    max_age = rules().status_max_age
    for alike in found:
        why = ineligible(alike.example, request.channel, now, max_age)
        if why is None:
            selection.units.setdefault(alike.example.unit_id, []).extend(alike.member_ids)
        else:
            reasons |= dict.fromkeys(alike.member_ids, why)
    if request.member_ids is not None and sum(len(alike.member_ids) for alike in found) < len(request.member_ids):
        known = {member_id for alike in found for member_id in alike.member_ids}
        reasons |= dict.fromkeys(sorted(set(request.member_ids) - known), Ineligible.NOT_FOUND)
    selection.refused = await refused_people(connection, request.union_id, reasons)
    if not selection.heads and not selection.refused:
        raise SelectionEmpty
    return selection
