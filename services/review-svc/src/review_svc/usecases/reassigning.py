"""The municipal federation (市总工会) reassigns the open lines of a closed union to another reviewing union (A56)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.domain import Forbidden
from chassis.messaging import references
from chassis.normalization import display_text
from chassis.web import require_reach
from contracts.event import Event
from contracts.reviews import BatchReassigned
from contracts.unions import UnionChanged
from review_svc.domain.history import Happened
from review_svc.domain.lines import Line, LineState
from review_svc.domain.reassignments import NoOpenLines, ReviewingUnion, reassigned, require_reassignable
from review_svc.store import history
from review_svc.store import lines as store
from review_svc.usecases import notices
from review_svc.usecases.reviewing import load

if TYPE_CHECKING:
    import asyncpg


@dataclass(frozen=True, slots=True)
class Reassignment:
    lines: list[Line]
    reason: str
    events: list[Event]


class NewChain(NamedTuple):
    chain: tuple[UUID, ...]
    names: tuple[str, ...]
    state: LineState


async def reassign(
    closed_id: UUID, successor_id: UUID, reason: str, line_ids: Sequence[UUID] | None, work: UnitOfWork
) -> Reassignment:
    """Reassign the lines in `line_ids` (None = all open lines of the closed union).

    If one line is refused, no line is reassigned.
    """
    reason = display_text(reason)
    assert work.actor is not None
    await require_reach(work.connection, work.actor, closed_id, successor_id)
    unions = await references.entries(work.connection, UnionChanged, [str(closed_id), str(successor_id)])
    if len(unions) != len({closed_id, successor_id}):
        raise Forbidden
    closed, successor = unions[str(closed_id)], unions[str(successor_id)]
    require_reassignable(_reviewing_union(closed), _reviewing_union(successor), reason)
    rows = await _open_lines(closed_id, line_ids, work)
    await require_reach(work.connection, work.actor, *{row["union_id"] for row in rows})
    lines_by_chain: dict[NewChain, list[Line]] = defaultdict(list)
    for row in rows:
        line = store.line_of(row)
        chain, state = reassigned(line, closed_id, _reviewing_union(successor))
        names = dict(zip(row["chain"], row["chain_names"], strict=True)) | {successor_id: successor.name}
        lines_by_chain[NewChain(chain, tuple(names[step] for step in chain), state)].append(line)
    lines = [line for moved in lines_by_chain.values() for line in moved]
    for new_chain, moved in lines_by_chain.items():
        await store.reassign(work.connection, [line.line_id for line in moved], *new_chain, work.now)
    await _note(lines, closed, successor, reason, work)
    events: list[Event] = [_event(line, closed, successor, reason, work) for line in lines]
    events.append(notices.reassigned(successor_id, closed_id, closed.name, len(lines), work))
    return Reassignment(lines, reason, events)


async def _open_lines(closed_id: UUID, line_ids: Sequence[UUID] | None, work: UnitOfWork) -> "list[asyncpg.Record]":
    if line_ids is not None:
        await load(work, line_ids)
        return await store.lock_lines(work.connection, line_ids)
    rows = await store.lock_open_of(work.connection, closed_id)
    if not rows:
        raise NoOpenLines
    return rows


def _reviewing_union(union: UnionChanged) -> ReviewingUnion:
    return ReviewingUnion(union.union_id, union.union_type, union.active, union.has_reviewer)


async def _note(
    lines: Sequence[Line], closed: UnionChanged, successor: UnionChanged, reason: str, work: UnitOfWork
) -> None:
    assert work.actor is not None
    await history.note(
        work.connection, [line.line_id for line in lines], Happened.REASSIGNED, at=work.now,
        account=work.actor.account, cause_id=work.cause_id, union_id=work.actor.scope_id, reason=reason,
        detail={"from": str(closed.union_id), "to": str(successor.union_id)},
    )  # fmt: skip


def _event(line: Line, closed: UnionChanged, successor: UnionChanged, reason: str, work: UnitOfWork) -> BatchReassigned:
    return BatchReassigned(
        batch_no=line.batch_no,
        line_id=line.line_id,
        union_id=line.union_id,
        unit_id=line.unit_id,
        from_union_id=closed.union_id,
        to_union_id=successor.union_id,
        to_union=successor.name,
        reason=reason,
        reassigned_at=work.now,
    )
