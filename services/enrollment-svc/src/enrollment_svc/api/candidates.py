"""待校验, 待提交 and the lists behind the counts (F103, F104, F122–F132, F141)."""

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from chassis.acts import ReadContext
from chassis.http import Labelled, Page, PageRequest, Paging, Read
from contracts.words import CardStatus, Channel, DocumentType, EmploymentStatus, EnrollmentType, Term
from enrollment_svc.api.access import may_read, sees_names
from enrollment_svc.api.instants import Instant
from enrollment_svc.api.people_filters import CandidateFilters
from enrollment_svc.domain.cover import Cover, cover
from enrollment_svc.domain.placement import Standing
from enrollment_svc.domain.refusals import WindowClosed, YearClosed
from enrollment_svc.domain.statuses import stale
from enrollment_svc.settings import rules
from enrollment_svc.store import checks, people, submissions
from enrollment_svc.store.people import PeopleWanted

if TYPE_CHECKING:
    import asyncpg

router = APIRouter(tags=["candidates"])

CONFIRMED_LABEL = "不明确(已确认)"
TAKE_SERVICE_CARD = "改办会员服务卡"


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


class Candidate(BaseModel):
    """A row of the tabs (F123–F132). A status that is None shows as "-"; dates are a preview of today's submission."""

    member_id: UUID
    unit_id: UUID
    member_no: str
    name: str
    document_type: Labelled[DocumentType]
    number: str
    channel: Labelled[Channel] | None
    standing: Labelled[Standing]
    card_status: Labelled[CardStatus] | None
    card_checked_at: Instant | None
    employment_status: Labelled[EmploymentStatus] | None
    employment_shown: str
    employment_checked_at: Instant | None
    to_confirm: bool
    confirmed: bool
    stale: bool
    tag: str | None
    start_on: date | None
    end_on: date | None
    term: Labelled[Term] | None
    hint: str | None


class Search(CandidateFilters):
    tab: Tab = Tab.READY


@router.get("/candidates")
async def list_candidates(
    read: Read,
    page: Paging,
    union_id: UUID,
    tab: Tab = Tab.READY,
    channel: Channel | None = None,
    year: int | None = None,
    card_status: CardStatus | Literal["-"] | None = None,
    member_no: str | None = None,
) -> Page[Candidate]:
    """One tab. To search by name or document number, POST the filters to /candidates/search."""
    missing = card_status == people.NO_VALUE
    search = Search(
        union_id=union_id,
        tab=tab,
        channel=channel,
        year=year,
        card_status=card_status if isinstance(card_status, CardStatus) else None,
        card_missing=missing,
        member_no=member_no,
    )
    return await search_candidates(search, read, page)


@router.post("/candidates/search")
async def search_candidates(search: Search, read: Read, page: Paging) -> Page[Candidate]:
    """One tab with all its filters; a read, although it is a POST."""
    await may_read(read, search.union_id)
    wanted = PeopleWanted(
        search.union_id,
        search.year or read.now.year,
        standing=STANDINGS[search.tab],
        channel=search.channel,
        card_status=search.card(),
        name_key=search.name_key(read.index),
        person_keys=search.person_keys(read.index),
        member_no=search.member_no or None,
    )
    return await list_people(read, wanted, page)


async def list_people(read: ReadContext, wanted: PeopleWanted, page: PageRequest) -> Page[Candidate]:
    rows = await people.page(read.connection, wanted, page)
    latest = await checks.latest(read.connection, wanted.union_id, read.now)
    past_due = bool(latest and latest.due_at and not latest.running and latest.due_at < read.now)
    shown = [_candidate(row, read, past_due=past_due) for row in rows]
    return page.of(await people.count(read.connection, wanted), shown)


def preview(year: int, now: datetime) -> Cover | None:
    """The cover of an immediate submission now; None once the year is closed (F130–F132, A02)."""
    try:
        return cover(EnrollmentType.IMMEDIATE, year, now, rules().half_year_from)
    except (YearClosed, WindowClosed):
        return None


def _candidate(row: "asyncpg.Record", read: ReadContext, *, past_due: bool) -> Candidate:
    person = submissions.person_of({**row, "enrolled": False, "removed": False})
    statuses = person.statuses
    covered = preview(read.now.year, read.now)
    abnormal = statuses.card not in (None, CardStatus.NORMAL) and person.channel is Channel.SOCIAL_SECURITY_CARD
    return Candidate(
        member_id=person.member_id,
        unit_id=person.unit_id,
        member_no=row["member_no"],
        name=read.vault.unseal(row["sealed"], person.member_id).name if sees_names(read) else row["masked_name"],
        document_type=person.document_type,
        number=row["masked_number"],
        channel=person.channel,
        standing=person.standing,
        card_status=statuses.card,
        card_checked_at=statuses.card_checked_at,
        employment_status=statuses.employment,
        employment_shown=_employment_shown(statuses.employment, confirmed=person.confirmed),
        employment_checked_at=statuses.employment_checked_at,
        to_confirm=person.to_confirm and not person.confirmed,
        confirmed=person.confirmed,
        stale=stale(statuses, person.channel, person.renamed_at, read.now, rules().status_max_age),
        tag=row["tag"],
        start_on=covered.start_on if covered else None,
        end_on=covered.end_on if covered else None,
        term=covered.term if covered else None,
        hint=TAKE_SERVICE_CARD if abnormal and past_due and person.standing is Standing.TO_VERIFY else None,
    )


def _employment_shown(employment: EmploymentStatus | None, *, confirmed: bool) -> str:
    """A confirmation shows beside the registry's value and never replaces it (A42)."""
    if confirmed and employment is EmploymentStatus.UNCLEAR:
        return CONFIRMED_LABEL
    return employment.label if employment else people.NO_VALUE
