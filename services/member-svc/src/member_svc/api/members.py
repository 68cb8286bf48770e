"""The member list, removals and service cards over HTTP (F071, F080, A29, A57)."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from chassis.acts import ReadContext
from chassis.http import Act, Page, PageRequest, Paging, Read
from chassis.paging import MOST_PAGE_SIZE, PAGE_SIZE
from contracts.words import DocumentType, Role
from member_svc.api.views import MemberView
from member_svc.cells import compact_of, text_of
from member_svc.domain import SearchInUrl
from member_svc.reach import list_scope, require_supported_caller
from member_svc.store import member_lists
from member_svc.store.member_lists import MemberFilter
from member_svc.usecases.members import cancel_cards, give_cards, remove_members

router = APIRouter(tags=["members"])

MOST_AT_ONCE = 5000


class SearchMembers(BaseModel):
    """Name and number in full, in the body: addresses end up in logs."""

    union_id: UUID | None = None
    unit_id: UUID | None = None
    member_no: str | None = None
    name: str | None = Field(default=None, max_length=50)
    number: str | None = Field(default=None, max_length=30)
    page: int = Field(default=1, ge=1)
    page_size: int = Field(default=PAGE_SIZE, ge=1, le=MOST_PAGE_SIZE)


class ChosenMembers(BaseModel):
    member_ids: list[UUID] = Field(min_length=1, max_length=MOST_AT_ONCE)


class GivenCard(BaseModel):
    member_id: UUID
    card_number: str = Field(max_length=40)


class GivenCards(BaseModel):
    cards: list[GivenCard] = Field(min_length=1, max_length=MOST_AT_ONCE)


class Removed(BaseModel):
    removed: int


class Changed(BaseModel):
    changed: int


@router.get("/members")
async def list_members(
    request: Request,
    read: Read,
    page: Paging,
    union_id: UUID | None = None,
    unit_id: UUID | None = None,
    member_no: str | None = None,
) -> Page[MemberView]:
    """`union_id` means the union and everything below it."""
    if request.query_params.keys() & {"name", "number"}:
        raise SearchInUrl
    return await _list(read, MemberFilter(None, union_id, unit_id, member_no), page)


@router.post("/members/search")
async def search_members(body: SearchMembers, read: Read) -> Page[MemberView]:
    """Exact search over sealed values; changes nothing and needs no Idempotency-Key."""
    wanted = MemberFilter(None, body.union_id, body.unit_id, body.member_no or None)
    if body.name:
        wanted.name_key = read.index.of("name", text_of(body.name))
    if body.number:
        number = compact_of(body.number)
        wanted.person_keys = [read.index.person_key(kind.value, number) for kind in DocumentType]
    return await _list(read, wanted, PageRequest(page=body.page, page_size=body.page_size))


async def _list(read: ReadContext, wanted: MemberFilter, page: PageRequest) -> Page[MemberView]:
    read.require(Role.HANDLER, Role.REVIEWER, Role.MUNICIPAL)
    await require_supported_caller(read.connection, read.principal)
    wanted.scope_id = list_scope(read.principal)
    total = await member_lists.count(read.connection, wanted)
    rows = await member_lists.page(read.connection, wanted, page.limit, page.offset)
    in_full = read.principal.role == Role.HANDLER
    return page.of(
        total,
        [
            MemberView.of(
                row, read.vault.unseal(row["sealed"], row["member_id"]).name if in_full else row["masked_name"]
            )
            for row in rows
        ],
    )


@router.post("/members/removals", response_model=Removed)
async def post_removal(body: ChosenMembers, act: Act) -> Response:
    """All or none; the answer counts those who stood in the list."""
    act.require(Role.HANDLER)
    return await act.once("members_removed", lambda work: remove_members(body.member_ids, work))


@router.post("/service-cards", response_model=Changed)
async def post_cards(body: GivenCards, act: Act) -> Response:
    act.require(Role.HANDLER)
    cards = {card.member_id: card.card_number for card in body.cards}
    return await act.once("service_cards_given", lambda work: give_cards(cards, work))


@router.post("/service-cards/cancellations", response_model=Changed)
async def post_cancellation(body: ChosenMembers, act: Act) -> Response:
    act.require(Role.HANDLER)
    return await act.once("service_cards_cancelled", lambda work: cancel_cards(body.member_ids, work))
