"""Service cards, and the members without a card (F030, F031, A39)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from chassis.database import UnitOfWork
from chassis.validation import Body, example
from chassis.web import Command, CommandResult, ExportFormat, Page, Paging, Read, Scope, each, export, may
from contracts.words import Role
from member_svc.api.examples import MEMBER_ID
from member_svc.api.members.filters import Filters, SearchMembers, within_scope
from member_svc.api.members.members import MOST_AT_ONCE, ChosenMembers, page_of
from member_svc.api.members.schemas import NAMES, ServiceCardView, WithoutCardView, exported
from member_svc.store import member_lists
from member_svc.store.member_lists import MemberFilter
from member_svc.texts import columns
from member_svc.usecases.reach import READERS
from member_svc.usecases.service_cards import CardChange, cancel_cards, record_cards

router = APIRouter(tags=["service cards"])


class GivenCard(Body):
    member_id: UUID
    card_number: str = Field(max_length=40)


class GivenCards(Body):
    model_config = example({"cards": [{"member_id": MEMBER_ID, "card_number": "6223000011112222"}]})

    cards: list[GivenCard] = Field(max_length=MOST_AT_ONCE)


class Changed(BaseModel):
    model_config = example({"changed": 1})

    changed: int


@router.get("/service-cards", dependencies=[may("查看会员服务卡", *READERS, scope=Scope.SUBTREE, shown=NAMES)])
async def list_cards(read: Read, page: Paging, filters: Filters) -> Page[ServiceCardView]:
    """卡片信息管理: the members with a card. The card was in a roster, or `POST /service-cards` recorded it."""
    return await page_of(read, ServiceCardView, _with_card(filters), page)


@router.post("/service-cards/search", dependencies=[may("查询会员服务卡", *READERS, scope=Scope.SUBTREE, shown=NAMES)])
async def search_cards(body: SearchMembers, read: Read) -> Page[ServiceCardView]:
    """Search by exact name, document number or card number. The search changes nothing and needs no Idempotency-Key."""
    return await page_of(read, ServiceCardView, _with_card(body.filter(read.index)), body.paging())


@router.get(
    "/service-cards/export",
    response_class=Response,
    dependencies=[may("导出会员服务卡", *READERS, scope=Scope.SUBTREE, shown=NAMES)],
)
async def export_cards(
    read: Read, page: Paging, filters: Filters, format: ExportFormat = ExportFormat.XLSX
) -> Response:
    """The whole list as a file; numbers stay masked (D26)."""
    filters = await within_scope(read, _with_card(filters))
    rows = member_lists.batches(read.connection, filters, page)
    return await export(
        read,
        name="service_cards_exported",
        file_name="会员服务卡",
        columns=columns.SERVICE_CARDS,
        rows=each(rows, lambda row: exported(ServiceCardView.of(row, read))),
        format=format,
        subject=str(filters.union_id or filters.scope_id or ""),
    )


@router.get("/members-without-card", dependencies=[may("查看待办会员列表", *READERS, scope=Scope.SUBTREE, shown=NAMES)])
async def list_without_card(
    read: Read,
    page: Paging,
    filters: Filters,
    in_card_batch: Annotated[bool | None, Query(description="whether a card batch is making the card")] = None,
) -> Page[WithoutCardView]:
    """待办会员列表: the members without a card."""
    filters.has_service_card, filters.in_card_batch = False, in_card_batch
    return await page_of(read, WithoutCardView, filters, page)


@router.post(
    "/service-cards", response_model=Changed, dependencies=[may("登记会员服务卡", Role.HANDLER, scope=Scope.SUBTREE)]
)
async def post_cards(body: GivenCards, command: Command) -> Response:
    """Record cards that were made. From now on, the members with these cards use the service-card channel (A39)."""
    cards = {card.member_id: card.card_number for card in body.cards}

    async def record(work: UnitOfWork) -> CommandResult:
        return _changed(await record_cards(cards, work))

    return await command.once("service_cards_given", record)


@router.post(
    "/service-cards/cancellations",
    response_model=Changed,
    dependencies=[may("注销会员服务卡", Role.HANDLER, scope=Scope.SUBTREE)],
)
async def post_cancellation(body: ChosenMembers, command: Command) -> Response:
    """Cancel the cards of these members. The members then use the social-security-card channel again (A39)."""

    async def cancel(work: UnitOfWork) -> CommandResult:
        return _changed(await cancel_cards(body.member_ids, work))

    return await command.once("service_cards_cancelled", cancel)


def _changed(change: CardChange) -> CommandResult:
    return CommandResult(Changed(changed=change.people), change.events, detail={"people": change.people})


def _with_card(filters: MemberFilter) -> MemberFilter:
    filters.has_service_card = True
    return filters
