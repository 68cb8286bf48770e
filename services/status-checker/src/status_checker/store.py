"""The SQL statements of status-checker."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from chassis.privacy import RowCipher
from chassis.sql import Connection, Statement
from chassis.web import Order, PageRequest, within
from contracts.fields import Part
from status_checker.domain import RegistryAnswer
from status_checker.parts import (
    CheckPart,
    OpenPart,
    PartHeader,
    open_numbers,
    pack_answers,
    pack_questions,
    person_hash,
    seal_numbers,
    unpack_answers,
    unpack_questions,
)

ORDER = Order({"started_at": "j.started_at", "origin": "j.origin"}, default="-started_at", tie="j.job_id")
ADD_PART = Statement(
    """WITH job AS (INSERT INTO check_jobs (job_id, union_id, origin) VALUES (:job_id, :union_id, :origin)
                    ON CONFLICT (job_id) DO NOTHING)
       INSERT INTO check_parts (part_id, job_id, union_id, unit_id, part_index, part_count, heads, people, numbers,
                                person_hashes, asked_at)
       VALUES (:part_id, :job_id, :union_id, :unit_id, :index, :count, :heads, :people, :numbers,
               :person_hashes, :asked_at)
       ON CONFLICT (part_id) DO NOTHING RETURNING true"""
)
OPEN_PART = Statement(
    """SELECT people, numbers, card_heard, employment_heard FROM check_parts
       WHERE part_id = :part_id AND answered_at IS NULL"""
)
SAVE_ANSWERS = Statement(
    """UPDATE check_parts SET card_heard = :card, employment_heard = :employment
       WHERE part_id = :part_id AND answered_at IS NULL"""
)
CLOSE_PART = Statement(
    """UPDATE check_parts SET answered_at = clock_timestamp(), given_up_at = NULL, tally = :tally,
              checked_at = :checked_at, people = NULL, numbers = NULL, card_heard = NULL, employment_heard = NULL
       WHERE part_id = :part_id AND answered_at IS NULL
       RETURNING job_id, union_id, unit_id, part_index, part_count"""
)
GIVE_UP_PART = Statement(
    "UPDATE check_parts SET given_up_at = clock_timestamp() WHERE part_id = :part_id AND answered_at IS NULL"
)

FILTER = Statement("{within} AND (:union_id::uuid IS NULL OR union_id = :union_id)", within=within("union_id"))
COUNT = Statement("SELECT count(*) FROM check_jobs WHERE {filter}", filter=FILTER)
#: Checks with the sums over their parts. `parts` also counts parts that have not arrived yet, because it is
#: computed from `part_count`: each part that has arrived contains the number of all parts of its unit in this check.
WITH_SUMS = """
    SELECT j.job_id, j.union_id, j.origin, j.started_at, t.*,
           CASE WHEN t.answered_parts + t.given_up_parts >= t.parts THEN t.last_answer END AS finished_at
    FROM ({jobs}) AS j CROSS JOIN LATERAL (
        SELECT coalesce(sum(u.expected), 0)::int AS parts, coalesce(sum(u.answered), 0)::int AS answered_parts,
               coalesce(sum(u.heads), 0)::int AS people, coalesce(sum(u.answered_heads), 0)::int AS answered_people,
               coalesce(sum(u.given_up), 0)::int AS given_up_parts,
               coalesce(sum(u.given_up_heads), 0)::int AS given_up_people, max(u.last_answer) AS last_answer
        FROM (SELECT max(part_count) AS expected, count(answered_at) AS answered, sum(heads) AS heads,
                     sum(heads) FILTER (WHERE answered_at IS NOT NULL) AS answered_heads,
                     count(given_up_at) AS given_up,
                     sum(heads) FILTER (WHERE given_up_at IS NOT NULL) AS given_up_heads,
                     max(coalesce(answered_at, given_up_at)) AS last_answer
              FROM check_parts AS p WHERE p.job_id = j.job_id GROUP BY p.unit_id) AS u
    ) AS t"""
PAGE = Statement(
    "{with_sums} ORDER BY {order}",
    with_sums=WITH_SUMS,
    jobs="SELECT * FROM check_jobs AS j WHERE {filter} ORDER BY {order} LIMIT :limit OFFSET :offset",
    filter=FILTER,
    order=ORDER,
)
FIND = Statement(WITH_SUMS, jobs="SELECT * FROM check_jobs WHERE job_id = :job_id")
PARTS_OF_PERSON = Statement(
    """SELECT p.part_id, p.job_id, p.unit_id, coalesce(p.asked_at, p.stored_at) AS asked_at, p.checked_at, j.origin
       FROM check_parts AS p JOIN check_jobs AS j ON j.job_id = p.job_id
       WHERE p.person_hashes && :person_hashes AND {within} ORDER BY p.stored_at""",
    within=within("p.union_id"),
)
FIGURES = Statement(
    """SELECT count(DISTINCT job_id) AS jobs, count(*) AS parts, count(answered_at) AS answered_parts,
              coalesce(sum(heads), 0)::bigint AS people,
              coalesce(sum(heads) FILTER (WHERE answered_at IS NOT NULL), 0)::bigint AS answered_people
       FROM check_parts WHERE {filter} AND (:job_id::uuid IS NULL OR job_id = :job_id)""",
    filter=FILTER,
)
TALLIES = Statement(
    """SELECT registry.key AS registry, status.key AS code, sum(status.value::int)::bigint AS people
       FROM check_parts CROSS JOIN LATERAL jsonb_each(tally) AS registry
            CROSS JOIN LATERAL jsonb_each_text(registry.value) AS status
       WHERE tally IS NOT NULL AND {filter} AND (:job_id::uuid IS NULL OR job_id = :job_id)
       GROUP BY 1, 2 ORDER BY 1, 2""",
    filter=FILTER,
)


@dataclass(frozen=True, slots=True)
class CheckJobFilter:
    """A filter of checks. None = no restriction; `scope_id` None = the whole city."""

    scope_id: UUID | None
    union_id: UUID | None = None
    job_id: UUID | None = None


async def add_part(connection: Connection, row_cipher: RowCipher, part: CheckPart) -> bool:
    """Store a part and its check. Returns False and changes nothing if the part is stored already."""
    added = await ADD_PART.fetchval(
        connection,
        part,
        part.part,
        heads=len(part.questions),
        people=pack_questions(part.questions),
        numbers=seal_numbers(row_cipher, part),
        person_hashes=list(map(person_hash, part.person_keys)),
    )
    return bool(added)


async def open_part(connection: Connection, row_cipher: RowCipher, part_id: UUID) -> OpenPart | None:
    """A part that is not answered yet, with the answers so far; None if the part is answered or unknown."""
    row = await OPEN_PART.fetchrow(connection, part_id=part_id)
    if row is None:
        return None
    return OpenPart(
        part_id=part_id,
        questions=unpack_questions(row["people"]),
        numbers=open_numbers(row_cipher, row["numbers"], part_id),
        card=unpack_answers(row["card_heard"]),
        employment=unpack_answers(row["employment_heard"]),
    )


async def save_answers(connection: Connection, part_id: UUID, card: RegistryAnswer, employment: RegistryAnswer) -> None:
    """Store the registries' answers so far, so that a retry asks only for the missing answers."""
    await SAVE_ANSWERS.execute(
        connection, part_id=part_id, card=pack_answers(card), employment=pack_answers(employment)
    )


