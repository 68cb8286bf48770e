"""Reads everything that an evidence pack contains about one settled batch.

A batch is settled when all lines that were not returned or withdrawn are paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.audit_chain import Head
from chassis.privacy import Keys, RowCipher
from chassis.sql import skipped_ranges
from contracts import topics
from enrollctl.errors import Failure
from enrollctl.evidence.collecting import batch_store, event_records, payment_store, review_store
from enrollctl.evidence.collecting.audit_store import CollectedAudit, audit_of
from enrollctl.evidence.collecting.event_records import Published
from enrollctl.evidence.collecting.stores import store
from enrollctl.evidence.documents.batch import ApprovalEntry, BatchAbout, LineEntry, PersonEntry
from enrollctl.evidence.documents.center import PAID, SubmissionEntry, VoucherEntry
from enrollctl.evidence.documents.events import EventEntry, EventsAbout
from enrollctl.evidence.documents.paths import (
    APPROVALS,
    AUDITED,
    BATCH,
    EVENTS,
    PEOPLE,
    SUBMISSIONS,
    VOUCHERS,
    audit_path,
    chain_path,
)
from enrollctl.evidence.documents.rows import Document
from enrollctl.stack.stack import Stack

ENROLLMENT, REVIEW, PAYMENT = AUDITED
#: Clocks of the servers may differ. Records and rows are read from this long before the time of the submission on.
MARGIN = timedelta(days=1)
#: The states of lines that ended and for which nothing has to be paid.
GONE_BACK = ("returned", "withdrawn")


@dataclass(frozen=True, slots=True)
class BatchRecords:
    """What the services have stored about the batch, and the last sequences of its events."""

    batch: BatchAbout
    lines: Sequence[LineEntry]
    people: Sequence[PersonEntry]
    approvals: Sequence[ApprovalEntry]
    submissions: Sequence[SubmissionEntry]
    vouchers: Sequence[VoucherEntry]
    published: Published

    @property
    def texts(self) -> list[str]:
        """The texts that mark an audit row about the batch, as its subject or as a value in its details."""
        return [
            self.batch.batch_no,
            *(str(line.line_id) for line in self.lines),
            *(one.submission_no for one in self.submissions),
            *(str(one.voucher_id) for one in self.vouchers),
        ]


@dataclass(frozen=True, slots=True)
class Collected:
    documents: list[Document[Any]]
    heads: list[Head]
    #: One sentence for each key whose oldest events are no longer on the topic.
    warnings: list[str]


async def collect(stack: Stack, batch_no: str, list_key: str) -> Collected:
    """Read all documents of a pack. Raises Failure if the batch does not exist or is not settled.

    Raises NotYet if an event is not on its topic yet, or an audit row is not in the chain yet.
    """
    keys = stack.keys
    found = await _records(stack, keys, batch_no, list_key)
    since = await _first_command(stack, found)
    events = await event_records.events_of(stack.kafka_bootstrap, found.published, since)
    ranges = event_records.ranges_of(found.published.last, events)
    audits = {service: await _audit(stack, keys, service, found, events, since) for service in AUDITED}
    documents: list[Document[Any]] = [
        Document(BATCH, found.lines, found.batch),
        Document(PEOPLE, found.people),
        Document(APPROVALS, found.approvals),
        Document(SUBMISSIONS, found.submissions),
        Document(VOUCHERS, found.vouchers),
        Document(EVENTS, events, EventsAbout(keys=ranges)),
    ]
    for service, audit in audits.items():
        documents += [
            Document(audit_path(service), audit.rows),
            Document(chain_path(service), audit.blocks, audit.about),
        ]
    gone = [
        f"{one.topic} no longer has the first {one.first - 1} events of {one.key}" for one in ranges if one.first > 1
    ]
    return Collected(documents, [audit.head for audit in audits.values() if audit.head], gone)


async def _records(stack: Stack, keys: Keys, batch_no: str, list_key: str) -> BatchRecords:
    async with store(stack, ENROLLMENT) as connection:
        batch = await batch_store.batch_of(connection, batch_no)
        lines = await batch_store.lines_of(connection, batch_no)
        people = await batch_store.people_of(connection, batch_no, RowCipher(keys), list_key)
        last = await event_records.last_sequences(connection, topics.ENROLLMENTS, [batch_no])
    async with store(stack, REVIEW) as connection:
        approvals = await review_store.approvals_of(connection, batch_no)
        submissions = await review_store.submissions_of(connection, batch_no)
        numbers = [one.submission_no for one in submissions]
        last |= await event_records.last_sequences(connection, topics.REVIEWS, [batch_no, *numbers])
        skipped = await skipped_ranges.load(connection)
    async with store(stack, PAYMENT) as connection:
        submissions = review_store.with_dues(submissions, await payment_store.dues_of(connection, numbers))
        require_settled(batch_no, lines, submissions)
        vouchers = await payment_store.vouchers_of(connection, numbers)
        ids = [str(one.voucher_id) for one in vouchers]
        last |= await event_records.last_sequences(connection, topics.PAYMENTS, ids)
    return BatchRecords(batch, lines, people, approvals, submissions, vouchers, Published(last, skipped))


def require_settled(batch_no: str, lines: Sequence[LineEntry], submissions: Sequence[SubmissionEntry]) -> None:
    """Raises Failure if a line is not settled. A line that was returned or withdrawn needs no payment."""
    dues = {one.submission_no: one.due.state if one.due else "unknown" for one in submissions}
    states = {
        line.line_id: dues.get(line.submission_no or "", "unknown") if line.state == "completed" else line.state
        for line in lines
    }
    open_lines = [f"line {line_id} is {state}" for line_id, state in states.items() if state not in (*PAID, *GONE_BACK)]
    if open_lines:
        raise Failure(
            f"batch {batch_no} is not settled: {'; '.join(open_lines[:3])}. A pack is made once the "
            "submissions of all its lines are paid"
        )
    if set(states.values()) <= set(GONE_BACK):
        raise Failure(f"batch {batch_no} has nothing to settle: all its lines were returned or withdrawn")


async def _first_command(stack: Stack, found: BatchRecords) -> datetime | None:
    """The time of the first audited command about the batch, minus MARGIN; None if there is no such command.

    The times in the batch are not used, because they come from the business clock, which can be set.
    """
    async with store(stack, ENROLLMENT) as connection:
        first = await connection.fetchval(
            "SELECT min(at) FROM audit_log WHERE subject = $1 AND name = 'submission_decided'", found.batch.batch_no
        )
    return None if first is None else first - MARGIN


async def _audit(
    stack: Stack,
    keys: Keys,
    service: str,
    found: BatchRecords,
    events: Sequence[EventEntry],
    since: datetime | None,
) -> CollectedAudit:
    causes = {entry.cause_id for entry in found.approvals if entry.cause_id}
    causes |= {cause for event in events if (cause := _uuid(event.causation_id))}
    async with store(stack, service) as connection:
        return await audit_of(connection, service, keys, sorted(causes), found.texts, since)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
