"""The list 参保待确认名单 and the button 确认 (F149–F167). A confirmation cannot be undone (F162)."""

from enum import StrEnum
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, model_validator

from chassis.database import UnitOfWork
from chassis.messaging import tree_units
from chassis.privacy import BlindIndex
from chassis.validation import Heads, Ids, Number, Year, example
from chassis.web import Command, CommandResult, Page, Paging, Read, Scope, may, require_reach
from contracts.words import Channel, Role
from enrollment_svc.api.access import NAMES, READERS, may_read
from enrollment_svc.api.candidates.candidate import Candidate
from enrollment_svc.api.candidates.candidates import list_people
from enrollment_svc.api.candidates.people_filters import InYear, PersonFilters
from enrollment_svc.store.candidates.people import PeopleFilter
from enrollment_svc.texts.verification import CONFIRM_FOR_GOOD, CONFIRM_TITLES, CONFIRM_WARNING
from enrollment_svc.usecases import unions
from enrollment_svc.usecases.candidates import confirmation
from enrollment_svc.usecases.candidates.confirmation import Prompt

router = APIRouter(tags=["confirmations"])

UNION = "0d2f6e6e-4c0f-4a0b-9d0e-5b8f3a1c7d03"


class State(StrEnum):
    """未确认, 已确认, 全部 (A41)."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    ALL = "all"


CONFIRMED = {State.OPEN: False, State.CONFIRMED: True, State.ALL: None}


class Search(PersonFilters, InYear):
    model_config = example({"union_id": UNION, "state": "open", "member_no": "007000123"})

    channel: Channel | None = None
    state: State = State.OPEN


@router.get("/confirmations", dependencies=[may("查看参保待确认名单", *READERS, scope=Scope.SUBTREE, shown=NAMES)])
async def list_confirmations(
    read: Read,
    page: Paging,
    union_id: UUID,
    state: State = State.OPEN,
    channel: Channel | None = None,
    year: Year | None = None,
    member_no: Number | None = None,
) -> Page[Candidate]:
    """The list. By default, it shows only the people who are not confirmed yet.

    To search by name or document number, POST the filters to /confirmations/search.
    """
    search = Search(union_id=union_id, state=state, channel=channel, year=year, member_no=member_no)
    return await search_confirmations(search, read, page)


@router.post(
    "/confirmations/search", dependencies=[may("查询参保待确认名单", *READERS, scope=Scope.SUBTREE, shown=NAMES)]
)
async def search_confirmations(search: Search, read: Read, page: Paging) -> Page[Candidate]:
    """The list with all its filters. This POST only reads."""
    await may_read(read, search.union_id)
    people_filter = PeopleFilter(
        search.union_id,
        await search.year_of(read.connection, read.now),
        channel=search.channel,
        name_keys=search.name_keys(read.index),
        person_keys=search.person_keys(read.index),
        member_no=search.member_number(),
        to_confirm=True,
        confirmed=CONFIRMED[search.state],
    )
    return await list_people(read, people_filter, page, search.enrollment_type)


class Over(InYear):
    """All people whom the filters match, on all pages."""

    model_config = example({"union_id": UNION})

    channel: Channel | None = None
    filters: PersonFilters = PersonFilters()

    def people_filter(self, year: int, index: BlindIndex) -> PeopleFilter:
        return PeopleFilter(
            self.union_id,
            year,
            channel=self.channel,
            name_keys=self.filters.name_keys(index),
            person_keys=self.filters.person_keys(index),
            member_no=self.filters.member_number(),
        )


class PromptShown(BaseModel):
    """The prompt before 全部确认. `people`: how many people 全部确认 would confirm. `of_retirement_age`: how many of
    these people have reached retirement age. `maybe_of_retirement_age`: how many more of them have possibly reached it
    (A20).
    """

    model_config = example(
        {
            "title": "即时参保待确认名单",
            "people": 12,
            "of_retirement_age": 2,
            "maybe_of_retirement_age": 1,
            "text": "将确认12人的就业状态，其中2人已达、1人可能已达法定退休年龄。",
            "warnings": [CONFIRM_WARNING, CONFIRM_FOR_GOOD],
        }
    )

    title: str
    people: int
    of_retirement_age: int
    maybe_of_retirement_age: int
    text: str
    warnings: list[str] = [CONFIRM_WARNING, CONFIRM_FOR_GOOD]


@router.post("/confirmations/prompt", dependencies=[may("全部确认", Role.HANDLER, scope=Scope.SUBTREE)])
async def show_prompt(over: Over, read: Read) -> PromptShown:
    """The prompt before 全部确认: how many people it would confirm, and how many of them have reached, or have possibly
    reached, retirement age.
    """
    await may_read(read, over.union_id)
    people_filter = over.people_filter(await over.year_of(read.connection, read.now), read.index)
    prompt = await confirmation.prompt(read.connection, people_filter, read.row_cipher, read.now.date())
    return PromptShown(
        title=CONFIRM_TITLES[over.enrollment_type],
        people=prompt.people,
        of_retirement_age=prompt.reached,
        maybe_of_retirement_age=prompt.possible,
        text=_sentence(prompt),
    )


class Confirm(Over):
    """确认 with `member_ids`, or 全部确认 with `all`. `expected_people`: the number of people in the prompt."""

    model_config = example(
        {"union_id": UNION, "member_ids": ["0d2f6e6e-4c0f-4a0b-9d0e-5b8f3a1c7d01"]},
        {"union_id": UNION, "all": True, "expected_people": 12},
    )

    member_ids: Ids | None = Field(default=None, min_length=1)
    all: bool = False
    expected_people: Heads | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "Confirm":
        if self.all == (self.member_ids is not None):
            raise ValueError("either member_ids or all")
        return self


class LeftOut(BaseModel):
    """A reason why chosen people were not confirmed, and the number of these people. `message` has the reason and the
    next step.
    """

    code: str
    message: str
    people: int


#: Only 确认 can leave out people. 全部确认 chooses only people who wait for a confirmation.
LEFT_OUT = {
    "already_confirmed": "已经确认过，无需再次确认",
    "not_to_confirm": "就业状态不是“不明确”，不在待确认名单中，无需确认；请在待校验列表查看原因",
    "filtered": "不符合所选的查询条件，请清除查询条件后再确认",
    "enrolled": "本保障年度已参加或正在审核，无需确认",
}


class ConfirmAnswer(BaseModel):
    """`confirmed`: how many people this request confirmed. `ready`: how many of them are now in 待提交.

    `open`: how many people of the union still wait for a confirmation. `left_out`: the chosen people whom this request
    did not confirm, counted by reason.
    """

    model_config = example(
        {
            "confirmed": 12,
            "ready": 10,
            "open": 0,
            "left_out": [{"code": "already_confirmed", "message": LEFT_OUT["already_confirmed"], "people": 1}],
        }
    )

    confirmed: int
    ready: int
    open: int
    left_out: list[LeftOut]


@router.post(
    "/confirmations",
    response_model=ConfirmAnswer,
    dependencies=[may("确认就业状态", Role.HANDLER, scope=Scope.SUBTREE)],
)
async def confirm(body: Confirm, command: Command) -> Response:
    """Confirm people for the protection year. This cannot be undone; confirming again changes nothing."""

    async def confirm_people(work: UnitOfWork) -> CommandResult:
        await require_reach(work.connection, command.principal, body.union_id)
        await unions.enrolling_union(work.connection, body.union_id)
        units = await tree_units.ids(work.connection, body.union_id)
        people_filter = body.people_filter(await body.year_of(work.connection, work.now), work.index)
        done = await confirmation.confirm(people_filter, body.member_ids, body.expected_people, units, work)
        left_out = [LeftOut(code=code, message=LEFT_OUT[code], people=n) for code, n in done.left_out.items()]
        answer = ConfirmAnswer(confirmed=done.confirmed, ready=done.ready, open=done.open, left_out=left_out)
        return CommandResult(answer, done.events, subject=str(body.union_id), detail={"confirmed": done.confirmed})

    return await command.once("members_confirmed", confirm_people)


def _sentence(prompt: Prompt) -> str:
    ages = [
        f"{prompt.reached}人已达" if prompt.reached else "",
        f"{prompt.possible}人可能已达" if prompt.possible else "",
    ]
    among = "、".join(filter(None, ages))
    return f"将确认{prompt.people}人的就业状态" + (f"，其中{among}法定退休年龄。" if among else "。")
