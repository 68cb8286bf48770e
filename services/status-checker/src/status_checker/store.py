"""Every SQL statement of the service."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.privacy import Vault
from chassis.sql import Connection
from chassis.web import SUBTREE, Order, PageRequest, within
from contracts.fields import Part
from status_checker.domain import Heard
from status_checker.parts import (
    CheckPart,
    OpenPart,
    PartHeader,
    heard_of,
    open_numbers,
    pack_heard,
    pack_questions,
    seal_numbers,
    unpack_questions,
)

if TYPE_CHECKING:
    import asyncpg

#: Checks with the sums over their parts. Each unit of a check has `part_count` parts.
_JOBS = """
    SELECT j.job_id, j.union_id, j.origin, j.started_at, t.*,
           CASE WHEN t.answered_parts + t.given_up_parts >= t.parts THEN t.last_answer END AS finished_at
    FROM ({page}) AS j CROSS JOIN LATERAL (
        SELECT coalesce(sum(u.expected), 0)::int AS parts, coalesce(sum(u.answered), 0)::int AS answered_parts,
               coalesce(sum(u.heads), 0)::int AS people, coalesce(sum(u.answered_heads), 0)::int AS answered_people,
               coalesce(sum(u.given_up), 0)::int AS given_up_parts,
               coalesce(sum(u.given_up_heads), 0)::int AS given_up_people, max(u.last_answer) AS last_answer
        FROM (SELECT max(part_count) AS expected, count(answered_at) AS answered, sum(heads) AS heads,
                     sum(heads) FILTER (WHERE answered_at IS NOT NULL) AS answered_heads,
                     count(given_up_at) AS given_up,
                     sum(heads) FILTER (WHERE given_up_at IS NOT NULL) AS given_up_heads,
                     max(coalesce(answered_at, given_up_at)) AS last_answer
              FROM check_parts p WHERE p.job_id = j.job_id GROUP BY p.unit_id) AS u
    ) AS t
