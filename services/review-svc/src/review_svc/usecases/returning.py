"""退回: a reviewing union of any level returns a line or people to the submitting union.

See F211, F225, A16 and A51.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.database import UnitOfWork
from chassis.normalization import display_text
from contracts.fields import Part, Shares
from contracts.parts import into_parts
from contracts.reviews import BatchReturned
from review_svc.domain import returns as rules
from review_svc.domain.history import Happened
from review_svc.domain.lines import Line, LineState, Reviewer
from review_svc.store import history, people
from review_svc.store import lines as store
from review_svc.usecases.reviewing import load, reviewer_of

if TYPE_CHECKING:
    import asyncpg


@dataclass(frozen=True, slots=True)
class ReturnedPeople:
    """`returned`: how many people the reviewer returned. `heads`: how many people stay in the line.

    `crossed_half_year`: True if June 30 lies between the submission and the return. If the people are submitted again,
    their cover is then for half a year only (A49).
    """

    line_id: UUID
    whole: bool
    returned: int
    heads: int
    crossed_half_year: bool
    events: list[BatchReturned]


async def return_people(
    line_id: UUID, member_ids: Sequence[UUID] | None, reason: str, version: int, work: UnitOfWork
) -> ReturnedPeople:
    """Return a whole line or chosen people (A48, A49). If nobody is left, the whole line is returned."""
    reviewer, reason = reviewer_of(work), display_text(reason)
    [line] = await load(work, [line_id])
    chosen = None if member_ids is None else sorted(set(member_ids))
    state = rules.return_people(line, chosen, reason, reviewer=reviewer, version=version)
    if chosen and await people.mark_returned(work.connection, line_id, chosen) != len(chosen):
        raise rules.PeopleUnknown(line_id=str(line_id))
    whole = state is LineState.RETURNED
    row = await _end(line, work) if whole else await store.recount(work.connection, line_id, work.now)
    returned = line.heads if whole else len(chosen or ())
    await history.note(
        work.connection, [line_id], Happened.RETURNED, at=work.now, account=reviewer.account,
        cause_id=work.cause_id, union_id=reviewer.union_id, reason=reason,
        detail={"heads": returned, "whole": whole, "round": row["round"]},
    )  # fmt: skip
    events = _events(row, [] if whole else chosen or [], whole, reason, reviewer, work)
    crossed = rules.crossed_half_year(row["submitted_at"].astimezone(work.now.tzinfo), work.now)
    return ReturnedPeople(line_id, whole, returned, row["heads"], crossed, events)


async def _end(line: Line, work: UnitOfWork) -> "asyncpg.Record":
    await store.end_line(work.connection, line.line_id, LineState.RETURNED, work.now)
    row = await store.find(work.connection, line.line_id)
    assert row is not None
    return row


def _events(
    row: "asyncpg.Record", chosen: Sequence[UUID], whole: bool, reason: str, reviewer: Reviewer, work: UnitOfWork
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
