"""Candidates: who they are, what the registries said, where they stand. The statements of the hot path."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from chassis.sql import Connection
from contracts.words import CardStatus, DocumentType, EmploymentStatus
from enrollment_svc.domain.placement import Placement
from enrollment_svc.domain.statuses import Statuses
from enrollment_svc.store import slots
from enrollment_svc.store.slots import Locked

if TYPE_CHECKING:
    import asyncpg

CARDS: dict[str | None, CardStatus | None] = {None: None, **{word.value: word for word in CardStatus}}
EMPLOYMENTS: dict[str | None, EmploymentStatus | None] = {None: None, **{word.value: word for word in EmploymentStatus}}
DOCUMENTS: dict[str, DocumentType] = {word.value: word for word in DocumentType}


class Entry(NamedTuple):
    """A row of `candidates`, in the order in which it is copied; the confirmations are not part of it."""

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
class Held:
    """What decides a placement, as stored."""

    document_type: DocumentType
    has_service_card: bool
    statuses: Statuses
    renamed_at: datetime | None


class Verified(NamedTuple):
    """A person's statuses and where they place him."""

    member_id: UUID
    statuses: Statuses
    placement: Placement


_COLUMNS = ", ".join(Entry._fields)
_ENTRIES = """
    $1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[],
    $10::text[], $11::text[], $12::boolean[], $13::text[], $14::text[], $15::text[], $16::boolean[], $17::text[],
    $18::text[], $19::timestamptz[], $20::text[], $21::text[], $22::timestamptz[], $23::timestamptz[], $24::text[],
    $25::text[], $26::timestamptz[]"""
_SET_ENTRY = ", ".join(f"{name} = e.{name}" for name in Entry._fields if name not in ("member_id", "promised_at"))
#: The columns of `Statuses`, in its order.
_STATUSES = """card_status, card_raw, card_checked_at, employment_status, employment_raw, employment_checked_at,
               card_source, employment_source"""


async def lock_units(connection: Connection, unit_ids: Iterable[UUID | str]) -> None:
    """Lock the units for this transaction. A transaction locks all that it needs at once, or could deadlock.

    A unit's members and their statuses come on two topics, perhaps to two replicas: without the lock each could
    miss the other's uncommitted row, and a status would wait for its member forever.
    """
    await slots.lock(connection, Locked.UNIT, unit_ids)


async def units_of_people(connection: Connection, union_id: UUID, member_ids: Sequence[UUID] | None) -> list[UUID]:
    """Units in which these members of a union, or (None) all of them, are members too (A59)."""
    chosen = "" if member_ids is None else "AND c.member_id = ANY ($2)"
    rows = await connection.fetch(
        f"""SELECT DISTINCT o.unit_id FROM candidates c
            JOIN candidates o ON o.person_key = c.person_key AND o.member_id <> c.member_id
            WHERE c.union_id = $1 {chosen}""",  # noqa: S608 - a constant
        union_id,
        *([] if member_ids is None else [member_ids]),
    )
    return [row["unit_id"] for row in rows]


async def held(connection: Connection, member_ids: Sequence[UUID]) -> dict[UUID, Held]:
    """What is stored of these members, those that are known."""
    rows = await connection.fetch(
        f"""SELECT member_id, document_type, has_service_card, renamed_at, {_STATUSES}
            FROM candidates WHERE member_id = ANY($1)""",  # noqa: S608
        member_ids,
    )
    return {r[0]: Held(DOCUMENTS[r[1]], r[2], _statuses(r, 4), renamed_at=r[3]) for r in rows}


async def add(connection: Connection, entries: Sequence[Entry]) -> None:
    """Members not known before, by COPY."""
    await connection.copy_records_to_table("candidates", records=entries, columns=Entry._fields)


async def change(connection: Connection, entries: Sequence[Entry], *, revive: bool) -> None:
    """New entries of known members. An import brings the removed back, without their confirmations (A57)."""
    await connection.execute(
        f"""UPDATE candidates AS c
            SET {_SET_ENTRY}, removed_at = CASE WHEN $27 THEN NULL ELSE c.removed_at END,
                promised_at = CASE WHEN $27 THEN e.promised_at ELSE c.promised_at END
            FROM unnest({_ENTRIES}) AS e({_COLUMNS}) WHERE c.member_id = e.member_id""",  # noqa: S608
        *zip(*entries, strict=True),
        revive,
    )