"""
ORDER = Order({"started_at": "j.started_at", "origin": "j.origin"}, default="-started_at", tie="j.job_id")
_IN_SCOPE = f"""($1::uuid IS NULL OR union_id = $1 OR union_id IN ({SUBTREE.format(1)}))
                AND ($2::uuid IS NULL OR union_id = $2)"""


@dataclass(frozen=True, slots=True)
class JobsWanted:
    """Which checks a caller sees. `scope_id` None = the whole city."""

    scope_id: UUID | None
    union_id: UUID | None = None
    job_id: UUID | None = None


async def add_part(connection: Connection, vault: Vault, part: CheckPart) -> bool:
    """Store a part and its check. Returns False if the part is stored already; a stored part never changes."""
    await connection.execute(
        "INSERT INTO check_jobs (job_id, union_id, origin) VALUES ($1, $2, $3) ON CONFLICT (job_id) DO NOTHING",
        part.job_id,
        part.union_id,
        part.origin.value,
    )
    added = await connection.fetchval(
        """INSERT INTO check_parts
               (part_id, job_id, union_id, unit_id, part_index, part_count, heads, people, numbers, person_keys,
                asked_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (part_id) DO NOTHING RETURNING true""",
        part.part_id,
        part.job_id,
        part.union_id,
        part.unit_id,
        part.part.index,
        part.part.count,
        len(part.questions),
        pack_questions(part.questions),
        seal_numbers(vault, part),
        list(part.person_keys),
        part.asked_at,
    )
    return bool(added)


async def open_part(connection: Connection, vault: Vault, part_id: UUID) -> OpenPart | None:
    """A part that is not answered yet, with the answers so far; None if there is none."""
    row = await connection.fetchrow(
        """SELECT people, numbers, card_heard, employment_heard FROM check_parts
           WHERE part_id = $1 AND answered_at IS NULL""",
        part_id,
    )
    if row is None:
        return None
    return OpenPart(
        part_id=part_id,
        questions=unpack_questions(row["people"]),
        numbers=open_numbers(vault, row["numbers"], part_id),
        card=heard_of(row["card_heard"]),
        employment=heard_of(row["employment_heard"]),
    )


async def keep_heard(connection: Connection, part_id: UUID, card: Heard, employment: Heard) -> None:
    """Store the registries' answers so far, so that a retry asks only for the missing ones."""
    await connection.execute(
        """UPDATE check_parts SET card_heard = $2, employment_heard = $3
           WHERE part_id = $1 AND answered_at IS NULL""",
        part_id,
        pack_heard(card),
        pack_heard(employment),
    )


async def lock_part(connection: Connection, part_id: UUID) -> PartHeader | None:
    """Lock a part that is not answered yet and return its header; None if it is answered."""
    row = await connection.fetchrow(
        """SELECT job_id, union_id, unit_id, part_index, part_count, people FROM check_parts
           WHERE part_id = $1 AND answered_at IS NULL FOR UPDATE""",
        part_id,
    )
    if row is None:
        return None
    part = Part(index=row["part_index"], count=row["part_count"])
    return PartHeader(row["job_id"], row["union_id"], row["unit_id"], part, unpack_questions(row["people"]))


async def close_part(
    connection: Connection, part_id: UUID, tally: dict[str, dict[str, int]], checked_at: datetime
) -> None:
    """Mark a part as answered and erase its document numbers, which are not needed from then on."""
    await connection.execute(
        """UPDATE check_parts SET answered_at = clock_timestamp(), given_up_at = NULL, tally = $2, checked_at = $3,
                  numbers = NULL, card_heard = NULL, employment_heard = NULL
           WHERE part_id = $1""",
        part_id,
        tally,
        checked_at,
    )


async def give_up_part(connection: Connection, part_id: UUID) -> None:
    """Mark a part as given up: it is not asked about any more, unless an operator retries its job."""
    await connection.execute(
        "UPDATE check_parts SET given_up_at = clock_timestamp() WHERE part_id = $1 AND answered_at IS NULL", part_id
    )


async def count_jobs(connection: Connection, wanted: JobsWanted) -> int:
    """How many checks there are in scope."""
    count: int = await connection.fetchval(
        f"SELECT count(*) FROM check_jobs WHERE {_IN_SCOPE}",  # noqa: S608
        wanted.scope_id,
        wanted.union_id,
    )
    return count


async def list_jobs(connection: Connection, wanted: JobsWanted, page: PageRequest) -> list["asyncpg.Record"]:
    """One page of the checks in scope, the latest first unless asked otherwise."""
    order = ORDER.by(page)
    rows = f"SELECT * FROM check_jobs j WHERE {_IN_SCOPE} ORDER BY {order} LIMIT $3 OFFSET $4"  # noqa: S608
    statement = f"{_JOBS.format(page=rows)} ORDER BY {order}"
    return await connection.fetch(statement, wanted.scope_id, wanted.union_id, page.limit, page.offset)


async def find_job(connection: Connection, job_id: UUID) -> "asyncpg.Record | None":
    """One check, whatever the scope."""
    return await connection.fetchrow(_JOBS.format(page="SELECT * FROM check_jobs WHERE job_id = $1"), job_id)


async def checks_of(
    connection: Connection, person_keys: Sequence[str], scope_id: UUID | None
) -> list["asyncpg.Record"]:
    """The parts that asked about a person, oldest first."""
    return await connection.fetch(
        f"""SELECT p.part_id, p.job_id, p.unit_id, coalesce(p.asked_at, p.stored_at) AS asked_at, p.checked_at, j.origin
            FROM check_parts p JOIN check_jobs j ON j.job_id = p.job_id
            WHERE p.person_keys && $1 AND {within("p.union_id", 2)} ORDER BY p.stored_at""",  # noqa: S608
        list(person_keys),
        scope_id,
    )


async def count_figures(connection: Connection, wanted: JobsWanted) -> "asyncpg.Record":
    """Parts and people in scope, asked and answered."""
    row: asyncpg.Record | None = await connection.fetchrow(
        f"""SELECT count(DISTINCT job_id) AS jobs, count(*) AS parts, count(answered_at) AS answered_parts,
                   coalesce(sum(heads), 0)::bigint AS people,
                   coalesce(sum(heads) FILTER (WHERE answered_at IS NOT NULL), 0)::bigint AS answered_people
            FROM check_parts WHERE {_IN_SCOPE} AND ($3::uuid IS NULL OR job_id = $3)""",  # noqa: S608
        wanted.scope_id,
        wanted.union_id,
        wanted.job_id,
    )
    assert row is not None
    return row


async def sum_tallies(connection: Connection, wanted: JobsWanted) -> list["asyncpg.Record"]:
    """People by registry and status over the answered parts in scope."""
    return await connection.fetch(
        f"""SELECT registry.key AS registry, status.key AS code, sum(status.value::int)::bigint AS people
            FROM check_parts CROSS JOIN LATERAL jsonb_each(tally) AS registry
                 CROSS JOIN LATERAL jsonb_each_text(registry.value) AS status
            WHERE tally IS NOT NULL AND {_IN_SCOPE} AND ($3::uuid IS NULL OR job_id = $3)
            GROUP BY 1, 2 ORDER BY 1, 2""",  # noqa: S608
        wanted.scope_id,
        wanted.union_id,
        wanted.job_id,
    )
