"""HTTP schemas of one line: its history, its earlier rounds and its people."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from chassis.validation import Instant, example
from chassis.web import Labelled
from contracts.fields import Shares
from contracts.words import DocumentType, EmploymentStatus
from review_svc.api.examples import LINE, MEMBER_ID, PERSON, UNION_ID
from review_svc.api.line_schemas import LineOut
from review_svc.domain.history import Happened
from review_svc.domain.people import PersonState


class HistoryEntry(BaseModel):
    at: Instant
    by: str
    by_name: str | None = None
    by_union: str | None = None
    union_id: UUID | None = None
    what: Labelled[Happened]
    reason: str | None = None
    detail: dict[str, Any]


class EarlierRound(BaseModel):
    """An earlier line of the same unit. People of the earlier line were returned, and submitted again later (A49).

    `round`: 1 for a line of people who were not returned before, and one more for each time that they were returned and
    submitted again. `returned_at` and `reason`: the time and the reason of the last return from the earlier line.
    """

    line_id: UUID
    batch_no: str
    round: int
    submitted_heads: int
    returned_at: Instant | None = None
    reason: str | None = None


class LinePerson(BaseModel):
    """A person of a line. `name` is masked only for 市总 (A29).

    `flag`: the status 退休 or 死亡 that a registry reported for the person after the submission (A54).
    """

    model_config = example(**PERSON)

    member_id: UUID
    member_no: str
    name: str
    masked_number: str
    document_type: Labelled[DocumentType]
    confirmed_by_hand: bool
    state: Labelled[PersonState]
    flag: Labelled[EmploymentStatus] | None = None


class Revealed(BaseModel):
    """A full document number. Each request is written to the audit log."""

    model_config = example(member_id=MEMBER_ID, number="310101199003071230")

    member_id: UUID
    number: str


class LineDetail(BaseModel):
    model_config = example(
        line=LINE, rate={"total_fen": 2600, "city_fen": 1300, "district_fen": 1300, "unit_fen": 0},
        chain=["示例街道总工会", "示例区总工会"], earlier_rounds=[],
        history=[
            {
                "at": "2024-05-10T14:41:00+08:00", "by": "handler", "union_id": UNION_ID, "reason": None,
                "what": {"code": "submitted", "label": "提交至上级审核"}, "detail": {"heads": 3, "round": 1},
            }
        ],
    )  # fmt: skip

    line: LineOut
    rate: Shares
    chain: list[str]
    earlier_rounds: list[EarlierRound]
    history: list[HistoryEntry]
