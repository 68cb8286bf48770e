"""The details of a batch: screen 批次详情 (F200)."""

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel

from chassis.domain import Forbidden
from chassis.identity import Actor, actors
from chassis.validation import Instant, example
from chassis.web import Labelled, Page, PageRequest, ReadContext
from contracts.fields import Shares
from contracts.words import CardStatus, Channel, DocumentType, EmploymentStatus, EnrollmentType, StartRule, Term
from enrollment_svc.api.access import may_read
from enrollment_svc.api.batches.payment_schemas import PAID, PaymentShown, payment_shown
from enrollment_svc.api.examples import AT, BATCH_NO, COMPLETED, FEE_OF_3, IMMEDIATE, UNION
from enrollment_svc.domain.batches.lines import Happening, LineState, PersonState, WithdrawalState, batch_state
from enrollment_svc.domain.batches.payments import batch_payment
from enrollment_svc.store.batches import batches
from enrollment_svc.store.batches.batches import BatchPeopleFilter

if TYPE_CHECKING:
    import asyncpg


class Happened(BaseModel):
    """An event of a line. `by` is an account, the name of a union, a submission number, or empty.

    `by_name` and `by_union` are set only if `by` is an account.
    """

    at: Instant
    what: Labelled[Happening]
    by: str
    by_name: str | None
    by_union: str | None
    heads: int
    reason: str | None


class LineShown(BaseModel):
    """A line. `heads` and `fee` leave out returned and withdrawn people. `rate` is one person's fee.

    A request to withdraw the line can contain this `version`. Such a request is refused if the line has a newer
    version. If `start_rule` is approve_next_day, dates, term and fee are a forecast until the line is completed (A01).
    """

    line_id: UUID
    unit_id: UUID
    unit_name: str
    organization_code: str | None
    credit_code: str | None
    channel: Labelled[Channel]
    state: Labelled[LineState]
    withdrawal: Labelled[WithdrawalState] | None
    term: Labelled[Term]
    start_rule: Labelled[StartRule]
    start_on: date
    end_on: date
    submitted_heads: int
    heads: int
    rate: Shares
    fee: Shares
    chain: list[str]
    round: int
    replaces: str | None
    submission_no: str | None
    center_confirmed_at: Instant | None
    payment: PaymentShown | None
    submitted_at: Instant
    submitted_by: str
    submitted_by_name: str | None = None
    submitted_by_union: str | None = None
    updated_at: Instant
    version: int
    history: list[Happened]


class PersonShown(BaseModel):
    """A person as stored at submission. A returned person has a `reason`.

    `flagged`: the status retired or deceased, if a registry reported it while the line was under review (A54). In all
    other cases `flagged` is null.
    """

    member_id: UUID
    line_id: UUID
    unit_name: str
    channel: Labelled[Channel]
    member_no: str
    name: str
    document_type: Labelled[DocumentType]
    masked_number: str
    card_status: Labelled[CardStatus] | None
    employment_status: Labelled[EmploymentStatus] | None
    confirmed_by_hand: bool
    term: Labelled[Term]
    start_on: date
    end_on: date
    rate: Shares
    round: int
    state: Labelled[PersonState]
    reason: str | None
    flagged: Labelled[EmploymentStatus] | None


class BatchDetails(BaseModel):
    """A batch. `people` includes returned and withdrawn people. If the request filters the people by `state=held` and
    by nothing else, `people.total` equals `heads`.
    """

    model_config = example(
        {
            "batch_no": BATCH_NO,
            "union_id": UNION,
            "union_name": "金桥建设工会委员会",
            "year": 2024,
            "plan": "A",
            "plan_name": "A类会员专享基本保障",
            "enrollment_type": IMMEDIATE,
            "state": COMPLETED,
            "payment": PAID,
            "heads": 3,
            "fee": FEE_OF_3,
            "submitted_at": AT,
            "updated_at": AT,
            "lines": [],
            "people": {"total": 0, "page": 1, "page_size": 15, "items": []},
        }
    )

    batch_no: str
    union_id: UUID
    union_name: str
    year: int
    plan: str
    plan_name: str
    enrollment_type: Labelled[EnrollmentType]
    state: Labelled[LineState]
    payment: PaymentShown | None
    heads: int
    fee: Shares
    submitted_at: Instant
    updated_at: Instant
    lines: list[LineShown]
    people: Page[PersonShown]


