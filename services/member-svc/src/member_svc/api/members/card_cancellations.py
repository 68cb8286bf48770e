"""撤销办卡批次审核: requests to cancel a card batch. The superior union decides about them (F042)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from chassis.identity import with_names
from chassis.validation import Instant, Number, example
from chassis.web import Labelled, Page, Paging, Read, Scope, may, reach
from member_svc.api.examples import AT, BATCH_ID, CANCELLATION_ID, UNION_ID
from member_svc.domain.card_batches import CancellationState
from member_svc.store import card_cancellations
from member_svc.store.card_cancellations import CancellationFilter
from member_svc.usecases.reach import READERS, require_supported_caller

router = APIRouter(tags=["card batches"])


class CardCancellation(BaseModel):
    """`version` is the version of the batch. The request that approves or rejects the cancellation must send it."""

    model_config = example(
        {
            "cancellation_id": CANCELLATION_ID,
            "batch_id": BATCH_ID,
            "batch_no": "BK20240510000001",
            "union_id": UNION_ID,
            "union_name": "示例街道联合工会",
            "heads": 2,
            "version": 2,
            "state": {"code": "rejected", "label": "已驳回"},
            "reason": "人员名单有误",
            "requested_by": "handler-1",
            "requested_by_name": "王经办",
            "requested_by_union": "示例厂工会委员会",
            "requested_at": AT,
            "decided_by": "reviewer-1",
            "decided_by_name": "李审核",
            "decided_by_union": "示例街道总工会",
            "decided_at": AT,
            "decision_reason": "已送制卡",
        }
    )

    cancellation_id: UUID
    batch_id: UUID
    batch_no: str
    union_id: UUID
    union_name: str | None
    heads: int
    version: int
    state: Labelled[CancellationState]
    reason: str
    requested_by: str
    requested_by_name: str | None = None
    requested_by_union: str | None = None
    requested_at: Instant
    decided_by: str | None
    decided_by_name: str | None = None
    decided_by_union: str | None = None
    decided_at: Instant | None
    decision_reason: str | None


@router.get("/card-cancellations", dependencies=[may("查看撤销办卡批次申请", *READERS, scope=Scope.SUBTREE)])
async def list_cancellations(
    read: Read,
    page: Paging,
    union_id: Annotated[UUID | None, Query(description="the union and everything below it")] = None,
    state: CancellationState | None = None,
    batch_no: Number | None = None,
) -> Page[CardCancellation]:
    """The requests for batches of unions in the caller's subtree, including decided requests."""
    await require_supported_caller(read.connection, read.principal)
    filters = CancellationFilter(reach(read.principal), union_id, state, batch_no or None)
    total = await card_cancellations.count(read.connection, filters)
    rows = await card_cancellations.page(read.connection, filters, page)
    shown = [CardCancellation(**row) for row in rows]
    for field in ("requested_by", "decided_by"):
        shown = await with_names(shown, read.connection, read.row_cipher, field)
    return page.of(total, shown)
