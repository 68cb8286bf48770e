"""Seal and emit the people of a submission in parts, so that only a few parts are in memory at once."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import IO, TYPE_CHECKING, Any
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


#: A placeholder in the event that `_event` returns. The sealed block of each part replaces it.
NO_BLOCK = SealedBlock(algorithm="", nonce="", ciphertext="", keys={})


class SealedParts:
    """The sealed parts of a submission, in a file, because the parts of 100,000 people have 30 MB."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        #: For each part of a line: its offset in the file, and the sizes of the JSON of the fields `people` and
        #: `sealed`.
        self._places: defaultdict[UUID, list[tuple[int, int, int]]] = defaultdict(list)

    def count(self, line_id: UUID) -> int:
        return len(self._places[line_id])

    def add(self, line_id: UUID, people: bytes, sealed: bytes) -> None:
        self._places[line_id].append((self._file.tell(), len(people), len(sealed)))
        self._file.write(people)
        self._file.write(sealed)

    def of(self, line_id: UUID) -> Iterator[dict[str, bytes]]:
        """The JSON of the fields `people` and `sealed` of each part."""
        for begin, people, sealed in self._places[line_id]:
            self._file.seek(begin)
            yield {"people": self._file.read(people), "sealed": self._file.read(sealed)}


async def seal_parts(line_ids: Sequence[UUID], file: IO[bytes], work: UnitOfWork) -> SealedParts:
    """Write the parts of each line to the file. Every person is read once.

    Call it before the batch number is assigned, because all other submissions wait from the assignment to the commit
    (A47).
    """
    parts = SealedParts(file)
    async for line_id, rows in _rows_of_parts(line_ids, work):
        people = orjson.dumps([_person(row) for row in rows])
        personal = ((row["sealed"], row["member_id"]) for row in rows)
        sealed = work.reseal(BatchSubmitted, str(line_id), parts.count(line_id), personal)
        parts.add(line_id, people, sealed.model_dump_json().encode())
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


def _person(row: "asyncpg.Record") -> dict[str, Any]:
    """The fields of BatchPerson as a dictionary. Making an object for each person, and JSON from the object, took ten
    times as long.
    """
    return {
        "member_id": str(row["member_id"]),
        "member_no": row["member_no"],
        "person_key": row["person_key"],
        "document_type": row["document_type"],
        "masked_name": row["masked_name"],
        "masked_number": row["masked_number"],
        "confirmed_by_hand": row["confirmed_by_hand"],
    }


async def emit_line(header: Header, line: NewLine, parts: SealedParts, work: UnitOfWork) -> None:
    """Emit the parts of a line."""
    count = parts.count(line.line_id)
    for index, fields in enumerate(parts.of(line.line_id)):
        work.emit_serialized(_event(header, line, Part(index=index, count=count)), fields)
        await work.write_large()


def _event(header: Header, line: NewLine, part: Part) -> BatchSubmitted:
    """The event for one part of a line, still without the people and the sealed block of the part."""
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
        sealed=NO_BLOCK,
    )
