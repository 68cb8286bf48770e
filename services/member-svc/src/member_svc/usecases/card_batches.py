"""Card batches and their cancellation (F032, F042, D03, D19)."""

from collections.abc import Collection, Sequence
from uuid import UUID

from asyncpg import Record

from chassis.database import UnitOfWork
from chassis.domain import SHANGHAI, Forbidden, StaleVersion
from chassis.normalization import display_text
from contracts.words import UnionType
from member_svc.domain.card_batches import (
    APPROVE,
    CARD_BATCH,
    DECIDED,
    FINISH,
    REJECT,
    REQUEST,
    CardBatchOfManyUnions,
    CardBatchState,
    HasServiceCard,
    InOtherCardBatch,
    NoOtherReviewer,
    NothingToDecide,
    require_independent_decision,
)
from member_svc.domain.refusals import ReasonRequired
from member_svc.store import card_batches, unions
from member_svc.store.card_batches import NewCardBatch
from member_svc.store.unions import UnionEntry
from member_svc.usecases.chosen_members import listed_members
from member_svc.usecases.reach import require_reach, require_working


async def make_card_batch(member_ids: Sequence[UUID], work: UnitOfWork) -> Record:
    """Create a batch for members of one union who have no card and are in no other open batch."""
    assert work.actor is not None
    records = await listed_members(member_ids, work)
    if with_card := [str(record.member_id) for record in records if record.has_service_card]:
        raise HasServiceCard(member_ids=with_card)
    union_ids = {record.union_id for record in records}
    if len(union_ids) > 1:
        raise CardBatchOfManyUnions
    [union_id] = union_ids
    await require_working(work.connection, work.actor, union_id)
    chosen = [record.member_id for record in records]
    batch_no = await card_batches.next_number(work.connection, f"{work.now.astimezone(SHANGHAI):%Y%m%d}")
    new = NewCardBatch(work.cause_id, union_id, chosen, work.actor.account, work.now)
    in_other_batch = set(chosen) - await card_batches.insert(work.connection, new, batch_no)
    if in_other_batch:
        raise InOtherCardBatch(member_ids=sorted(map(str, in_other_batch)))
    return await _stored(new.batch_id, work)


async def request_cancellation(batch_id: UUID, reason: str, version: int, work: UnitOfWork) -> Record:
    """The handler asks the superior union to cancel the batch."""
    assert work.actor is not None
    batch = await _locked_batch(batch_id, version, work)
    state = CARD_BATCH.after(CardBatchState(batch["state"]), REQUEST)
    text = _reason(reason)
    await _require_another_reviewer(batch["union_id"], work)
    await card_batches.request_cancellation(work.connection, work.cause_id, batch_id, text, work.actor, work.now)
    await card_batches.set_state(work.connection, batch_id, state, work.now, open=True)
    return await _stored(batch_id, work)


async def _require_another_reviewer(union_id: UUID, work: UnitOfWork) -> None:
    """Raises NoOtherReviewer if nobody could decide the request (D03).

    A superior union is allowed to make the request for the union of the batch, but not to decide its own request. So
    there must be a second superior union that can decide the request.
    """
    assert work.actor is not None
    union = await unions.entry(work.connection, union_id)
    if union is None or work.actor.scope_id == union_id:
        return
    above = [node for node in union.path if node not in (union_id, work.actor.scope_id)]
    others = await unions.entries(work.connection, above)
    if not any(_reviews(other) for other in others):
        raise NoOtherReviewer


def _reviews(union: UnionEntry) -> bool:
    kind = union.union_type
    return kind.supported and kind is not UnionType.MUNICIPAL and union.active and union.has_reviewer


async def approve_cancellation(batch_id: UUID, version: int, work: UnitOfWork) -> Record:
    """Cancel the batch. Its members can then join another batch."""
    return await _decide(batch_id, APPROVE, None, version, work)


async def reject_cancellation(batch_id: UUID, reason: str, version: int, work: UnitOfWork) -> Record:
    """Reject the request. The cards of the batch are made as planned."""
    return await _decide(batch_id, REJECT, reason, version, work)


async def _decide(batch_id: UUID, action: str, reason: str | None, version: int, work: UnitOfWork) -> Record:
    assert work.actor is not None
    batch = await _locked_batch(batch_id, version, work)
    state = CARD_BATCH.after(CardBatchState(batch["state"]), action)
    request = await card_batches.open_cancellation(work.connection, batch_id)
    if request is None:
        raise NothingToDecide
    require_independent_decision(
        account=work.actor.account,
        scope_id=work.actor.scope_id,
        requested_by=request["requested_by"],
        own_unions=(batch["union_id"], request["requested_by_union_id"]),
    )
    text = _reason(reason) if reason is not None else None
    decided = DECIDED[action]
    await card_batches.decide(work.connection, request["cancellation_id"], decided, work.actor.account, text, work.now)
    await card_batches.set_state(work.connection, batch_id, state, work.now, open=state is CardBatchState.MAKING)
    return await _stored(batch_id, work)


async def finish_made_batches(union_ids: Collection[UUID], work: UnitOfWork) -> None:
    """Mark each batch of these unions as made if all its members have a card. Removed members need no card."""
    for batch_id in await card_batches.lock_with_all_cards(work.connection, sorted(union_ids)) if union_ids else []:
        state = CARD_BATCH.after(CardBatchState.MAKING, FINISH)
        await card_batches.set_state(work.connection, batch_id, state, work.now, open=False)


async def _locked_batch(batch_id: UUID, version: int, work: UnitOfWork) -> Record:
    """Lock the batch, and check the caller's reach and version.

    Raises Forbidden, UnsupportedUnionType or StaleVersion.
    """
    assert work.actor is not None
    batch = await card_batches.lock(work.connection, batch_id)
    if batch is None:
        raise Forbidden
    await require_reach(work.connection, work.actor, batch["union_id"])
    if batch["version"] != version:
        raise StaleVersion(version=batch["version"])
    return batch


def _reason(text: str) -> str:
    reason = display_text(text)
    if not reason:
        raise ReasonRequired
    return reason


async def _stored(batch_id: UUID, work: UnitOfWork) -> Record:
    batch = await card_batches.get(work.connection, batch_id)
    assert batch is not None
    return batch
