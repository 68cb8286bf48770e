"""The story of one person in member-svc: rows of imports (also rejected rows), the units of which the person is or was
a member, moves of these units, and card batches.
"""

from collections.abc import Iterable, Iterator
from uuid import UUID

from asyncpg import Record

from chassis.routes import StoryRequest, StoryStep, ids, story_router
from chassis.web import ReadContext
from contracts.words import Stage
from member_svc.domain.states import ImportState, RowOutcome
from member_svc.store import stories
from member_svc.usecases.reach import require_supported_caller


async def find(read: ReadContext, body: StoryRequest, scope_id: UUID | None) -> list[StoryStep]:
    await require_supported_caller(read.connection, read.principal)
    # A row of an import is found by the document number alone, because the roster possibly has the wrong document type.
    of_any_type = body.model_copy(update={"document_type": None}).person_keys(read.index)
    rows = await stories.rows(read.connection, body.number_keys(read.index), of_any_type, scope_id)
    members = await stories.memberships(read.connection, body.person_keys(read.index), scope_id)
    moves = await stories.moves(read.connection, [member["unit_id"] for member in members])
    batches = await stories.card_batches(read.connection, [member["member_id"] for member in members])
    return [
        *map(_row, rows),
        *(step for member in members for step in _membership(member, moves)),
        *(step for batch in batches for step in _card_batch(batch)),
    ]


router = story_router("member-svc", find, count_misses=True)


def _row(row: Record) -> StoryStep:
    outcome, state = RowOutcome(row["outcome"]), ImportState(row["state"])
    why = "；".join(fault["message"] for fault in row["faults"] or [])
    waits = outcome is not RowOutcome.REJECTED and state is not ImportState.APPLIED
    words = f"导入文件第{row['row_no']}行：{outcome.label}" + (f"，{why}" if why else "")
    return _step(
        row["at"],
        f"row_{outcome.value}",
        words + (f"（{state.label}）" if waits else ""),
        ids(import_id=row["import_id"], row=row["row_no"], unit_id=row["unit_id"]),
        row["created_by"],
    )


def _membership(member: Record, moves: Iterable[Record]) -> Iterator[StoryStep]:
    step_ids = ids(member_id=member["member_id"], member_no=member["member_no"], unit_id=member["unit_id"])
    unit = member["unit_name"] or ""
    yield _step(member["created_at"], "created", f"登记为{unit}会员", step_ids)
    if member["changed_at"] > member["created_at"] and member["changed_at"] != member["removed_at"]:
        card = "，有会员服务卡" if member["has_service_card"] else ""
        yield _step(member["changed_at"], "changed", f"会员信息最近一次变更{card}", step_ids)
    for move in moves:
        if move["unit_id"] == member["unit_id"] and move["moved_at"] > member["created_at"]:
            yield _step(move["moved_at"], "moved", f"{unit}划转至现工会", step_ids | ids(move_id=move["move_id"]))
    if member["removal_requested_at"]:
        yield _step(member["removal_requested_at"], "removal_requested", "在会员管理中申请删除，待确认", step_ids)
    if member["removed_at"]:
        yield _step(member["removed_at"], "removed", "在会员管理中删除", step_ids)


def _card_batch(batch: Record) -> Iterator[StoryStep]:
    step_ids = ids(card_batch_no=batch["batch_no"], card_batch_id=batch["batch_id"], member_id=batch["member_id"])
    yield _step(batch["created_at"], "card_batch", f"列入办卡批次{batch['batch_no']}", step_ids, batch["created_by"])
    if batch["decided_at"]:
        decision = "approved" if batch["cancellation"] == "approved" else "rejected"
        words = "撤销办卡批次已同意" if decision == "approved" else "撤销办卡批次未同意"
        yield _step(batch["decided_at"], f"card_batch_cancellation_{decision}", words, step_ids, batch["decided_by"])


def _step(at: object, what: str, words: str, step_ids: dict[str, str], by: str | None = None) -> StoryStep:
    return StoryStep.model_validate(
        {"at": at, "stage": Stage.IMPORT, "what": what, "words": words, "ids": step_ids, "by": by}
    )
