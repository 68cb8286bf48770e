"""The requests that review-svc and payment-svc send to the center, and types that the center's modules share."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, NotRequired, Self
from uuid import UUID

import asyncpg
from fastapi import Header, Path
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, TypeAdapter, ValidationError, model_validator
from typing_extensions import TypedDict

from contracts.fields import MAX_PEOPLE_PER_PART, Fen, Shares
from contracts.reviews import SubmissionLine
from contracts.words import DocumentType, EnrollmentType, MatchResult
from simulator.refusals import Refused

SubmissionNo = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Version = Annotated[int, Path(ge=1)]
CallbackUrl = Annotated[str, Field(pattern=r"^https?://", max_length=500)]


class Handler(BaseModel):
    """The person responsible for the submission (F239–F242). The center does not store these fields.

    A fingerprint of the whole request is stored. It shows whether a repeated request names a different handler.
    """

    name: str
    mobile: str
    email: str


class SubmissionIn(BaseModel):
    """The head of a district's submission. The lines must add up to `heads` and `fee`.

    For each line, the parts must contain as many people as the line declares.
    """

    union_id: UUID
    union_name: str
    year: int
    enrollment_type: EnrollmentType
    heads: int = Field(ge=1)
    fee: Shares
    handler: Handler
    lines: list[SubmissionLine] = Field(min_length=1)
    parts: int = Field(ge=1)
    callback_url: CallbackUrl

    @model_validator(mode="after")
    def _lines_differ(self) -> Self:
        if len({line.line_id for line in self.lines}) != len(self.lines):
            raise ValueError("a line comes twice")
        return self


class PersonIn(TypedDict):
    """A person of a part. Name and mobile are not stored; document type and number are stored as a fingerprint."""

    line_id: UUID
    member_id: UUID
    name: str
    document_type: DocumentType
    document_number: Annotated[str, Field(min_length=1)]
    mobile: NotRequired[str | None]


class PartIn(TypedDict):
    people: Annotated[list[PersonIn], Field(min_length=1, max_length=MAX_PEOPLE_PER_PART)]


#: Reads the body directly, and makes no object of a class for each of 500 people.
PART = TypeAdapter(PartIn)


def read_part(body: bytes) -> PartIn:
    """The part in the body of a request. Raises RequestValidationError, which quotes nothing of the body."""
    try:
        return PART.validate_json(body)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False, include_input=False)) from None


class CompleteIn(BaseModel):
    parts: int = Field(ge=1)


class PaidIn(BaseModel):
    submission_no: str
    version: int
    amount_fen: Fen


class VoucherIn(BaseModel):
    """A payment voucher (A62).

    `result`: whether the amount equals the amount due, is too low (`short`) or too high (`over`), as the sender
    computed it. For `short` and `over` the sender must give a `reason`, otherwise the center rejects the voucher.
    """

    union_id: UUID
    amount_fen: Fen
    paid_on: date
    bank_reference: str
    file_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    result: MatchResult
    reason: str | None = None
    submissions: list[PaidIn] = Field(min_length=1)
    callback_url: CallbackUrl

    @model_validator(mode="after")
    def _submissions_differ(self) -> Self:
        if len({paid.submission_no for paid in self.submissions}) != len(self.submissions):
            raise ValueError("a submission comes twice")
        return self


class Decision(StrEnum):
    """The center's decisions, as its callbacks write them."""

    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


async def idempotency_key(idempotency_key: Annotated[str | None, Header()] = None) -> str:
    """Refuse a request without the header Idempotency-Key.

    The value of the header is not compared, because the center recognizes a repeated request by number, version and
    content. This function is `async`, because otherwise FastAPI would run it in a thread.
    """
    if not idempotency_key:
        raise Refused(400, "IDEMPOTENCY_KEY_MISSING", "the header Idempotency-Key is missing")
    return idempotency_key


def fee_of(row: asyncpg.Record) -> dict[str, int]:
    return {name: int(row[name]) for name in ("total_fen", "city_fen", "district_fen", "unit_fen")}


def sum_of(rows: Sequence[asyncpg.Record]) -> dict[str, int]:
    return {name: sum(int(row[name]) for row in rows) for name in ("total_fen", "city_fen", "district_fen", "unit_fen")}
