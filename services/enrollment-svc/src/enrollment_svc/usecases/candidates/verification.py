"""Apply the registries' answers. The answers move people between the lists."""

from operator import attrgetter
from typing import Any
from uuid import UUID, uuid5

from chassis.database import UnitOfWork
from contracts.notices import EnrollmentNotice
from contracts.statuses import StatusesVerified, VerifiedStatus
from contracts.words import NoticeKind, Role
from enrollment_svc.domain.candidates.statuses import NOTHING_KNOWN, Statuses, newer
from enrollment_svc.store.candidates import candidates, checks, statuses

#: All fields of VerifiedStatus except the member's id.
VALUES = attrgetter(*(name for name in VerifiedStatus.model_fields if name != "member_id"))


async def apply_statuses_verified(event: StatusesVerified, work: UnitOfWork) -> list[EnrollmentNotice]:
    """Store the statuses. The stored statuses decide in which list each person is, without a command of a user (F100,
    F118).

    Statuses and members come from different topics, so a status can arrive before its member. An early status is stored
    like any other status, but no query finds it until the member arrives.
    """
    connection = work.connection
    await candidates.lock_units(connection, [event.unit_id])
    answers = _answers(event)
    stored = await statuses.stored(connection, list(answers))
    first = {m: answer for m, answer in answers.items() if answer is not NOTHING_KNOWN and m not in stored}
    again = {m: merged for m, known in stored.items() if (merged := newer(known, answers[m])) != known}
    if first:
        await statuses.add(connection, first)
    if again:
        await statuses.change(connection, again)
    completed = await checks.count_answered(
        connection, event.job_id, event.unit_id, event.union_id, event.part.count, len(event.statuses), work.now
    )
    return await _check_done(event, work) if completed else []


async def _check_done(event: StatusesVerified, work: UnitOfWork) -> list[EnrollmentNotice]:
    """The notice to the union, if all answers of the check about the union's units have arrived. Otherwise an empty
    list (D06).
    """
    people = await checks.people_of_done(work.connection, event.job_id, event.union_id)
    if people is None:
        return []
    return [
        EnrollmentNotice(
            notice_id=uuid5(event.job_id, f"{NoticeKind.CHECK_DONE.value}/{event.union_id}"),
            kind=NoticeKind.CHECK_DONE,
            union_id=event.union_id,
            role=Role.HANDLER,
            about=str(event.job_id),
            text=f"数据校验完成，共校验{people}人，请查看【待校验】和【待提交】列表。",
            at=work.now,
        )
    ]


def _answers(event: StatusesVerified) -> dict[UUID, Statuses]:
    """The answers by member. Most people of a part have the same answers. For equal answers only one object is made."""
    made: dict[tuple[Any, ...], Statuses] = {}
    answers = {}
    for status in event.statuses:
        values = VALUES(status)
        if values not in made:
            made[values] = _statuses_of(event, status)
        answers[status.member_id] = made[values]
    return answers


def _statuses_of(event: StatusesVerified, status: VerifiedStatus) -> Statuses:
    """The answer as Statuses. If no registry was asked, the result is the object NOTHING_KNOWN itself.

    `card_checked_at` is set if the card registry was asked, with or without a card status. `employment_checked_at`
    follows the same rule. A time without a status means that the registry has no record (A42).
    """
    if not (status.card_asked or status.employment_asked):
        return NOTHING_KNOWN
    at, source = event.checked_at, event.source
    card_at = at if status.card_asked else None
    employment_at = at if status.employment_asked else None
    return Statuses(
        status.card if card_at else None,
        status.card_raw if card_at else None,
        card_at,
        status.employment if employment_at else None,
        status.employment_raw if employment_at else None,
        employment_at,
        source if card_at else None,
        source if employment_at else None,
    )