async def close_part(
    connection: Connection, part_id: UUID, tally: dict[str, dict[str, int]], checked_at: datetime
) -> PartHeader | None:
    """Mark a part as answered, and return its header. Returns None and changes nothing if the part was answered before
    or is unknown.

    The part's people, document numbers and answers so far are erased, because nobody needs them any more.
    """
    row = await CLOSE_PART.fetchrow(connection, part_id=part_id, tally=tally, checked_at=checked_at)
    if row is None:
        return None
    part = Part(index=row["part_index"], count=row["part_count"])
    return PartHeader(row["job_id"], row["union_id"], row["unit_id"], part)


async def give_up_part(connection: Connection, part_id: UUID) -> None:
    """Mark a part as given up. The registries are asked about it again only if an operator retries its job."""
    await GIVE_UP_PART.execute(connection, part_id=part_id)


async def count_jobs(connection: Connection, job_filter: CheckJobFilter) -> int:
    """The number of checks that match the filter."""
    return int(await COUNT.fetchval(connection, job_filter))


async def list_jobs(connection: Connection, job_filter: CheckJobFilter, page: PageRequest) -> list[Record]:
    """One page of the checks that match the filter, the latest first unless the request names another order."""
    return await PAGE.fetch(connection, job_filter, page, order=page)


async def find_job(connection: Connection, job_id: UUID) -> Record | None:
    """One check. The caller must make sure that the account is allowed to see it."""
    return await FIND.fetchrow(connection, job_id=job_id)


async def parts_of_person(connection: Connection, person_keys: Sequence[str], scope_id: UUID | None) -> list[Record]:
    """The parts that contain a person with one of these keys, oldest first."""
    return await PARTS_OF_PERSON.fetch(connection, person_hashes=list(map(person_hash, person_keys)), scope_id=scope_id)


async def count_figures(connection: Connection, job_filter: CheckJobFilter) -> Record:
    """The numbers of checks, parts and people that match the filter, and how many parts and people are answered."""
    [row] = await FIGURES.fetch(connection, job_filter)
    return row


async def sum_tallies(connection: Connection, job_filter: CheckJobFilter) -> list[Record]:
    """The number of people by registry and status, over the answered parts that match the filter."""
    return await TALLIES.fetch(connection, job_filter)
