"""Stores the people about whom the registries are asked, and publishes the registries' answers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import orjson

from chassis.database import UnitOfWork
from contracts.members import MembersImported
from contracts.statuses import CheckStatuses, StatusesVerified
from status_checker import metrics, store
from status_checker.domain import (
    Origin,
    Verdict,
    checked_at,
    question,
    requested_question,
    tally,
    verdicts,
)
from status_checker.gateways.registry import MOST_PEOPLE
from status_checker.parts import Answers, CheckPart

SOURCE = "city-registries"
#: The kind of job that gets the answers to a part.
CHECK = "registry.check"


class PartTooLarge(ValueError):
    """A part with more people than a registry answers at once. The message holds no personal data."""


async def check_imported(event: MembersImported, work: UnitOfWork) -> None:
    """Store the people of the event for a check, if `check_on_import` is set (A44)."""
    if not event.check_on_import:
        return
    await _store(
        CheckPart(
            job_id=event.import_id,
            union_id=event.union_id,
            unit_id=event.unit_id,
            part=event.part,
            origin=Origin.IMPORT,
            questions=[
                question(m.member_id, m.document_type, has_service_card=m.has_service_card) for m in event.members
            ],
            numbers=work.unseal_numbers(event.sealed),
            person_keys=[member.person_key for member in event.members],
            asked_at=event.imported_at,
        ),
        work,
    )


async def check_requested(event: CheckStatuses, work: UnitOfWork) -> None:
    """Store the people of the event for a check.

    Either a handler (经办人) requested the check (F096), or a submission was refused because statuses of people are
    stale (A45).
    """
    numbers = work.unseal_numbers(event.sealed)
    await _store(
        CheckPart(
            job_id=event.job_id,
            union_id=event.union_id,
            unit_id=event.unit_id,
            part=event.part,
            origin=Origin.REQUEST,
            questions=[requested_question(p.member_id, p.document_type, ask_card=p.ask_card) for p in event.people],
            numbers=numbers,
            person_keys=[
                work.index.person_key(person.document_type.value, number)
                for person, number in zip(event.people, numbers, strict=False)
            ],
            asked_at=event.requested_at,
        ),
        work,
    )


async def publish_answers(part_id: UUID, answers: Answers, work: UnitOfWork, *, answered_at: datetime) -> None:
    """Close a part and publish its statuses, unless that was done before.

    If no registry had to be asked, `answered_at` is the time of the check.
    """
    results = verdicts(answers.questions, answers.card, answers.employment)
    at = checked_at(answers.card, answers.employment, otherwise=answered_at)
    header = await store.close_part(work.connection, part_id, tally(results), at)
    if header is None:
        return
    metrics.people_verified.inc(len(results))
    event = StatusesVerified(
        job_id=header.job_id,
        union_id=header.union_id,
        unit_id=header.unit_id,
        part=header.part,
        checked_at=at,
        source=SOURCE,
        statuses=[],
    )
    work.emit_serialized(event, {"statuses": statuses_json(results)})


def statuses_json(results: Sequence[Verdict]) -> bytes:
    """The JSON of the event's statuses. To make an object for each person first would take three times as long."""
    return orjson.dumps([dict(zip(Verdict._fields, one, strict=True)) for one in results])


async def _store(part: CheckPart, work: UnitOfWork) -> None:
    """Store the part and its job in the subscriber's transaction. If the part is stored already, nothing changes."""
    if len(part.questions) != len(part.numbers):
        raise ValueError("the sealed block and the part have different numbers of people")
    if len(part.questions) > MOST_PEOPLE:
        raise PartTooLarge(f"a part holds {len(part.questions)} people; the limit is {MOST_PEOPLE}")
    if await store.add_part(work.connection, work.row_cipher, part):
        await work.enqueue(CHECK, part.place, {"part_id": str(part.part_id)})
