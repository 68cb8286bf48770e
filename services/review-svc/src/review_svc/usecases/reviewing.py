"""What a reviewing union does with the lines before it."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.acts import Done
from chassis.refusals import Forbidden
from chassis.work import Work
from contracts.fields import Part, Shares
from contracts.parts import into_parts
from contracts.reviews import BatchReturned
from review_svc import domain
from review_svc.domain import Line, LineState, Reviewer
from review_svc.store import lines as store

if TYPE_CHECKING:
    import asyncpg

Versions = dict[UUID, int]


def reviewer_of(work: Work) -> Reviewer:
    """Raises Forbidden for a caller without a place in the tree."""
    if work.actor is None or work.actor.scope_id is None:
        raise Forbidden
    return Reviewer(work.actor.account, work.actor.scope_id)


async def load(work: Work, line_ids: Sequence[UUID]) -> list[Line]:
    """Locked lines. Raises Forbidden where one does not exist: the same answer as for one out of reach."""
    if not line_ids:
        raise domain.NothingTicked
    rows = await store.lock_lines(work.connection, line_ids)
    if len(rows) != len(set(line_ids)):
        raise Forbidden
    return [store.line_of(row) for row in rows]


async def stage(versions: Versions, work: Work) -> Done:
    """添加至待提交: all ticked lines or none (F210, F221)."""
    return await _move(versions, work, domain.stage, LineState.STAGED, "staged")


async def unstage(versions: Versions, work: Work) -> Done:
    """移除 (F234)."""
    return await _move(versions, work, domain.unstage, LineState.PENDING, "unstaged")


async def _move(
    versions: Versions, work: Work, allow: Callable[[Line, Reviewer, int], None], state: LineState, what: str
) -> Done:
    reviewer = reviewer_of(work)
    lines = await load(work, list(versions))
    for line in lines:
        allow(line, reviewer, versions[line.line_id])
    ids = [line.line_id for line in lines]
    await store.set_state(work.connection, ids, state, work.now)
    await store.note(work.connection, ids, what, at=work.now, account=reviewer.account, union_id=reviewer.union_id)
    heads = sum(line.heads for line in lines)
    return Done({"lines": len(lines), "heads": heads}, detail={"lines": len(lines), "heads": heads})


async def pass_up(line_ids: Sequence[UUID] | None, work: Work) -> Done:
    """A second-level union's 提交: on to the parent's 待审批 (A15). None ticked = the whole list (A52)."""
    reviewer = reviewer_of(work)
    lines = await ticked_or_all(line_ids, reviewer, work)
    for line in lines:
        domain.pass_up(line, reviewer)
    ids = [line.line_id for line in lines]
    await store.pass_up(work.connection, ids, work.now)
    await store.note(
        work.connection, ids, "passed_up", at=work.now, account=reviewer.account, union_id=reviewer.union_id
    )
    heads = sum(line.heads for line in lines)
    return Done({"lines": len(lines), "heads": heads}, detail={"lines": len(lines), "heads": heads})


async def ticked_or_all(
    line_ids: Sequence[UUID] | None, reviewer: Reviewer, work: Work, enrollment_type: str | None = None
) -> list[Line]:
    """The ticked lines, or the whole 待提交 list. Raises NothingStaged."""
    if line_ids:
        return await load(work, line_ids)
    rows = await store.lock_staged(work.connection, reviewer.union_id, enrollment_type)
    if not rows:
        raise domain.NothingStaged
    return [store.line_of(row) for row in rows]


async def give_back(line_id: UUID, member_ids: Sequence[UUID] | None, reason: str, version: int, work: Work) -> Done:
    """退回, a whole line or chosen people (A48, A49). Returning the last person is a whole return."""
    reviewer = reviewer_of(work)
    [line] = await load(work, [line_id])
    domain.give_back(line, reviewer, version, reason)
    chosen = sorted(set(member_ids or ()))
    if member_ids is not None and not chosen:
        # An empty list is a screen that lost its ticks, never "everybody".
        raise domain.NothingTicked
    if chosen and await store.return_people(work.connection, line_id, chosen) != len(chosen):
        raise domain.PeopleUnknown(line_id=str(line_id))
    whole = not chosen or len(chosen) == line.heads
    row = await _end_or_shrink(line, whole, work)
    events = _returned(row, [] if whole else chosen, whole, reason.strip(), reviewer, work)
    returned = line.heads if whole else len(chosen)
    await store.note(
        work.connection, [line_id], "returned", at=work.now, account=reviewer.account, union_id=reviewer.union_id,
        reason=reason.strip(), detail={"heads": returned, "whole": whole, "round": row["round"]},
    )  # fmt: skip
    body = {"line_id": str(line_id), "whole": whole, "returned": returned, "heads": row["heads"]} | {
        "crossed_half_year": domain.crossed_half_year(row["submitted_at"].astimezone(work.now.tzinfo), work.now)
    }
    return Done(body, events, subject=str(line_id), detail={"whole": whole, "returned": returned})


async def _end_or_shrink(line: Line, whole: bool, work: Work) -> "asyncpg.Record":
    if whole:
        await store.end_line(work.connection, line.line_id, LineState.RETURNED, work.now)
        row = await store.find(work.connection, line.line_id)
        assert row is not None
        return row
    return await store.shrink(work.connection, line.line_id, work.now)


def _returned(
    row: "asyncpg.Record", chosen: Sequence[UUID], whole: bool, reason: str, reviewer: Reviewer, work: Work
) -> list[BatchReturned]:
    parts = into_parts(chosen)
    return [
        BatchReturned(
            batch_no=row["batch_no"],
            line_id=row["line_id"],
            union_id=row["union_id"],
            unit_id=row["unit_id"],
            whole=whole,
            part=Part(index=index, count=len(parts)),
            member_ids=part,
            reason=reason,
            returned_by_union_id=reviewer.union_id,
            returned_by_union=row["chain_names"][row["step"]],
            returned_at=work.now,
            heads=row["heads"],
            fee=Shares.of(city=row["city_fen"], district=row["district_fen"], unit=row["unit_fen"]),
        )
        for index, part in enumerate(parts)
    ]
