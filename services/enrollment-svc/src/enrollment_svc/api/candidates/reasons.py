"""Why is this person not in the list? (F093–F095, F119–F121)"""

from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from chassis.domain import Forbidden
from chassis.validation import Year, example
from chassis.web import Labelled, Read, Scope, may, only_known_parameters
from contracts.words import Channel, EnrollmentType
from enrollment_svc.api.access import READERS, may_read
from enrollment_svc.api.candidates.reason_schemas import EXAMPLE, ReasonShown, reason_shown
from enrollment_svc.api.submissions.preview import open_year
from enrollment_svc.domain.batches.lines import LineState
from enrollment_svc.domain.candidates import reasons
from enrollment_svc.domain.candidates.person_states import PERSON, PersonInYear, state_of
from enrollment_svc.domain.candidates.placement import Standing
from enrollment_svc.settings import rules
from enrollment_svc.store.candidates import people
from enrollment_svc.store.submissions import submissions

router = APIRouter(tags=["candidates"])


class Reasons(BaseModel):
    """`tab`: the tab that lists the person, or None. `reasons` is empty if the person can be submitted.

    `counted`: the one reason under which the person is counted in the numbers of people by reason. So a person with
    several reasons is counted only once (A40).
    `state`: the person's state in the year, as in the state machine `PERSON`.
    """

    model_config = example(
        {
            "member_id": "0d2f6e6e-4c0f-4a0b-9d0e-5b8f3a1c7d01",
            "channel": {"code": "service_card", "label": "会员卡参保"},
            "state": {"code": "hidden", "label": "不显示"},
            "submittable": False,
            "tab": {"code": "ready", "label": "待提交"},
            "reasons": [EXAMPLE],
            "counted": EXAMPLE,
        }
    )

    member_id: UUID
    channel: Labelled[Channel] | None
    state: Labelled[PersonInYear]
    submittable: bool
    tab: Labelled[Standing] | None
    reasons: list[ReasonShown]
    counted: ReasonShown | None


@router.get(
    "/candidates/{member_id}/reasons",
    dependencies=[may("查看不能参保的原因", *READERS, scope=Scope.SUBTREE), Depends(only_known_parameters)],
)
async def show_reasons(
    member_id: UUID, read: Read, channel: Channel | None = None, year: Year | None = None
) -> Reasons:
    """Every reason why the person cannot be submitted in the channel, each with the next step. By default, the channel
    is the person's own.
    """
    year = year or await open_year(read.connection, EnrollmentType.IMMEDIATE, read.now.date())
    row = await people.find(read.connection, member_id, year)
    if row is None:
        raise Forbidden
    await may_read(read, row["union_id"])
    person = submissions.person_of({**row, "removed": row["removed_at"] is not None})
    list_channel = channel or person.channel or Channel.SOCIAL_SECURITY_CARD
    found = reasons.reasons(person, list_channel, read.now, rules().status_max_age)
    line = LineState(row["line_state"]) if row["line_state"] else None
    state = state_of(person, line, list_channel)
    counted = reasons.counted(found)
    return Reasons(
        member_id=member_id,
        channel=person.channel,
        state=state,
        submittable=PERSON.allows(state, "submit") and not found,
        tab=reasons.tab_of(person),
        reasons=[reason_shown(reason) for reason in found],
        counted=reason_shown(counted) if counted else None,
    )