async def verify(connection: Connection, people: Sequence[Verified]) -> None:
    """Statuses and placements of people, in one statement."""
    await connection.execute(
        """UPDATE candidates AS c
           SET standing = v.standing, standing_confirmed = v.standing_confirmed, to_confirm = v.to_confirm,
               card_status = v.card, card_raw = v.card_raw, card_checked_at = v.card_at,
               employment_status = v.employment, employment_raw = v.employment_raw,
               employment_checked_at = v.employment_at,
               card_source = v.card_source, employment_source = v.employment_source
           FROM unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::text[], $7::timestamptz[],
                       $8::text[], $9::text[], $10::timestamptz[], $11::text[], $12::text[])
                AS v(member_id, standing, standing_confirmed, to_confirm, card, card_raw, card_at,
                     employment, employment_raw, employment_at, card_source, employment_source)
           WHERE c.member_id = v.member_id""",
        [p.member_id for p in people],
        [p.placement.standing for p in people],
        [p.placement.if_confirmed for p in people],
        [p.placement.to_confirm for p in people],
        *_columns_of([p.statuses for p in people]),
    )


async def remove(connection: Connection, member_ids: Sequence[UUID], removed_at: datetime) -> None:
    """Out of lists and counts at once; a confirmation ends with the membership (A43, A57)."""
    await connection.execute(
        """UPDATE candidates AS c SET removed_at = $2, confirmed_years = '{}'
           FROM (SELECT member_id FROM candidates WHERE member_id = ANY($1)
                 ORDER BY person_key, member_id FOR UPDATE) AS locked
           WHERE c.member_id = locked.member_id""",
        member_ids,
        removed_at,
    )


async def inherit_confirmations(connection: Connection, union_id: UUID, person_keys: Sequence[str]) -> None:
    """A confirmation is of the person by the union: a new membership of a confirmed one has it too (A43)."""
    confirmed = await connection.fetch(
        """SELECT DISTINCT ON (person_key) member_id FROM candidates
           WHERE union_id = $1 AND person_key = ANY($2) AND confirmed_years <> '{}' AND removed_at IS NULL
           ORDER BY person_key, cardinality(confirmed_years) DESC""",
        union_id,
        person_keys,
    )
    if confirmed:
        await connection.execute(
            """UPDATE candidates c SET confirmed_years = s.confirmed_years, confirmed_raw = s.confirmed_raw,
                      confirmed_at = s.confirmed_at, confirmed_by = s.confirmed_by
               FROM candidates s
               WHERE s.member_id = ANY($2) AND c.union_id = $1 AND c.person_key = s.person_key
                     AND c.confirmed_years = '{}' AND c.removed_at IS NULL""",
            union_id,
            [row["member_id"] for row in confirmed],
        )


async def promise(connection: Connection, member_ids: Sequence[UUID], due_at: datetime) -> None:
    """By when these people are promised an answer; a promise still open to somebody whose card fails stays (F119)."""
    await connection.execute(
        """UPDATE candidates SET promised_at = $2
           WHERE member_id = ANY($1) AND (promised_at IS NULL OR card_status = 'normal')""",
        member_ids,
        due_at,
    )


async def take_early(connection: Connection, member_ids: Sequence[UUID]) -> dict[UUID, Statuses]:
    """Statuses that arrived before their members; they are taken out."""
    rows = await connection.fetch(
        f"DELETE FROM early_statuses WHERE member_id = ANY($1) RETURNING member_id, {_STATUSES}",  # noqa: S608
        member_ids,
    )
    return {r[0]: _statuses(r, 1) for r in rows}


async def keep_early(connection: Connection, told: dict[UUID, Statuses]) -> None:
    """Keep statuses until their members arrive, in place of what was kept of them."""
    await connection.execute(
        f"""INSERT INTO early_statuses (member_id, {_STATUSES})
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[],
                                 $5::text[], $6::text[], $7::timestamptz[], $8::text[], $9::text[])
            ON CONFLICT (member_id) DO UPDATE
            SET card_status = excluded.card_status, card_raw = excluded.card_raw,
                card_checked_at = excluded.card_checked_at, employment_status = excluded.employment_status,
                employment_raw = excluded.employment_raw, employment_checked_at = excluded.employment_checked_at,
                card_source = excluded.card_source, employment_source = excluded.employment_source""",  # noqa: S608
        list(told),
        *_columns_of(list(told.values())),
    )


def _columns_of(statuses: Sequence[Statuses]) -> list[list[Any]]:
    return [
        [s.card for s in statuses],
        [s.card_raw for s in statuses],
        [s.card_checked_at for s in statuses],
        [s.employment for s in statuses],
        [s.employment_raw for s in statuses],
        [s.employment_checked_at for s in statuses],
        [s.card_source for s in statuses],
        [s.employment_source for s in statuses],
    ]


def _statuses(row: "asyncpg.Record", first: int) -> Statuses:
    card, card_raw, card_at, employment, employment_raw, employment_at, *sources = tuple(row)[first:]
    return Statuses(CARDS[card], card_raw, card_at, EMPLOYMENTS[employment], employment_raw, employment_at, *sources)
