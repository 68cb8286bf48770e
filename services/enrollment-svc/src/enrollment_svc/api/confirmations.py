"""参保待确认名单 and 确认 (F149–F167)."""

from enum import StrEnum
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from chassis.http import Act, Done, Page, Paging, Read
from chassis.work import Work
from contracts.words import Channel, Role
from enrollment_svc.api.access import may_act, may_read
from enrollment_svc.api.candidates import Candidate, list_people
from enrollment_svc.api.people_filters import PersonFilters
from enrollment_svc.store.people import PeopleWanted
from enrollment_svc.usecases import confirmation, unions

router = APIRouter(tags=["confirmations"])


class State(StrEnum):
    """未确认, 已确认, 全部 (A41)."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    ALL = "all"


CONFIRMED = {State.OPEN: False, State.CONFIRMED: True, State.ALL: None}


class Search(PersonFilters):
    union_id: UUID
    year: int | None = None
    channel: Channel | None = None
    state: State = State.OPEN


@router.get("/confirmations")
async def list_confirmations(
    read: Read,
    page: Paging,
    union_id: UUID,
    state: State = State.OPEN,
    channel: Channel | None = None,
    year: int | None = None,
    member_no: str | None = None,
) -> Page[Candidate]:
    """The list; it opens on the open rows. To search by name or number, POST the filters to /confirmations/search."""
    search = Search(union_id=union_id, state=state, channel=channel, year=year, member_no=member_no)
    return await search_confirmations(search, read, page)


@router.post("/confirmations/search")
async def search_confirmations(search: Search, read: Read, page: Paging) -> Page[Candidate]:
    """The list with all its filters; a read, although it is a POST."""
    await may_read(read, search.union_id)
    wanted = PeopleWanted(
        search.union_id,
        search.year or read.now.year,
        channel=search.channel,
        name_key=search.name_key(read.index),
        person_keys=search.person_keys(read.index),
        member_no=search.member_no or None,
        to_confirm=True,
        confirmed=CONFIRMED[search.state],
    )
    return await list_people(read, wanted, page)


class Confirm(BaseModel):
    """确认 with `member_ids`, or 全部确认 with `all` over what the filters leave, on all pages."""

    model_config = ConfigDict(extra="forbid")

    union_id: UUID
    year: int | None = None
    member_ids: list[UUID] | None = Field(default=None, min_length=1)
    all: bool = False
    channel: Channel | None = None
    filters: PersonFilters = PersonFilters()

    @model_validator(mode="after")
    def _one_way(self) -> "Confirm":
        if self.all == (self.member_ids is not None):
            raise ValueError("either member_ids or all")
        return self


class ConfirmAnswer(BaseModel):
    """`confirmed` are new, `ready` of them stand in 待提交 now; `open` is the badge that is left."""

    confirmed: int
    ready: int
    open: int


@router.post("/confirmations", response_model=ConfirmAnswer)
async def confirm(body: Confirm, act: Act) -> Response:
    """Irreversible, for the protection year; confirming again changes nothing."""
    act.require(Role.HANDLER)

    async def confirm_people(work: Work) -> Done:
        await may_act(work, body.union_id)
        union = await unions.enrolling_union(work.connection, body.union_id)
        units = [unit.unit_id for unit in union.units]
        done = await confirmation.confirm(_wanted(body, work), body.member_ids, units, work)
        answer = ConfirmAnswer(confirmed=done.confirmed, ready=done.ready, open=done.open)
        return Done(answer, done.events, subject=str(body.union_id), detail={"confirmed": done.confirmed})

    return await act.once("members_confirmed", confirm_people)


def _wanted(body: Confirm, work: Work) -> PeopleWanted:
    return PeopleWanted(
        body.union_id,
        body.year or work.now.year,
        channel=body.channel,
        name_key=body.filters.name_key(work.index),
        person_keys=body.filters.person_keys(work.index),
        member_no=body.filters.member_no or None,
    )
