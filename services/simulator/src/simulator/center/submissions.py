"""Receives a submission: first its head, then its parts, then the request that completes it.

SQL statements, not Python code, count and compare the people, because a submission can be large.
"""

from datetime import datetime
from typing import Any

import orjson
from asyncpg import UniqueViolationError

from simulator.center.policies import delay_of
from simulator.center.schemas import PartIn, SubmissionIn
from simulator.database import Connection, Database
from simulator.fingerprints import Fingerprints
from simulator.refusals import Refused

_LOCKED = "SELECT * FROM submissions WHERE submission_no = $1 AND version = $2 FOR UPDATE"
#: Several parts of one submission can be stored at the same time. The request that completes the submission waits for
#: parts that are being stored, and a part waits for this request.
_LOCKED_FOR_PART = "SELECT * FROM submissions WHERE submission_no = $1 AND version = $2 FOR SHARE"
#: The newest version of a submission, not counting the given version.
_OTHER_VERSION = """
    SELECT version, state FROM submissions WHERE submission_no = $1 AND version <> $2
    ORDER BY version DESC LIMIT 1 FOR UPDATE
"""
_OPEN = """
    INSERT INTO submissions (submission_no, version, union_id, union_name, year, enrollment_type, heads,
                             total_fen, city_fen, district_fen, unit_fen, parts, callback_url, content)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    ON CONFLICT DO NOTHING RETURNING true
"""
_LINES = """
    INSERT INTO submission_lines (submission_no, version, line_id, batch_no, unit_id, heads,
                                  total_fen, city_fen, district_fen, unit_fen)
    SELECT $1, $2, * FROM unnest($3::uuid[], $4::text[], $5::uuid[], $6::int[],
                                 $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[])
"""
#: A version that was never completed becomes rejected when a later version is opened. No callback is sent for it.
_REPLACE = """
    UPDATE submissions SET state = 'rejected', reason = 'replaced by a later version', decided_at = $3
    WHERE submission_no = $1 AND version = $2
"""
_PART = """
    INSERT INTO submission_parts (submission_no, version, part_index, heads, content, line_ids, persons)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING true
"""
_PART_CONTENT = "SELECT content FROM submission_parts WHERE submission_no = $1 AND version = $2 AND part_index = $3"
_MISSING_PARTS = """
    SELECT coalesce(array_agg(i ORDER BY i), '{}') FROM generate_series(0, $3::int - 1) AS i
    WHERE NOT EXISTS (SELECT FROM submission_parts
                      WHERE submission_no = $1 AND version = $2 AND part_index = i)
"""
#: Counts the lines whose declared number of people differs from the received number, and the undeclared lines that have
#: people.
_WRONG_LINES = """
    SELECT count(*) FROM
        (SELECT line_id, heads FROM submission_lines WHERE submission_no = $1 AND version = $2) AS declared
        FULL JOIN
        (SELECT line_id, count(*) AS heads FROM submission_parts CROSS JOIN unnest(line_ids) AS line_id
         WHERE submission_no = $1 AND version = $2 GROUP BY line_id) AS received
        USING (line_id)
    WHERE declared.heads IS DISTINCT FROM received.heads
"""
_SUMS = """
    SELECT sum(heads)::bigint AS heads, sum(total_fen)::bigint AS total_fen, sum(city_fen)::bigint AS city_fen,
           sum(district_fen)::bigint AS district_fen, sum(unit_fen)::bigint AS unit_fen
    FROM submission_lines WHERE submission_no = $1 AND version = $2
"""
#: The people of a submission with their lines, in the order in which they came.
_RECEIVED_PEOPLE = """
    SELECT p.person, p.line_id, part.part_index, p.position FROM submission_parts AS part
    CROSS JOIN LATERAL unnest(part.persons, part.line_ids) WITH ORDINALITY AS p (person, line_id, position)
    WHERE part.submission_no = $1 AND part.version = $2
"""
#: Reserve the one cover that a person can have in a year. `doubled`: how many of the line's people got no cover through
#: this line, because they have cover already. All transactions insert in the same order, so that they cannot deadlock.
_RESERVE_COVER = f"""
    WITH covered AS (
        INSERT INTO live_people (year, person, submission_no, version, line_id)
        SELECT DISTINCT ON (person) $3::int, person, $1, $2, line_id FROM ({_RECEIVED_PEOPLE}) AS received
        ORDER BY person, part_index, position
        {{on_conflict}} RETURNING line_id)
    UPDATE submission_lines AS line SET doubled = line.heads - coalesce(counted.heads, 0)
    FROM submission_lines AS same
    LEFT JOIN (SELECT line_id, count(*) AS heads FROM covered GROUP BY line_id) AS counted USING (line_id)
    WHERE line.submission_no = $1 AND line.version = $2
      AND same.submission_no = $1 AND same.version = $2 AND same.line_id = line.line_id
"""  # noqa: S608 - the people are the constant above
#: This statement fails if anybody has cover already.
_COVER_EVERYBODY = _RESERVE_COVER.format(on_conflict="")
#: This statement skips people who have cover already, and takes twice as long as `_COVER_EVERYBODY`.
_COVER_THE_OTHERS = _RESERVE_COVER.format(on_conflict="ON CONFLICT DO NOTHING")
#: Store the people who got no cover in rows with a `place` above 0; the cover itself is the row with place 0. With
#: these rows, `Reports.figures` finds people who are confirmed twice.
_STORE_DOUBLED = f"""
    INSERT INTO live_people (year, person, place, submission_no, version, line_id)
    SELECT $3::int, person, nextval('live_people_places'), $1, $2, line_id
    FROM (SELECT person, line_id, row_number() OVER (PARTITION BY person, line_id) AS time
          FROM ({_RECEIVED_PEOPLE}) AS received
          WHERE line_id IN (SELECT line_id FROM submission_lines
                            WHERE submission_no = $1 AND version = $2 AND doubled > 0)) AS p
    WHERE time > 1 OR NOT EXISTS (
        SELECT FROM live_people AS live WHERE live.year = $3 AND live.person = p.person AND live.place = 0
          AND live.submission_no = $1 AND live.version = $2 AND live.line_id = p.line_id)
"""  # noqa: S608
_RECEIVED = """
    UPDATE submissions SET state = 'received', received_at = now(),
                           decide_at = now() + make_interval(secs => $3::float8 / 1000)
    WHERE submission_no = $1 AND version = $2
"""


