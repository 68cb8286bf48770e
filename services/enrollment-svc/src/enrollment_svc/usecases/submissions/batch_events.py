"""Seal and emit the people of a submission in parts, so that the rows of only one part are in memory at once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.database import UnitOfWork
from contracts.enrollments import BatchPerson, BatchSubmitted, ChainStep
from contracts.fields import MAX_PEOPLE_PER_PART, Part, SealedBlock
from enrollment_svc.store.batches.lines import NewLine
from enrollment_svc.store.submissions import submissions
from enrollment_svc.store.submissions.submissions import NewBatch
from enrollment_svc.usecases.rates.rates import shares
from enrollment_svc.usecases.submissions.terms import Terms

if TYPE_CHECKING:
    import asyncpg


@dataclass(frozen=True, slots=True)
class Header:
    """The values that all lines of a submission have in common."""

    batch: NewBatch
    chain: list[ChainStep]
    terms: Terms


async def seal_line(line_id: UUID, work: UnitOfWork) -> list[SealedBlock]:
    """One sealed block per part.

    Call it before the batch number is assigned, because all other submissions wait from the assignment to the commit
    (A47).
    """
    blocks = []
    async for index, rows in _parts(line_id, work):
        personal = [work.row_cipher.unseal(row["sealed"], row["member_id"]) for row in rows]
        blocks.append(work.seal(BatchSubmitted, str(line_id), index, personal))
        await asyncio.sleep(0)
    return blocks


async def emit_line(header: Header, line: NewLine, blocks: list[SealedBlock], work: UnitOfWork) -> None:
    """Emit the parts of a line one by one. `emit` keeps only the serialized event, not the rows of its people."""
    async for index, rows in _parts(line.line_id, work):
        part = Part(index=index, count=len(blocks))
        work.emit([_event(header, line, part, [_person(row) for row in rows], blocks[index])])
        await asyncio.sleep(0)


async def _parts(line_id: UUID, work: UnitOfWork) -> AsyncIterator[tuple[int, list["asyncpg.Record"]]]:
    """The people of a line in parts. Every call gives the same parts, so a block of `seal_line` fits its part."""
    index = 0
    async for rows in submissions.people_of(work.connection, line_id, MAX_PEOPLE_PER_PART):
        yield index, rows
        index += 1


def _person(row: "asyncpg.Record") -> BatchPerson:
    return BatchPerson(
        member_id=row["member_id"],
        member_no=row["member_no"],
        person_key=row["person_key"],
        document_type=row["document_type"],
        masked_name=row["masked_name"],
        masked_number=row["masked_number"],
        confirmed_by_hand=row["confirmed_by_hand"],
    )


def _event(header: Header, line: NewLine, part: Part, people: list[BatchPerson], sealed: SealedBlock) -> BatchSubmitted:
    batch, terms = header.batch, header.terms
    half = terms.half_year_rate
    return BatchSubmitted(
        batch_no=line.batch_no,
        line_id=line.line_id,
        union_id=line.union_id,
        union_name=batch.union_name,
        unit_id=line.unit_id,
        unit_name=line.unit_name,
        organization_code=line.organization_code,
        credit_code=line.credit_code,
        year=line.year,
        plan=batch.plan,
        plan_name=batch.plan_name,
        enrollment_type=batch.enrollment_type,
        channel=line.channel,
        term=line.term,
        start_on=line.start_on,
        end_on=line.end_on,
        rate=shares(line.rate),
        heads=line.heads,
        fee=shares(line.rate.times(line.heads)),
        chain=header.chain,
        submitted_at=line.submitted_at,
        submitted_by=line.submitted_by,
        submitted_by_union_id=line.submitted_by_union_id,
        replaces=line.replaces,
        round=line.round,
        start_rule=terms.start_rule,
        half_year_rate=shares(half.money) if half else None,
        half_year_from="{:02d}-{:02d}".format(*terms.half_year_from) if half else None,
        part=part,
        people=people,
        sealed=sealed,
    )
