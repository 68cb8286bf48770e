"""Why is this person not in the list? (F093–F095, F119–F121)"""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from chassis.http import Labelled, Read
from chassis.refusals import Forbidden
from contracts.words import Channel
from enrollment_svc.api.access import may_read
from enrollment_svc.domain import reasons
from enrollment_svc.domain.placement import Standing
from enrollment_svc.settings import rules
from enrollment_svc.store import people, submissions

router = APIRouter(tags=["candidates"])


class ReasonShown(BaseModel):
    code: str
    message: str
    next_step: str


class Reasons(BaseModel):
    """`tab`: where the person is listed, or None. `reasons` is empty for whoever can be submitted."""

    member_id: UUID
    channel: Labelled[Channel] | None
    tab: Labelled[Standing] | None
    reasons: list[ReasonShown]


@router.get("/candidates/{member_id}/reasons")
async def show_reasons(member_id: UUID, read: Read, channel: Channel | None = None, year: int | None = None) -> Reasons:
    """Why is this person not in the list of this channel (default: his own)? Every reason, with the next step."""
    row = await people.find(read.connection, member_id, year or read.now.year)
    if row is None:
        raise Forbidden
    await may_read(read, row["union_id"])
    person = submissions.person_of({**row, "removed": row["removed_at"] is not None})
    asked = channel or person.channel or Channel.SOCIAL_SECURITY_CARD
    found = reasons.reasons(person, asked, read.now, rules().status_max_age)
    shown = [ReasonShown(code=r.code, message=r.message, next_step=r.next_step) for r in found]
    return Reasons(member_id=member_id, channel=person.channel, tab=reasons.tab_of(person), reasons=shown)
