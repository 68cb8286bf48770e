"""The batch with its lines, the list of its people, and the decisions about its lines."""

from datetime import date
from typing import Any
from uuid import UUID

from chassis.validation import Instant
from contracts.fields import Shares
from enrollctl.evidence.documents.rows import Part, Row, Sha256


class BatchAbout(Part):
    """The batch, as enrollment-svc has it."""

    batch_no: str
    union_id: UUID
    union_name: str
    year: int
    plan: str
    plan_name: str
    enrollment_type: str
    numbered_on: date
    submitted_at: Instant


class Reviewer(Part):
    """A union that reviews a line. A line's `chain` begins with the union that reviews it first."""

    union_id: UUID
    name: str


class LineEntry(Row):
    """A batch line. `submitted_heads` counts everybody. `heads` and `fee` leave out people who were returned.

    `rate` is the fee of one person.
    """

    label = "line {line_id}"

    line_id: UUID
    unit_id: UUID
    unit_name: str
    organization_code: str | None
    credit_code: str | None
    channel: str
    term: str
    start_on: date
    end_on: date
    rate: Shares
    submitted_heads: int
    heads: int
    fee: Shares
    chain: list[Reviewer]
    round: int
    replaces: str | None
    state: str
    submission_no: str | None
    submitted_at: Instant
    submitted_by: str
    decided_at: Instant | None


class PersonEntry(Row):
    """A person of the list. `digest`: the keyed hash of document type and number (`list_search`)."""

    label = "person {number}"

    number: int
    line_id: UUID
    document_type: str
    masked_name: str
    masked_number: str
    digest: Sha256
    confirmed_by_hand: bool
    state: str
    reason: str | None


class ApprovalEntry(Row):
    """An entry of a line's history in review-svc. `cause_id`: the command, job or event that it follows from."""

    label = "entry {id} of line {line_id}"

    id: int
    line_id: UUID
    at: Instant
    account: str
    union_id: UUID | None
    what: str
    reason: str | None
    detail: dict[str, Any]
    cause_id: UUID | None
