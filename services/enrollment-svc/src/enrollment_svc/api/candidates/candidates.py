"""The lists of candidates, on screens and as files (F103, F104, F119–F132, F141): the tabs 待校验 and 待提交, and the
people who are counted as retired, deceased or without a channel.
"""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from chassis.routes import ExactSearch, admit
from chassis.validation import Number, Year
from chassis.web import (
    ExportFormat,
    Page,
    PageRequest,
    Paging,
    Read,
    ReadContext,
    Scope,
    each,
    export,
    may,
    only_known_parameters,
)
from contracts.words import CardStatus, Channel, EmploymentStatus, EnrollmentType
from enrollment_svc.api.access import NAMES, READERS, may_read
from enrollment_svc.api.candidates.candidate import Candidate
from enrollment_svc.api.candidates.candidate_rows import row_of
from enrollment_svc.api.candidates.people_filters import CandidateFilters
from enrollment_svc.api.submissions.preview import preview
from enrollment_svc.domain.candidates.placement import Standing
from enrollment_svc.store.candidates import people
from enrollment_svc.store.candidates.people import NO_VALUE, PeopleFilter
from enrollment_svc.texts.verification import EXPORT_COLUMNS, TAKE_SERVICE_CARD

router = APIRouter(tags=["candidates"])


class Tab(StrEnum):
    TO_VERIFY = "to_verify"
    READY = "ready"
    RETIRED = "retired"
    DECEASED = "deceased"
    NO_CHANNEL = "no_channel"


STANDINGS = {
    Tab.TO_VERIFY: Standing.TO_VERIFY,
    Tab.READY: Standing.READY,
    Tab.RETIRED: Standing.RETIRED,
    Tab.DECEASED: Standing.DECEASED,
    Tab.NO_CHANNEL: Standing.NO_CHANNEL,
}


class Search(CandidateFilters):
    tab: Tab = Tab.READY


def _search(
    union_id: UUID,
    tab: Tab = Tab.READY,
    channel: Channel | None = None,
    year: Year | None = None,
    enrollment_type: EnrollmentType = EnrollmentType.IMMEDIATE,
    card_status: CardStatus | Literal["-"] | None = None,
    employment_status: EmploymentStatus | Literal["-"] | None = None,
    member_no: Number | None = None,
    unit_id: UUID | None = None,
    take_service_card: bool = False,
) -> Search:
    """The filters that are allowed in a URL.

    Name and document number are not allowed there, because they identify a person.
    """
    return Search(
        union_id=union_id,
        tab=tab,
        channel=channel,
        year=year,
        enrollment_type=enrollment_type,
        card_status=card_status if isinstance(card_status, CardStatus) else None,
        card_missing=card_status == NO_VALUE,
        employment_status=employment_status if isinstance(employment_status, EmploymentStatus) else None,
        employment_missing=employment_status == NO_VALUE,
        member_no=member_no,
        unit_id=unit_id,
        take_service_card=take_service_card,
    )


Filters = Annotated[Search, Depends(_search)]


@router.get("/candidates", dependencies=[may("查看待校验和待提交名单", *READERS, scope=Scope.SUBTREE, shown=NAMES)])
async def list_candidates(read: Read, page: Paging, search: Filters) -> Page[Candidate]:
    """The people in one tab. `card_status=-` selects people whose card status was never obtained, and people of whom
    the registry has no record.

    `take_service_card` selects people whose card is still not in order although the time promised for the answer has
    passed (F119). All of them are in 待校验, so `tab` is ignored.

    To search by name or document number, POST the filters to /candidates/search.
    """
    return await _list(search, read, page)


@router.post(
    "/candidates/search", dependencies=[may("查询待校验和待提交名单", *READERS, scope=Scope.SUBTREE, shown=NAMES)]
)
async def search_candidates(search: Search, read: Read, page: Paging) -> Page[Candidate]:
    """The people in one tab. The filters can also contain a name or a document number. This POST only reads."""
    return await _list(search, read, page)


@router.get(
    "/candidates/export",
    dependencies=[
        may("导出待校验和待提交名单", *READERS, scope=Scope.SUBTREE, shown=NAMES),
        Depends(only_known_parameters),
    ],
    response_class=Response,
)
async def export_candidates(read: Read, search: Filters, format: ExportFormat = ExportFormat.XLSX) -> Response:
    """A whole tab as a file. Document numbers are masked. The export is written to the audit log (D26)."""
    return await _export(search, read, format)


@router.post(
    "/candidates/search/export",
    dependencies=[
        may("导出待校验和待提交名单", *READERS, scope=Scope.SUBTREE, shown=NAMES),
        Depends(only_known_parameters),
    ],
    response_class=Response,
)
async def export_search(search: Search, read: Read, format: ExportFormat = ExportFormat.XLSX) -> Response:
    """A whole tab as a file. The filters can also contain a name or a document number."""
    return await _export(search, read, format)


async def list_people(
    read: ReadContext, people_filter: PeopleFilter, page: PageRequest, kind: EnrollmentType
) -> Page[Candidate]:
    await _admit(read, people_filter)
    total, rows = await people.page(read.connection, people_filter, page)
    shown = await preview(read.connection, people_filter.union_id, kind, read.now, people_filter.year)
    return page.of(total, [row_of(row, read, shown.cover) for row in rows])


async def _admit(read: ReadContext, people_filter: PeopleFilter) -> None:
    await admit(
        read,
        lambda: people.count(read.connection, people_filter),
        ExactSearch.number(
            people_filter.person_keys, lambda: people.count(read.connection, people_filter.number_alone())
        ),
        ExactSearch.name(people_filter.name_keys, lambda: people.count(read.connection, people_filter.name_alone())),
    )


async def _list(search: Search, read: ReadContext, page: PageRequest) -> Page[Candidate]:
    await may_read(read, search.union_id)
    return await list_people(read, await to_people_filter(search, read), page, search.enrollment_type)


async def _export(search: Search, read: ReadContext, format: ExportFormat) -> Response:
    await may_read(read, search.union_id)
    people_filter = await to_people_filter(search, read)
    await _admit(read, people_filter)
    shown = await preview(read.connection, people_filter.union_id, search.enrollment_type, read.now, people_filter.year)
    return await export(
        read,
        name="candidates_exported",
        file_name=TAKE_SERVICE_CARD if search.take_service_card else STANDINGS[search.tab].label,
        columns=EXPORT_COLUMNS,
        rows=each(people.batches(read.connection, people_filter), lambda row: row_of(row, read, shown.cover).cells),
        format=format,
        subject=str(search.union_id),
        detail={"tab": search.tab.value, "take_service_card": search.take_service_card},
    )


async def to_people_filter(search: Search, read: ReadContext) -> PeopleFilter:
    standing = Standing.TO_VERIFY if search.take_service_card else STANDINGS[search.tab]
    return PeopleFilter(
        search.union_id,
        await search.year_of(read.connection, read.now),
        standing=standing,
        channel=search.channel,
        card_status=search.card(),
        name_keys=search.name_keys(read.index),
        person_keys=search.person_keys(read.index),
        member_no=search.member_number(),
        employment_status=search.employment(),
        unit_id=search.unit_id,
        past_due_at=read.now if search.take_service_card else None,
    )
