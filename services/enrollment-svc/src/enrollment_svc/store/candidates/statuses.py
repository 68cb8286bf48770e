"""The registries' answers about members. A member's answers can arrive before the member."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any
from uuid import UUID

from asyncpg import Record, SerializationError, UniqueViolationError

from chassis.sql import Connection, Copy, Statement, columns_of, rows_of, set_of
from contracts.words import CardStatus, EmploymentStatus
from enrollment_svc.domain.candidates.statuses import Statuses
from enrollment_svc.store.candidates.current import STATUSES
from enrollment_svc.tables import CandidateStatusRow

CARDS: dict[str | None, CardStatus | None] = {None: None, **{word.value: word for word in CardStatus}}
EMPLOYMENTS: dict[str | None, EmploymentStatus | None] = {None: None, **{word.value: word for word in EmploymentStatus}}

ANSWERED = columns_of(CandidateStatusRow)
values_of = attrgetter(*(field.name for field in fields(Statuses)))

STORED = Statement(
    "SELECT member_id, {statuses} FROM candidate_statuses WHERE member_id = ANY (:member_ids)", statuses=STATUSES
)
ADD = Copy(ANSWERED)
CHANGE = Statement(
    "UPDATE candidate_statuses AS s SET {changes} FROM {members} AS m WHERE s.member_id = m.member_id",
    changes=set_of(STATUSES, "m"),
    members=rows_of(ANSWERED),
)
FORGET_CARDS = Statement(
    """UPDATE candidate_statuses SET card_status = NULL, card_raw = NULL, card_checked_at = NULL, card_source = NULL
       WHERE member_id = ANY (:member_ids)"""
)
WITH_EMPLOYMENT = Statement(
    """SELECT member_id FROM candidate_statuses
       WHERE member_id = ANY (:member_ids) AND employment_status = ANY (:employment)"""
)


async def stored(connection: Connection, member_ids: Sequence[UUID]) -> dict[UUID, Statuses]:
    """The stored answers about these members. Members without an answer are left out."""
    return {row[0]: _statuses(row) for row in await STORED.fetch(connection, member_ids=member_ids)}


async def add(connection: Connection, statuses_of_members: Mapping[UUID, Statuses]) -> None:
    """Store the first answers about members, by COPY. If another transaction has stored a first answer about one of
    them meanwhile, raises SerializationError, so that the poll is handled again.

    Normally the lock of the unit prevents that two transactions store a first answer about the same member. The
    exception: the transaction that calls `flags.copy_status` possibly has only the lock of a line.
    """
    try:
        await ADD.execute(connection, _rows(statuses_of_members))
    except UniqueViolationError as error:
        raise SerializationError("two first answers about one member") from error


async def change(connection: Connection, statuses_of_members: Mapping[UUID, Statuses]) -> None:
    """Replace the stored answers about members."""
    await CHANGE.execute(connection, members=_rows(statuses_of_members))


async def forget_cards(connection: Connection, member_ids: Sequence[UUID]) -> None:
    """Forget the card registry's answers about these members."""
    await FORGET_CARDS.execute(connection, member_ids=member_ids)


async def with_employment(
    connection: Connection, member_ids: Sequence[UUID], employment: Iterable[EmploymentStatus]
) -> list[UUID]:
    """The ids of `member_ids` whose stored employment status is one of `employment`."""
    rows = await WITH_EMPLOYMENT.fetch(connection, member_ids=member_ids, employment=list(employment))
    return [row["member_id"] for row in rows]


def _rows(statuses_of_members: Mapping[UUID, Statuses]) -> list[tuple[Any, ...]]:
    return [(member_id, *values_of(statuses)) for member_id, statuses in statuses_of_members.items()]


def _statuses(row: Record) -> Statuses:
    _, card, card_raw, card_at, employment, employment_raw, employment_at, *sources = row
    return Statuses(CARDS[card], card_raw, card_at, EMPLOYMENTS[employment], employment_raw, employment_at, *sources)
