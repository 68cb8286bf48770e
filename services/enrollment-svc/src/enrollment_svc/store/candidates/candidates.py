"""Reads and writes candidates: members, the registries' answers about them, and the standing of each member.

Every import and every check runs these statements.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

from asyncpg import Record

from chassis.sql import Connection, Copy, Statement, columns_of, rows_of, set_of
from contracts.words import CardStatus, DocumentType, EmploymentStatus
from enrollment_svc.domain.candidates.placement import Placement
from enrollment_svc.domain.candidates.statuses import Statuses
from enrollment_svc.store import slots
from enrollment_svc.store.slots import Locked
from enrollment_svc.tables import CandidateRow, EarlyStatusRow

CARDS: dict[str | None, CardStatus | None] = {None: None, **{word.value: word for word in CardStatus}}
EMPLOYMENTS: dict[str | None, EmploymentStatus | None] = {None: None, **{word.value: word for word in EmploymentStatus}}
DOCUMENTS: dict[str, DocumentType] = {word.value: word for word in DocumentType}


class CandidateRecord(NamedTuple):
    """A row of `candidates` without its confirmations and its removal."""

    member_id: UUID
    union_id: UUID
    unit_id: UUID
    person_key: str
    member_no: str
    document_type: str
    masked_name: str
    masked_number: str
    sealed: bytes
    name_key: str
    tag: str | None
    has_service_card: bool
    channel: str | None
    standing: str
    standing_confirmed: str
    to_confirm: bool
    card_status: str | None
    card_raw: str | None
    card_checked_at: datetime | None
    employment_status: str | None
    employment_raw: str | None
    employment_checked_at: datetime | None
    renamed_at: datetime | None
    card_source: str | None
    employment_source: str | None
    promised_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredCandidate:
    """The stored values that are needed to compute a new placement, and when the member was last renamed."""

    document_type: DocumentType
    has_service_card: bool
    statuses: Statuses
    renamed_at: datetime | None


class Verified(NamedTuple):
    """The statuses of a member and the placement that follows from them."""

    member_id: UUID
    statuses: Statuses
    placement: Placement


ENTRY = columns_of(CandidateRow, CandidateRecord)
EARLY = columns_of(EarlyStatusRow)
#: The columns of the fields of `Statuses`, in the order of the fields. `candidates` and `early_statuses` have them.
STATUSES = EARLY.without("member_id")
VERIFIED = columns_of(CandidateRow, "member_id", "standing", "standing_confirmed", "to_confirm", *STATUSES.types)
status_values = attrgetter(*(field.name for field in fields(Statuses)))

OTHER_UNITS_OF_UNION = Statement(
    """SELECT DISTINCT o.unit_id FROM candidates AS c
       JOIN candidates AS o ON o.person_key = c.person_key AND o.member_id <> c.member_id
       WHERE c.union_id = :union_id"""
)
OTHER_UNITS_OF_MEMBERS = Statement("{of_union} AND c.member_id = ANY (:member_ids)", of_union=OTHER_UNITS_OF_UNION)
STORED = Statement(
    """SELECT member_id, document_type, has_service_card, renamed_at, {statuses}
       FROM candidates WHERE member_id = ANY (:member_ids)""",
    statuses=STATUSES,
)
ADD = Copy(ENTRY)
CHANGE = Statement(
    """UPDATE candidates AS c
       SET {changes}, removed_at = CASE WHEN :revive THEN NULL ELSE c.removed_at END,
           promised_at = CASE WHEN :revive THEN e.promised_at ELSE c.promised_at END
       FROM {entries} AS e WHERE c.member_id = e.member_id""",
    changes=set_of(ENTRY.without("member_id", "promised_at"), "e"),
    entries=rows_of(ENTRY),
)
VERIFY = Statement(
    "UPDATE candidates AS c SET {changes} FROM {people} AS v WHERE c.member_id = v.member_id",
    changes=set_of(VERIFIED.without("member_id"), "v"),
    people=rows_of(VERIFIED),
)
REMOVE = Statement(
    """UPDATE candidates AS c SET removed_at = :removed_at, confirmed_years = '{}'
       FROM (SELECT member_id FROM candidates WHERE member_id = ANY (:member_ids)
             ORDER BY person_key, member_id FOR UPDATE) AS locked
       WHERE c.member_id = locked.member_id"""
)
CONFIRMED_MEMBERS = Statement(
    """SELECT DISTINCT ON (person_key) member_id FROM candidates
       WHERE union_id = :union_id AND person_key = ANY (:person_keys) AND confirmed_years <> '{}'
             AND removed_at IS NULL
       ORDER BY person_key, cardinality(confirmed_years) DESC"""
)
INHERIT_CONFIRMATIONS = Statement(
    """UPDATE candidates AS c SET confirmed_years = s.confirmed_years, confirmed_raw = s.confirmed_raw,
              confirmed_at = s.confirmed_at, confirmed_by = s.confirmed_by
       FROM candidates AS s
       WHERE s.member_id = ANY (:member_ids) AND c.union_id = :union_id AND c.person_key = s.person_key
             AND c.confirmed_years = '{}' AND c.removed_at IS NULL"""
)
PROMISE = Statement(
    """UPDATE candidates SET promised_at = :due_at
       WHERE member_id = ANY (:member_ids) AND (promised_at IS NULL OR card_status = 'normal')"""
)
POP_EARLY_STATUSES = Statement(
    "DELETE FROM early_statuses WHERE member_id = ANY (:member_ids) RETURNING member_id, {statuses}", statuses=STATUSES
)
STORE_EARLY_STATUSES = Statement(
    """INSERT INTO early_statuses ({early}) SELECT {early} FROM {members} AS m
       ON CONFLICT (member_id) DO UPDATE SET {changes}""",
    early=EARLY,
    members=rows_of(EARLY),
    changes=set_of(STATUSES, "excluded"),
)


async def lock_units(connection: Connection, unit_ids: Iterable[UUID | str]) -> None:
    """Lock the units for this transaction. A transaction locks all its units by one call, so that it cannot deadlock.

    A member and its status arrive on two topics, possibly at two replicas at the same time. The lock lets the second
    transaction wait until the first has committed, and then see its rows. Without the lock, neither would see the
    uncommitted row of the other. The status would be stored as early, and nothing would read it.
    """
    await slots.lock(connection, Locked.UNIT, unit_ids)


async def lock_units_of_people(
    connection: Connection, union_id: UUID, unit_ids: Iterable[UUID], member_ids: Sequence[UUID] | None
) -> bool:
    """Lock these units of the union, and all other units in which these members of it are members, too (A59).

    `member_ids` None = all members of the union. Returns whether one of them is a member of another unit. The other
    units are read while `unit_ids` are locked, so that nobody who changes a status there is missed. If a unit is found
    that is not locked, the locks are released and all units are locked at once, because locks in two steps could
    deadlock.
    """
    units = set(unit_ids)
    while True:
        savepoint = connection.transaction()
        await savepoint.start()
        await lock_units(connection, units)
        others = await _other_units(connection, union_id, member_ids)
        if others <= units:
            await savepoint.commit()
            return bool(others)
        await savepoint.rollback()
        units |= others


async def _other_units(connection: Connection, union_id: UUID, member_ids: Sequence[UUID] | None) -> set[UUID]:
    if member_ids is None:
        rows = await OTHER_UNITS_OF_UNION.fetch(connection, union_id=union_id)
    else:
        rows = await OTHER_UNITS_OF_MEMBERS.fetch(connection, union_id=union_id, member_ids=member_ids)
    return {row["unit_id"] for row in rows}


async def stored(connection: Connection, member_ids: Sequence[UUID]) -> dict[UUID, StoredCandidate]:
    """The stored values of these members. Unknown members are left out."""
    rows = await STORED.fetch(connection, member_ids=member_ids)
    return {r[0]: StoredCandidate(DOCUMENTS[r[1]], r[2], _statuses(r, 4), renamed_at=r[3]) for r in rows}


async def add(connection: Connection, entries: Sequence[CandidateRecord]) -> None:
    """Add members that were not known before, by COPY."""
    await ADD.execute(connection, entries)


async def change(connection: Connection, entries: Sequence[CandidateRecord], *, revive: bool) -> None:
    """Replace the entries of known members. `revive` (after an import): removed members are candidates again (A57)."""
    await CHANGE.execute(connection, entries=entries, revive=revive)


async def verify(connection: Connection, people: Sequence[Verified]) -> None:
    """Store statuses and placements of members, in one statement."""
    rows = [
        (
            p.member_id,
            p.placement.standing,
            p.placement.if_confirmed,
            p.placement.to_confirm,
            *status_values(p.statuses),
        )
        for p in people
    ]
    await VERIFY.execute(connection, people=rows)


async def remove(connection: Connection, member_ids: Sequence[UUID], removed_at: datetime) -> None:
    """Remove members from lists and counts at once. Their confirmations end with the membership (A43, A57)."""
    await REMOVE.execute(connection, member_ids=member_ids, removed_at=removed_at)


async def inherit_confirmations(connection: Connection, union_id: UUID, person_keys: Sequence[str]) -> None:
    """Confirm new memberships of confirmed people, because a union confirms the person, not one membership (A43)."""
    confirmed = await CONFIRMED_MEMBERS.fetch(connection, union_id=union_id, person_keys=person_keys)
    if confirmed:
        member_ids = [row["member_id"] for row in confirmed]
        await INHERIT_CONFIRMATIONS.execute(connection, union_id=union_id, member_ids=member_ids)


async def promise(connection: Connection, member_ids: Sequence[UUID], due_at: datetime) -> None:
    """Store `due_at` as the time by which the registries should have answered about these members (`promised_at`).

    If a member has a stored time and the card is not 正常, the stored time stays. After this time the list shows the
    hint 改办会员服务卡, and a later check must not delay the hint (F119).
    """
    await PROMISE.execute(connection, member_ids=member_ids, due_at=due_at)


async def pop_early_statuses(connection: Connection, member_ids: Sequence[UUID]) -> dict[UUID, Statuses]:
    """Read and delete the statuses that arrived before their members."""
    rows = await POP_EARLY_STATUSES.fetch(connection, member_ids=member_ids)
    return {row[0]: _statuses(row, 1) for row in rows}


async def store_early_statuses(connection: Connection, statuses_of_members: dict[UUID, Statuses]) -> None:
    """Store statuses until their members arrive. They replace the stored early statuses of the same members."""
    rows = [(member_id, *status_values(statuses)) for member_id, statuses in statuses_of_members.items()]
    await STORE_EARLY_STATUSES.execute(connection, members=rows)


def _statuses(row: Record, first: int) -> Statuses:
    card, card_raw, card_at, employment, employment_raw, employment_at, *sources = tuple(row)[first:]
    return Statuses(CARDS[card], card_raw, card_at, EMPLOYMENTS[employment], employment_raw, employment_at, *sources)
