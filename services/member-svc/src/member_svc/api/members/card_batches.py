"""Card batches over HTTP: create and list them, request and decide their cancellation (F032, F042, A31)."""

from typing import Annotated, Any
from uuid import UUID

from asyncpg import Record
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from chassis.database import UnitOfWork
from chassis.domain import Forbidden
from chassis.identity import with_names
from chassis.validation import Body, Days, Instant, Number, ShortText, Version, example
from chassis.web import Command, CommandResult, Labelled, Page, Paging, Read, Scope, may, reach
from contracts.words import Role
from member_svc.api.examples import AT, BATCH_ID, MEMBER_ID, UNION_ID
from member_svc.api.members.members import ChosenMembers
from member_svc.domain.card_batches import CardBatchState
from member_svc.store import card_batches
from member_svc.store.card_batches import CardBatchFilter
from member_svc.usecases.card_batches import (
    approve_cancellation,
    make_card_batch,
    reject_cancellation,
    request_cancellation,
)
from member_svc.usecases.reach import READERS, require_reach, require_supported_caller

router = APIRouter(tags=["card batches"])

_BATCH: dict[str, Any] = {
    "batch_id": BATCH_ID,
    "batch_no": "BK20240510000001",
    "state": {"code": "making", "label": "办卡中"},
    "version": 1,
    "heads": 2,
}
_LISTED = _BATCH | {
    "union_id": UNION_ID,
    "union_name": "示例街道联合工会",
    "cards_made": 0,
    "created_by": "handler-1",
    "created_by_name": "王经办",
    "created_by_union": "示例厂工会委员会",
    "created_at": AT,
    "updated_at": AT,
}


class CardBatch(BaseModel):
    model_config = example(_BATCH)

    batch_id: UUID
    batch_no: str
    state: Labelled[CardBatchState]
    version: int
    heads: int


class ListedCardBatch(CardBatch):
    model_config = example(_LISTED)

    union_id: UUID
    union_name: str | None
    cards_made: int
    created_by: str
    created_by_name: str | None = None
    created_by_union: str | None = None
    created_at: Instant
    updated_at: Instant


class CardBatchDetail(ListedCardBatch):
    model_config = example(_LISTED | {"member_ids": [MEMBER_ID]})

    member_ids: list[UUID]


class SeenVersion(Body):
    """`version` is the version of the batch that the caller read last."""

    model_config = example({"version": 2})

    version: Version


class WithReason(SeenVersion):
    model_config = example({"version": 1, "reason": "人员名单有误"})

    reason: ShortText


@router.post(
    "/card-batches",
    status_code=201,
    response_model=CardBatch,
    dependencies=[may("提交办卡批次", Role.HANDLER, scope=Scope.SUBTREE)],
)
async def post_batch(body: ChosenMembers, command: Command) -> Response:
    """Create a card batch for these members. If one of the members cannot be in the batch, no batch is created."""

    async def make(work: UnitOfWork) -> CommandResult:
        return _shown(await make_card_batch(body.member_ids, work))

    return await command.once("card_batch_made", make)


def _shown(batch: Record) -> CommandResult:
    return CommandResult(CardBatch(**batch), subject=batch["batch_no"], detail={"people": batch["heads"]})


@router.get("/card-batches", dependencies=[may("查看办卡批次", *READERS, scope=Scope.SUBTREE)])
async def list_batches(
    read: Read,
    page: Paging,
    days: Days,
    union_id: Annotated[UUID | None, Query(description="the union and everything below it")] = None,
    state: CardBatchState | None = None,
    batch_no: Number | None = None,
) -> Page[ListedCardBatch]:
    """The card batches that match all filters. `from` and `to` limit the day on which a batch was created."""
    await require_supported_caller(read.connection, read.principal)
    filters = CardBatchFilter(reach(read.principal), union_id, state, batch_no or None, days.start, days.end)
    total = await card_batches.count(read.connection, filters)
    rows = await card_batches.page(read.connection, filters, page)
    shown = [ListedCardBatch(**row) for row in rows]
    return page.of(total, await with_names(shown, read.connection, read.row_cipher, "created_by"))


@router.get("/card-batches/{batch_id}", dependencies=[may("查看办卡批次", *READERS, scope=Scope.SUBTREE)])
async def get_batch(batch_id: UUID, read: Read) -> CardBatchDetail:
    """One batch with its members."""
    row = await card_batches.get(read.connection, batch_id)
    if row is None:
        raise Forbidden
    await require_reach(read.connection, read.principal, row["union_id"])
    shown = CardBatchDetail(**row, member_ids=await card_batches.member_ids(read.connection, batch_id))
    [named] = await with_names([shown], read.connection, read.row_cipher, "created_by")
    return named


@router.post(
    "/card-batches/{batch_id}/cancellation",
    response_model=CardBatch,
    dependencies=[may("申请撤销办卡批次", Role.HANDLER, scope=Scope.SUBTREE)],
)
async def post_cancellation(batch_id: UUID, body: WithReason, command: Command) -> Response:
    """Ask the superior union to cancel the batch."""

    async def ask(work: UnitOfWork) -> CommandResult:
        return _shown(await request_cancellation(batch_id, body.reason, body.version, work))

    return await command.once("card_batch_cancellation_asked", ask)


@router.post(
    "/card-batches/{batch_id}/cancellation/approval",
    response_model=CardBatch,
    dependencies=[may("同意撤销办卡批次", Role.REVIEWER, scope=Scope.ABOVE, only="上级工会，且不是申请的工会")],
)
async def post_approval(batch_id: UUID, body: SeenVersion, command: Command) -> Response:
    """The superior union approves the cancellation. The batch is cancelled, and its members can join another batch."""

    async def approve(work: UnitOfWork) -> CommandResult:
        return _shown(await approve_cancellation(batch_id, body.version, work))

    return await command.once("card_batch_cancellation_approved", approve)


@router.post(
    "/card-batches/{batch_id}/cancellation/rejection",
    response_model=CardBatch,
    dependencies=[may("驳回撤销办卡批次", Role.REVIEWER, scope=Scope.ABOVE, only="上级工会，且不是申请的工会")],
)
async def post_rejection(batch_id: UUID, body: WithReason, command: Command) -> Response:
    """The superior union rejects the cancellation. The cards of the batch are made as planned."""

    async def reject(work: UnitOfWork) -> CommandResult:
        return _shown(await reject_cancellation(batch_id, body.reason, body.version, work))

    return await command.once("card_batch_cancellation_rejected", reject)