class Submissions:
    """Every step can be repeated. With the same content it gets the same answer, with other content it gets 409."""

    def __init__(self, database: Database, fingerprints: Fingerprints) -> None:
        self._database, self._fingerprints = database, fingerprints

    async def open(self, no: str, version: int, submission: SubmissionIn, *, now: datetime) -> dict[str, Any]:
        content = self._fingerprints.content(submission.model_dump_json().encode())
        async with self._database.pool.acquire() as connection, connection.transaction():
            stored = await connection.fetchrow(_LOCKED, no, version)
            if stored is None:
                await _replace_older_version(connection, no, version, now)
                if await _insert(connection, no, version, submission, content):
                    await _insert_lines(connection, no, version, submission)
                stored = await connection.fetchrow(_LOCKED, no, version)
            if stored is None or stored["content"] != content:
                raise _other_content(no, version)
        return {"submission_no": no, "version": version, "parts": submission.parts}

    async def receive_part(self, no: str, version: int, index: int, part: PartIn) -> dict[str, Any]:
        content = self._fingerprints.content(orjson.dumps(part))
        heads = len(part["people"])
        async with self._database.pool.acquire() as connection, connection.transaction():
            head = await _head(connection, no, version, _LOCKED_FOR_PART)
            if not 0 <= index < head["parts"]:
                message = f"part {index} is outside 0…{head['parts'] - 1}"
                raise Refused(422, "PART_OUTSIDE", message, parts=head["parts"])
            is_new = head["state"] == "receiving" and await self._store_part(connection, head, index, part, content)
            if not is_new and await connection.fetchval(_PART_CONTENT, no, version, index) != content:
                raise _other_content(no, version)
        return {"submission_no": no, "version": version, "part": index, "heads": heads}

    async def _store_part(self, connection: Connection, head: Any, index: int, part: PartIn, content: bytes) -> bool:
        """Store a part. Returns False if it is stored already. Waits if another request is storing it now."""
        no, version, people = head["submission_no"], head["version"], part["people"]
        lines = [person["line_id"] for person in people]
        persons = self._fingerprints.people(
            (person["document_type"].value, person["document_number"]) for person in people
        )
        return bool(await connection.fetchval(_PART, no, version, index, len(people), content, lines, persons))

    async def complete(self, no: str, version: int, parts: int) -> tuple[dict[str, Any], int]:
        """Complete a submission. Returns the answer and the milliseconds until the center decides."""
        async with self._database.pool.acquire() as connection, connection.transaction():
            head = await _head(connection, no, version)
            delay_ms = await delay_of(connection, "submission", no)
            if parts != head["parts"]:
                raise Refused(409, "PARTS_DIFFER", f"{head['parts']} parts were declared", declared=head["parts"])
            if head["state"] == "receiving":
                await _verify(connection, head)
                await _reserve_cover(connection, head)
                await connection.execute(_RECEIVED, no, version, delay_ms)
        return {"submission_no": no, "version": version, "state": "received", "heads": head["heads"]}, delay_ms


