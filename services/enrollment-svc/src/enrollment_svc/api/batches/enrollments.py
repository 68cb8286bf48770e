"""The search for enrollments: screen 参保信息查询 (F035, A32)."""

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from chassis.normalization import code_key
from chassis.routes import ExactSearch, admit
from chassis.validation import Body, Instant, example
from chassis.web import Labelled, Page, Paging, Read, ReadContext, Scope, may, wide_reach
from contracts.words import Channel, DocumentType, EnrollmentType, Term
from enrollment_svc.api.access import NAMES, READERS, may_read
from enrollment_svc.api.examples import (
    AT,
    BATCH_NO,
    FULL_YEAR,
    IMMEDIATE,
    MEMBER,
    SOCIAL_SECURITY_CARD,
)
from enrollment_svc.domain.batches.enrolled import Enrolled
from enrollment_svc.store.batches import enrollments
from enrollment_svc.store.batches.enrollments import EnrollmentFilter

if TYPE_CHECKING:
    import asyncpg

router = APIRouter(tags=["enrollments"])


class SearchEnrollments(Body):
    """The filters. An enrollment must match all of them. `number`: a document number. A document number identifies a
    person, so it is sent in the body and never in a URL.

    `union_id`: search this union and all unions below it. By default, all unions that the caller reaches are searched.
    """

    model_config = example({"year": 2024, "member_no": "007000000001"})

    union_id: UUID | None = None
    member_no: str | None = Field(default=None, max_length=50)
    number: str | None = Field(default=None, max_length=50)
    year: int | None = Field(default=None, ge=2014, le=2100)
    channel: Channel | None = None
    batch_no: str | None = Field(default=None, max_length=20)
    state: Enrolled | None = None


class EnrollmentShown(BaseModel):
    """One person's enrollment in one year: the data as submitted, with the current `state` and `reason`."""

    model_config = example(
        {
            "member_id": MEMBER,
            "member_no": "007000000001",
            "name": "王小明",
            "document_type": {"code": "resident_id", "label": "身份证"},
            "masked_number": "3101**********1230",
            "year": 2024,
            "batch_no": BATCH_NO,
            "union_name": "金桥建设工会委员会",
            "unit_name": "金桥建设监理公司",
            "plan": "A",
            "plan_name": "A类会员专享基本保障",
            "enrollment_type": IMMEDIATE,
            "channel": SOCIAL_SECURITY_CARD,
            "term": FULL_YEAR,
            "start_on": "2024-05-11",
            "end_on": "2024-12-31",
            "state": {"code": "returned", "label": "已退回"},
            "reason": "材料不齐",
            "submitted_at": AT,
        }
    )

    member_id: UUID
    member_no: str
    name: str
    document_type: Labelled[DocumentType]
    masked_number: str
    year: int
    batch_no: str
    union_name: str
    unit_name: str
    plan: str
    plan_name: str
    enrollment_type: Labelled[EnrollmentType]
    channel: Labelled[Channel]
    term: Labelled[Term]
    start_on: date
    end_on: date
    state: Labelled[Enrolled]
    reason: str | None
    submitted_at: Instant


@router.post("/enrollments/search", dependencies=[may("查询参保信息", *READERS, scope=Scope.SUBTREE, shown=NAMES)])
async def search_enrollments(body: SearchEnrollments, read: Read, page: Paging) -> Page[EnrollmentShown]:
    """The enrollments that match the filters, within the caller's reach. This POST only reads."""
    enrollment_filter = await to_enrollment_filter(body, read)
    rows = await enrollments.page(read.connection, enrollment_filter, page)
    total = await enrollments.count(read.connection, enrollment_filter)
    return page.of(total, [_enrollment(row, read) for row in rows])


async def to_enrollment_filter(body: SearchEnrollments, read: ReadContext) -> EnrollmentFilter:
    """The filter of the store. Raises Forbidden if the caller does not reach the union. Only 市总 may search the whole
    city (A61).
    """
    union_id = body.union_id or await wide_reach(read.connection, read.principal)
    if union_id is not None:
        await may_read(read, union_id)
    keys = None
    member_no, batch_no = code_key(body.member_no or ""), code_key(body.batch_no or "")
    if body.number:
        keys = [read.index.person_key(kind.value, body.number) for kind in DocumentType]
    elif member_no:
        keys = await enrollments.person_keys(read.connection, union_id, member_no)
    enrollment_filter = EnrollmentFilter(
        union_id, body.year, body.channel, batch_no or None, body.state, member_no or None, keys
    )
    number_alone = EnrollmentFilter(union_id, person_keys=keys)
    await admit(
        read,
        lambda: enrollments.count(read.connection, enrollment_filter),
        ExactSearch.number(keys if body.number else None, lambda: enrollments.count(read.connection, number_alone)),
    )
    return enrollment_filter


def _enrollment(row: "asyncpg.Record", read: ReadContext) -> EnrollmentShown:
    return EnrollmentShown.model_validate({**row, "name": read.name_of(row)})
