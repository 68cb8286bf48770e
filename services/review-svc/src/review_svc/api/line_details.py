"""HTTP routes of one line: its chain, its history and its people."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.domain import Forbidden
from chassis.identity import with_names
from chassis.web import ExportFormat, InFull, Page, Paging, Read, Scope, each, export, may
from contracts.fields import Shares
from contracts.words import Role
from review_svc.api.access import NAMES, visible_line
from review_svc.api.line_detail_schemas import EarlierRound, HistoryEntry, LineDetail, LinePerson, Revealed
from review_svc.api.line_schemas import LineOut
from review_svc.api.shown_names import name_reader, with_shown_names
from review_svc.domain.people import PersonState
from review_svc.store import history
from review_svc.store import people as store
from review_svc.texts.columns import PEOPLE, person_words
from review_svc.usecases.sealed_parts import unseal_number

router = APIRouter(prefix="/lines/{line_id}", tags=["lines"])

READERS = (Role.REVIEWER, Role.MUNICIPAL, Role.HANDLER)

InState = Annotated[PersonState | None, Query(alias="state")]


@router.get("", dependencies=[may("查看参保信息", *READERS, scope=Scope.CHAIN)])
async def show_line(line_id: UUID, read: Read) -> LineDetail:
    """A line with its chain, its earlier rounds and its history."""
    row = await visible_line(line_id, read)
    entries = [HistoryEntry.model_validate(dict(row)) for row in await history.of_line(read.connection, line_id)]
    rounds = await history.earlier_rounds(read.connection, line_id)
    return LineDetail(
        line=LineOut.of(row),
        rate=Shares.of(city=row["rate_city_fen"], district=row["rate_district_fen"], unit=row["rate_unit_fen"]),
        chain=row["chain_names"],
        earlier_rounds=[EarlierRound.model_validate(dict(entry)) for entry in rounds],
        history=await with_names(entries, read.connection, read.row_cipher, "by", "by"),
    )


@router.get("/people", dependencies=[may("查看批次人员", *READERS, scope=Scope.CHAIN, shown=NAMES)])
async def list_people(
    line_id: UUID, read: Read, page: Paging, state: InState = None, flagged: bool | None = None
) -> Page[LinePerson]:
    """The people of a line, with masked document numbers."""
    await visible_line(line_id, read)
    total, rows = await store.page_of_line(read.connection, line_id, state, flagged, page)
    return page.of(total, [LinePerson.model_validate(row) for row in await with_shown_names(rows, read)])


@router.get(
    "/people/export",
    response_class=Response,
    dependencies=[may("导出批次人员", *READERS, scope=Scope.CHAIN, shown=NAMES)],
)
async def export_people(
    line_id: UUID,
    read: Read,
    state: InState = None,
    flagged: bool | None = None,
    format: ExportFormat = ExportFormat.XLSX,
) -> Response:
    """The people of a line as a file, with masked document numbers (D26)."""
    line = await visible_line(line_id, read)
    found = store.every_of_line(read.connection, line_id, state, flagged)
    shown_name = await name_reader(await store.parts_of_line(read.connection, line_id), read)
    rows = each(found, lambda row: person_words(row, shown_name(row)))
    return await export(
        read, name="line_people_exported", file_name=f"{line['batch_no']}参保人员", columns=PEOPLE, rows=rows,
        format=format, subject=str(line_id),
    )  # fmt: skip


@router.get(
    "/people/{member_id}/reveal",
    dependencies=[
        may(
            "查看完整证件号码",
            Role.REVIEWER,
            Role.HANDLER,
            scope=Scope.CHAIN,
            shown=InFull(numbers=(Role.REVIEWER, Role.HANDLER)),
        )
    ],
)
async def reveal(line_id: UUID, member_id: UUID, read: Read) -> Revealed:
    """A person's full document number. Each request is written to the audit log (A29, A61)."""
    await visible_line(line_id, read)
    part = await store.find(read.connection, line_id, member_id)
    if part is None:
        raise Forbidden
    await read.audit("number_revealed", subject=str(member_id), detail={"line_id": str(line_id)})
    return Revealed(member_id=member_id, number=unseal_number(part, read.row_cipher))