async def _reserve_cover(connection: Connection, head: Any) -> None:
    no, version, year = head["submission_no"], head["version"], head["year"]
    try:
        async with connection.transaction():
            await connection.execute(_COVER_EVERYBODY, no, version, year)
    except UniqueViolationError:
        await connection.execute(_COVER_THE_OTHERS, no, version, year)
    await connection.execute(_STORE_DOUBLED, no, version, year)


async def _head(connection: Connection, no: str, version: int, statement: str = _LOCKED) -> Any:
    head = await connection.fetchrow(statement, no, version)
    if head is None:
        raise Refused(404, "SUBMISSION_UNKNOWN", f"submission {no} version {version} was never opened")
    return head


async def _replace_older_version(connection: Connection, no: str, version: int, now: datetime) -> None:
    """If an older version was never completed, reject it, so that `version` takes its place.

    Refuses `version` with 409 if a newer version exists, or if an older version is complete and was not rejected.
    """
    other = await connection.fetchrow(_OTHER_VERSION, no, version)
    if other is None or (other["version"] < version and other["state"] == "rejected"):
        return
    if other["version"] > version:
        raise Refused(409, "STALE_VERSION", f"submission {no} is at version {other['version']}", **other)
    if other["state"] != "receiving":
        raise Refused(409, "VERSION_STANDS", f"version {other['version']} of {no} is {other['state']}", **other)
    await connection.execute(_REPLACE, no, other["version"], now)


async def _insert(connection: Connection, no: str, version: int, submission: SubmissionIn, content: bytes) -> bool:
    fee = submission.fee
    opened = await connection.fetchval(
        _OPEN, no, version, submission.union_id, submission.union_name, submission.year,
        submission.enrollment_type.value, submission.heads, fee.total_fen, fee.city_fen, fee.district_fen, fee.unit_fen,
        submission.parts, submission.callback_url, content,
    )  # fmt: skip
    return bool(opened)


async def _insert_lines(connection: Connection, no: str, version: int, submission: SubmissionIn) -> None:
    lines = submission.lines
    await connection.execute(
        _LINES, no, version,
        [line.line_id for line in lines], [line.batch_no for line in lines], [line.unit_id for line in lines],
        [line.heads for line in lines], [line.fee.total_fen for line in lines], [line.fee.city_fen for line in lines],
        [line.fee.district_fen for line in lines], [line.fee.unit_fen for line in lines],
    )  # fmt: skip


async def _verify(connection: Connection, head: Any) -> None:
    """Check that all parts have arrived and that heads and money add up to the declared sums."""
    no, version = head["submission_no"], head["version"]
    if missing := await connection.fetchval(_MISSING_PARTS, no, version, head["parts"]):
        raise Refused(409, "PARTS_MISSING", f"{len(missing)} parts have not arrived", missing=missing[:1000])
    if wrong := await connection.fetchval(_WRONG_LINES, no, version):
        raise Refused(422, "LINE_HEADS_DIFFER", f"{wrong} lines have more or fewer people than declared", lines=wrong)
    sums = await connection.fetchrow(_SUMS, no, version)
    assert sums is not None
    differing = {name: {"declared": head[name], "lines": value} for name, value in sums.items() if head[name] != value}
    if differing:
        raise Refused(422, "SUMS_DIFFER", "the lines do not add up to what was declared", **differing)


def _other_content(no: str, version: int) -> Refused:
    message = f"submission {no} version {version} was sent before with other content"
    return Refused(409, "CONTENT_DIFFERS", message)
