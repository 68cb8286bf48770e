"""The district's submission to the protection center."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import orjson

from chassis.acts import Done
from chassis.work import Work, request_id
from contracts.event import Event
from contracts.fields import Part, Shares
from contracts.parts import into_parts
from contracts.reviews import BatchCompleted, SubmissionLine, SubmittedToCenter
from contracts.words import EnrollmentType
from review_svc import domain
from review_svc.domain import Handler, Line, Reviewer
from review_svc.store import lines as line_store
from review_svc.store import submissions as store
from review_svc.usecases.reviewing import reviewer_of, ticked_or_all

if TYPE_CHECKING:
    import asyncpg

#: Kinds of outbound requests; the key is number and version.
SUBMIT = "center.submission"
RECONCILE = "center.reconcile"


def center_key(submission_no: str, version: int) -> str:
    return f"{submission_no}/{version}"


@dataclass(frozen=True, slots=True)
class Shown:
    """The heads and money that the dialog stated; None where the caller states none."""

    heads: int | None = None
    total_fen: int | None = None

    def require(self, heads: int, fee: Shares) -> None:
        """Raises TotalChanged: the list was another when the dialog was opened (A52)."""
        if self.heads not in (None, heads) or self.total_fen not in (None, fee.total_fen):
            raise domain.TotalChanged(heads=heads, total_fen=fee.total_fen)


async def submit_to_center(
    line_ids: Sequence[UUID] | None,
    enrollment_type: EnrollmentType,
    handler: Handler,
    work: Work,
    *,
    shown: Shown = Shown(),
) -> Done:
    """确认提交至职保中心: lines become 已完成, one submission goes to the center (F235–F248, A14, A52)."""
    reviewer = reviewer_of(work)
    lines = await ticked_or_all(line_ids, reviewer, work, enrollment_type.value)
    for line in lines:
        domain.send_to_center(line, reviewer)
        if line.enrollment_type is not enrollment_type:
            raise domain.MixedTypes
    rows = await line_store.lock_lines(work.connection, [line.line_id for line in lines])
    years = {row["year"] for row in rows}
    if len(years) > 1:
        raise domain.MixedTypes("一次提交只能包含同一保障年度的参保信息", years=sorted(years))
    frozen = [_frozen(row) for row in rows]
    fee = sum((line.fee for line in frozen), Shares.of())
    heads = sum(line.heads for line in frozen)
    shown.require(heads, fee)
    union_name = rows[0]["chain_names"][-1]
    number = domain.submission_number(work.now.date(), await store.next_count(work.connection, work.now.date()))
    await store.insert(
        work.connection, submission_no=number, union_id=reviewer.union_id, union_name=union_name, year=years.pop(),
        enrollment_type=enrollment_type.value, heads=heads, fee=fee, handler=_sealed(handler, number, work),
        account=reviewer.account, now=work.now,
    )  # fmt: skip
    await _complete(lines, number, reviewer, work)
    await work.request(SUBMIT, center_key(number, 1), {"submission_no": number, "version": 1})
    events: list[Event] = [_completed(line, number, work) for line in frozen]
    events += _submitted(frozen, number, union_name, reviewer, rows[0]["year"], enrollment_type, fee, heads, work)
    body = {"submission_no": number, "version": 1, "lines": len(lines), "heads": heads, "fee": fee.model_dump()}
    return Done(body, events, status=201, subject=number, detail={"lines": len(lines), "heads": heads})


async def _complete(lines: Sequence[Line], number: str, reviewer: Reviewer, work: Work) -> None:
    ids = [line.line_id for line in lines]
    await store.insert_lines(work.connection, number, ids)
    await line_store.complete(work.connection, ids, number, work.now)
    await line_store.note(
        work.connection, ids, "completed", at=work.now, account=reviewer.account, union_id=reviewer.union_id,
        detail={"submission_no": number},
    )  # fmt: skip


def _sealed(handler: Handler, number: str, work: Work) -> bytes:
    content = orjson.dumps({"name": handler.name, "mobile": handler.mobile, "email": handler.email})
    return work.vault.seal_bytes(content, request_id(SUBMIT, number))


def _frozen(row: "asyncpg.Record") -> SubmissionLine:
    return SubmissionLine(
        batch_no=row["batch_no"],
        line_id=row["line_id"],
        union_id=row["union_id"],
        unit_id=row["unit_id"],
        heads=row["heads"],
        fee=Shares.of(city=row["city_fen"], district=row["district_fen"], unit=row["unit_fen"]),
    )


def _completed(line: SubmissionLine, number: str, work: Work) -> BatchCompleted:
    return BatchCompleted(
        batch_no=line.batch_no,
        line_id=line.line_id,
        union_id=line.union_id,
        unit_id=line.unit_id,
        submission_no=number,
        heads=line.heads,
        fee=line.fee,
        completed_at=work.now,
    )


def _submitted(
    lines: Sequence[SubmissionLine],
    number: str,
    union_name: str,
    reviewer: Reviewer,
    year: int,
    enrollment_type: EnrollmentType,
    fee: Shares,
    heads: int,
    work: Work,
) -> list[SubmittedToCenter]:
    parts = into_parts(lines)
    return [
        SubmittedToCenter(
            submission_no=number,
            version=1,
            union_id=reviewer.union_id,
            union_name=union_name,
            year=year,
            enrollment_type=enrollment_type,
            part=Part(index=index, count=len(parts)),
            lines=part,
            heads=heads,
            fee=fee,
            submitted_at=work.now,
        )
        for index, part in enumerate(parts)
    ]
