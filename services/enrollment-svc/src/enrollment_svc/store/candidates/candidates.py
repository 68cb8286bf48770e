"""Reads and writes candidates. A candidate has the values that the last import, change or removal of the member gave.

Every import runs this code, so a statement handles all people of a part of the import at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chassis.sql import Connection, Copy, Statement, columns_of, rows_of, set_of
from contracts.words import DocumentType
from enrollment_svc.store import slots
from enrollment_svc.store.slots import Locked
from enrollment_svc.tables import CandidateRow

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
    renamed_at: datetime | None
    promised_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredCandidate:
    """The stored values of a member that are compared with the values in an event about the member."""

    has_service_card: bool
    renamed_at: datetime | None


ENTRY = columns_of(CandidateRow, CandidateRecord)

OTHER_UNITS_OF_UNION = Statement(
    """SELECT DISTINCT o.unit_id FROM candidates AS c
       JOIN candidates AS o ON o.person_key = c.person_key AND o.member_id <> c.member_id
       WHERE c.union_id = :union_id"""
)
OTHER_UNITS_OF_MEMBERS = Statement("{of_union} AND c.member_id = ANY (:member_ids)", of_union=OTHER_UNITS_OF_UNION)
STORED = Statement("SELECT member_id, has_service_card, renamed_at FROM candidates WHERE member_id = ANY (:member_ids)")
ADD = Copy(ENTRY)
CHANGE = Statement(
    """UPDATE candidates AS c
       SET {changes}, removed_at = CASE WHEN :revive THEN NULL ELSE c.removed_at END,
           promised_at = CASE WHEN :revive THEN e.promised_at ELSE c.promised_at END
       FROM {entries} AS e WHERE c.member_id = e.member_id""",
    changes=set_of(ENTRY.without("member_id", "promised_at"), "e"),
    entries=rows_of(ENTRY),
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
    """UPDATE candidates AS c SET promised_at = :due_at
       WHERE member_id = ANY (:member_ids)
             AND (promised_at IS NULL OR EXISTS (SELECT FROM candidate_statuses AS s
                                                 WHERE s.member_id = c.member_id AND s.card_status = 'normal'))"""
)


async def lock_units(connection: Connection, unit_ids: Iterable[UUID | str]) -> None:
    """Lock the units for this transaction. A transaction locks all its units with one call, so that it cannot deadlock.

    A member and its status arrive on two topics, possibly at two replicas at the same time. With the lock, the second
    transaction waits until the first has committed, and then sees the rows of the first. Without the lock, neither
    would see the uncommitted row of the other, and neither would flag a person who died under review (A54).
    """
    await slots.lock(connection, Locked.UNIT, unit_ids)


async def lock_units_of_people(
    connection: Connection, union_id: UUID, unit_ids: Iterable[UUID], member_ids: Sequence[UUID] | None
) -> bool:
    """Lock the units `unit_ids` of the union, and every further unit of the city in which a person of `member_ids` is a
    member (A59).

    `member_ids` None = all members of the union. Returns whether one of these people is a member of several units. The
    further units are searched while `unit_ids` are locked, so that no other transaction can make one of these people a
    member of a further unit unnoticed. If the search finds a unit that is not locked, the locks are released and all
    units are locked at once, because locks in two steps could deadlock.
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
    return {row[0]: StoredCandidate(row[1], row[2]) for row in rows}


async def add(connection: Connection, entries: Sequence[CandidateRecord]) -> None:
    """Add members that were not known before, by COPY."""
    await ADD.execute(connection, entries)


async def change(connection: Connection, entries: Sequence[CandidateRecord], *, revive: bool) -> None:
    """Replace the entries of known members. `revive`: True after an import. Removed members are then candidates again
    (A57).
    """
    await CHANGE.execute(connection, entries=entries, revive=revive)


async def remove(connection: Connection, member_ids: Sequence[UUID], removed_at: datetime) -> None:
    """Remove members from lists and counts immediately. Their confirmations are deleted, too (A43, A57)."""
    await REMOVE.execute(connection, member_ids=member_ids, removed_at=removed_at)


async def inherit_confirmations(connection: Connection, union_id: UUID, person_keys: Sequence[str]) -> None:
    """Confirm people in a new unit of the union if they are confirmed in another unit of the union.

    A union confirms the person, not the membership in one unit (A43).
    """
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