async def readable_batch(batch_no: str, read: ReadContext) -> "asyncpg.Record":
    """The batch. Raises Forbidden if it does not exist or is out of reach."""
    batch = await batches.find(read.connection, batch_no)
    if batch is None:
        raise Forbidden
    await may_read(read, batch["union_id"])
    return batch


async def details(
    read: ReadContext, batch: "asyncpg.Record", people_filter: BatchPeopleFilter, page: PageRequest
) -> BatchDetails:
    rows = await batches.lines(read.connection, people_filter.batch_no)
    history_by_line: dict[UUID, list[Happened]] = {}
    entries = await batches.history(read.connection, people_filter.batch_no)
    actors_by_account = await actors.named(read.connection, read.row_cipher, [row["by"] for row in entries])
    for row in entries:
        history_by_line.setdefault(row["line_id"], []).append(
            _happened(row, actors_by_account.get(row["by"], actors.UNKNOWN))
        )
    unnamed = [_line(row, history_by_line.get(row["line_id"], [])) for row in rows]
    lines = await actors.with_names(unnamed, read.connection, read.row_cipher, "submitted_by")
    people = await batches.people(read.connection, people_filter, page)
    total = await batches.count_people(read.connection, people_filter)
    return BatchDetails.model_validate(
        {
            **batch,
            "state": batch_state({line.state for line in lines}),
            "payment": _payment_of([line.payment for line in lines if line.payment]),
            "heads": sum(line.heads for line in lines),
            "fee": sum((line.fee for line in lines), Shares.of()),
            "updated_at": max(line.updated_at for line in lines),
            "lines": lines,
            "people": page.of(total, [_person(row, read) for row in people]),
        }
    )


def _line(row: "asyncpg.Record", history: list[Happened]) -> LineShown:
    return LineShown.model_validate(
        {
            **row,
            "chain": [step["name"] for step in row["chain"]],
            "rate": _rate(row),
            "fee": Shares.of(city=row["city_fen"], district=row["district_fen"], unit=row["unit_fen"]),
            "payment": payment_shown(row),
            "history": history,
        }
    )


def _payment_of(lines: list[PaymentShown]) -> PaymentShown | None:
    """The payment of the batch, from its completed lines; None if no line is completed.

    `center_confirmed_at` of the batch is the latest `center_confirmed_at` of the completed lines, and None as long as a
    completed line has no `center_confirmed_at`. `settled_at` follows the same rule.
    """
    state = batch_payment({line.state for line in lines})
    if state is None:
        return None
    confirmed, settled = [line.center_confirmed_at for line in lines], [line.settled_at for line in lines]
    return PaymentShown(state=state, center_confirmed_at=_last(confirmed), settled_at=_last(settled))


def _last(instants: list[datetime | None]) -> datetime | None:
    known = [at for at in instants if at]
    return max(known) if len(known) == len(instants) else None


def _person(row: "asyncpg.Record", read: ReadContext) -> PersonShown:
    return PersonShown.model_validate(
        {
            **row,
            "name": read.name_of(row),
            "rate": _rate(row),
        }
    )


def _happened(row: "asyncpg.Record", actor: Actor) -> Happened:
    return Happened.model_validate({**row, "by_name": actor.name, "by_union": actor.place})


def _rate(row: "asyncpg.Record") -> Shares:
    return Shares.of(city=row["rate_city_fen"], district=row["rate_district_fen"], unit=row["rate_unit_fen"])
