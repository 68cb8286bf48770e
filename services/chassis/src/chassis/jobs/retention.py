"""Deletes rows that a service keeps for a limited time: answers to commands, notices, ended jobs, closed dead letters.

A record that is read again must have no second effect. The rows of ended jobs and closed dead letters prevent a second
effect: while the row exists, the job is not added again, and the letter is not opened again. So these rows are kept
longer than the topics keep their records. The audit log is kept forever.
"""

from collections.abc import Sequence
from typing import ClassVar

import structlog

from chassis.database import UnitOfWork
from chassis.sql import Connection
from contracts.event import Event
from contracts.topics import TOPICS

log = structlog.get_logger()

EVERY_S = 3600.0
#: The interval after a run with a full batch. The loop of periodic jobs still waits one second before the next run.
SOON_S = 0.0
#: One run deletes at most this many rows of each table. A run is one transaction.
BATCH = 500
#: A compacted topic keeps the last record of each key forever. This record can be read again at any time, so closed
#: letters of compacted topics are never deleted.
COMPACTED = [topic.name for topic in TOPICS if topic.compacted]

#: Of the answers that are older than $1 days, deletes the oldest, at most $2 answers.
ANSWERS = """
DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM idempotency_keys WHERE created_at < now() - make_interval(days => $1)
    ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED))"""

#: Of the jobs that were done or abandoned more than $1 days ago, deletes the oldest, at most $2 jobs.
REQUESTS = """
DELETE FROM jobs WHERE id = ANY(ARRAY(
    SELECT id FROM jobs
    WHERE state IN ('done', 'abandoned') AND ended_at < now() - make_interval(days => $1)
    ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED))"""

#: Of the notices that are older than $1 days, deletes the oldest, at most $2 notices, together with their read marks.
NOTICES = """
DELETE FROM notices WHERE notice_id = ANY(ARRAY(
    SELECT notice_id FROM notices WHERE kept_at < now() - make_interval(days => $1)
    ORDER BY kept_at LIMIT $2 FOR UPDATE SKIP LOCKED))"""

#: Of the letters that were closed more than $1 days ago, finds the oldest, at most $2 letters. Letters of the topics $3
#: are left out.
CLOSED_LETTERS = """
SELECT id FROM dead_letters
WHERE state IN ('replayed', 'discarded') AND ended_at < now() - make_interval(days => $1) AND topic <> ALL($3::text[])
ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED"""


class Retention:
    """Ages are in days, by the database's clock. If nothing is old enough, a run only reads four indexes."""

    name: ClassVar[str] = "retention"

    def __init__(self, *, answers_days: int, ended_days: int, notices_days: int) -> None:
        self._answers_days = answers_days
        self._notices_days = notices_days
        self._ended_days = ended_days
        self.every_s = EVERY_S

    async def run(self, work: UnitOfWork) -> Sequence[Event]:
        """Delete one batch from each table. If a batch was full, the next run comes soon."""
        connection = work.connection
        gone = {
            "answers": _count(await connection.execute(ANSWERS, self._answers_days, BATCH)),
            "requests": _count(await connection.execute(REQUESTS, self._ended_days, BATCH)),
            "notices": _count(await connection.execute(NOTICES, self._notices_days, BATCH)),
            "letters": await self._letters(connection),
        }
        self.every_s = SOON_S if BATCH in gone.values() else EVERY_S
        if any(gone.values()):
            log.info("retention_removed", **gone)
        return ()

    async def _letters(self, connection: Connection) -> int:
        """Delete letters together with their edits."""
        rows = await connection.fetch(CLOSED_LETTERS, self._ended_days, BATCH, COMPACTED)
        ids = [row["id"] for row in rows]
        if ids:
            await connection.execute("DELETE FROM dead_letter_edits WHERE letter_id = ANY($1)", ids)
            await connection.execute("DELETE FROM dead_letters WHERE id = ANY($1)", ids)
        return len(ids)


def _count(tag: str) -> int:
    """The number in a command tag such as `DELETE 3`."""
    return int(tag.split()[-1])
