"""Lists as files: batches, the people of a batch, enrollments (D26)."""

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends, Response

from chassis.validation import Number
from chassis.web import ExportFormat, Read, ReadContext, Scope, each, export, may, only_known_parameters
from contracts.words import Channel, DocumentType, EnrollmentType, Term
from enrollment_svc.api.access import NAMES, READERS
from enrollment_svc.api.batches.batch_details import readable_batch
from enrollment_svc.api.batches.batches import Filters
from enrollment_svc.api.batches.enrollments import SearchEnrollments, to_enrollment_filter
from enrollment_svc.domain.batches.enrolled import Enrolled
from enrollment_svc.domain.batches.lines import LineState, PersonState
from enrollment_svc.domain.batches.payments import PaymentState
from enrollment_svc.store.batches import batches, enrollments
from enrollment_svc.store.batches.batches import BatchPeopleFilter
from enrollment_svc.texts.submission import BATCH_EXPORT, ENROLLMENT_COLUMNS, PEOPLE_COLUMNS

if TYPE_CHECKING:
    import asyncpg

router = APIRouter(tags=["exports"], dependencies=[Depends(only_known_parameters)])


@router.get(
    "/batches/export", response_class=Response, dependencies=[may("导出参保批次", *READERS, scope=Scope.SUBTREE)]
)
async def export_batches(read: Read, batch_filter: Filters, format: ExportFormat = ExportFormat.XLSX) -> Response:
    """The batches that the filters match, as a file."""
    return await export(
        read,
        name="batches_exported",
        file_name="参保批次",
        columns=BATCH_EXPORT,
        rows=each(batches.every(read.connection, batch_filter), _batch),
        format=format,
        subject=str(batch_filter.union_id),
    )


@router.get(
    "/batches/{batch_no}/people/export",
    response_class=Response,
    dependencies=[may("导出批次人员", *READERS, scope=Scope.SUBTREE, shown=NAMES)],
)
async def export_people(
    batch_no: Number,
    read: Read,
    channel: Channel | None = None,
    state: PersonState | None = None,
    format: ExportFormat = ExportFormat.XLSX,
) -> Response:
    """The people of a batch, each with the shares of the fee, as a file."""
    await readable_batch(batch_no, read)
    rows = batches.everybody(read.connection, BatchPeopleFilter(batch_no, None, channel, state))
    return await export(
        read,
        name="batch_people_exported",
        file_name=f"参保人员{batch_no}",
        columns=PEOPLE_COLUMNS,
        rows=each(rows, lambda row: _person(row, read)),
        format=format,
        subject=batch_no,
    )


@router.post(
    "/enrollments/search/export",
    response_class=Response,
    dependencies=[may("导出参保信息", *READERS, scope=Scope.SUBTREE, shown=NAMES)],
)
async def export_enrollments(body: SearchEnrollments, read: Read, format: ExportFormat = ExportFormat.XLSX) -> Response:
    """The enrollments that the filters match, as a file. This POST only reads."""
    enrollment_filter = await to_enrollment_filter(body, read)
    return await export(
        read,
        name="enrollments_exported",
        file_name="参保信息",
        columns=ENROLLMENT_COLUMNS,
        rows=each(enrollments.every(read.connection, enrollment_filter), lambda row: _enrollment(row, read)),
        format=format,
        subject=str(enrollment_filter.union_id or ""),
    )


def _batch(row: "asyncpg.Record") -> dict[str, Any]:
    return {
        **row,
        "state": LineState(row["state"]),
        "payment": PaymentState(row["payment"]) if row["payment"] else None,
        "enrollment_type": EnrollmentType(row["enrollment_type"]),
    }


def _person(row: "asyncpg.Record", read: ReadContext) -> dict[str, Any]:
    money = {name: row[f"rate_{name}"] for name in ("city_fen", "district_fen", "unit_fen")}
    return {
        **row,
        **money,
        "total_fen": sum(money.values()),
        "name": read.name_of(row),
        "document_type": DocumentType(row["document_type"]),
        "channel": Channel(row["channel"]),
        "term": Term(row["term"]),
        "state": PersonState(row["state"]),
    }


def _enrollment(row: "asyncpg.Record", read: ReadContext) -> dict[str, Any]:
    return {
        **row,
        "name": read.name_of(row),
        "document_type": DocumentType(row["document_type"]),
        "channel": Channel(row["channel"]),
        "term": Term(row["term"]),
        "state": Enrolled(row["state"]),
    }
