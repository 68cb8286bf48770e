"""Seal and emit the people of a submission in parts, so that the rows of only one part are in memory at once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from chassis.database import UnitOfWork
from contracts.enrollments import BatchSubmitted, ChainStep
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


@dataclass(frozen=True, slots=True)
class SealedPart:
    """The people of a part, ready to be published. `people`: the JSON of the field `BatchSubmitted.people`."""

    people: bytes
    sealed: SealedBlock


async def seal_parts(line_ids: Sequence[UUID], work: UnitOfWork) -> dict[UUID, list[SealedPart]]:
    """The parts of each line. Every person is read once, and only the finished parts are kept.

    Call it before the batch number is assigned, because all other submissions wait from the assignment to the commit
    (A47).
    """
    parts: dict[UUID, list[SealedPart]] = {line_id: [] for line_id in line_ids}
    async for line_id, rows in _rows_of_parts(line_ids, work):
        of_line = parts[line_id]
        of_line.append(_sealed_part(line_id, len(of_line), rows, work))
        await asyncio.sleep(0)
    return parts


async def _rows_of_parts(
    line_ids: Sequence[UUID], work: UnitOfWork
) -> AsyncIterator[tuple[UUID, list["asyncpg.Record"]]]:
    """The people of the lines, at most MAX_PEOPLE_PER_PART of one line at a time."""
    waiting: list[asyncpg.Record] = []
    async for rows in submissions.people_of(work.connection, line_ids, MAX_PEOPLE_PER_PART):
        for line_id, of_line in groupby(rows, key=itemgetter("line_id")):
            if waiting and waiting[0]["line_id"] != line_id:
                yield waiting[0]["line_id"], waiting
                waiting = []
            waiting += of_line
            if len(waiting) >= MAX_PEOPLE_PER_PART:
                yield line_id, waiting[:MAX_PEOPLE_PER_PART]
                waiting = waiting[MAX_PEOPLE_PER_PART:]
    if waiting:
        yield waiting[0]["line_id"], waiting


def _sealed_part(line_id: UUID, index: int, rows: Sequence["asyncpg.Record"], work: UnitOfWork) -> SealedPart:
    people = orjson.dumps([_person(row) for row in rows])
    personal = ((row["sealed"], row["member_id"]) for row in rows)
    return SealedPart(people, work.reseal(BatchSubmitted, str(line_id), index, personal))


def _person(row: "asyncpg.Record") -> dict[str, Any]:
    """The fields of BatchPerson. To make an object for each person and its JSON took ten times as long."""
    return {
        "member_id": str(row["member_id"]),
        "member_no": row["member_no"],
        "person_key": row["person_key"],
        "document_type": row["document_type"],
        "masked_name": row["masked_name"],
        "masked_number": row["masked_number"],
        "confirmed_by_hand": row["confirmed_by_hand"],
    }


def emit_line(header: Header, line: NewLine, parts: Sequence[SealedPart], work: UnitOfWork) -> None:
    """Emit the parts of a line."""
    for index, part in enumerate(parts):
        event = _event(header, line, Part(index=index, count=len(parts)), part.sealed)
        work.emit_serialized(event, {"people": part.people})


def _event(header: Header, line: NewLine, part: Part, sealed: SealedBlock) -> BatchSubmitted:
    """The event without its people."""
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
        people=[],
        sealed=sealed,
    )
