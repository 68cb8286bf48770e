"""Bulk replays: a job replays or discards many dead letters, each in its own transaction, at a limited rate.

If the process is killed, another attempt of the job continues.
"""

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn
from uuid import UUID, uuid5

import structlog

from chassis.database import Database, UnitOfWork
from chassis.dead_letters import letter_groups
from chassis.domain import Refusal
from chassis.jobs import Job
from chassis.poll_handling import PollHandler
from chassis.replay.single_replay import MAX_LETTERS, NotFirst, NotOpen, Replayed, discard, rehearse, replay
from chassis.sql import Connection

if TYPE_CHECKING:
    import asyncpg

log = structlog.get_logger()

KIND = "dead-letters.run"
PER_SECOND = 20.0
#: A rehearsal is a replay that is rolled back, to see its result. It runs within one HTTP request, so it tries at most
#: this many letters of a group.
MAX_REHEARSED = 100


class GroupGone(Refusal):
    code = "DEAD_LETTER_GROUP_GONE"
    status = 404
    message = "没有该组死信，或已全部处理，请刷新后查看"


async def add_run(
    work: UnitOfWork, group_id: str | None, *, per_second: float = PER_SECOND, discard_reason: str | None = None
) -> tuple[UUID, int]:
    """Add a bulk replay as a job; returns its id and the number of letters. If `group_id` is None, the job replays the
    parked letters that have no failed letter before them.

    Raises GroupGone or NotFirst.
    """
    assert work.actor is not None
    letters = 0
    if group_id:
        letters = await letter_groups.size_of(work.connection, group_id, to_discard=discard_reason is not None)
        if not letters:
            await _raise_refusal(work.connection, group_id)
    await work.connection.execute(
        """INSERT INTO dead_letter_runs (id, group_id, discard_reason, per_second, account, role, letters)
           VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        work.cause_id,
        group_id,
        discard_reason,
        per_second,
        work.actor.account,
        work.actor.role,
        letters,
    )
    await work.enqueue(KIND, str(work.cause_id), {})
    return work.cause_id, letters


async def rehearse_group(connection: Connection, handler: PollHandler, group_id: str) -> tuple[int, int, Counter[str]]:
    """Returns how many letters were tried, how many records a replay would handle, and for each cause, how many letters
    would fail.

    Raises GroupGone or NotFirst.
    """
    now = await connection.fetchval("SELECT clock_timestamp()")
    heads = await letter_groups.heads_of(connection, group_id, now, MAX_REHEARSED)
    if not heads:
        await _raise_refusal(connection, group_id)
    handled, causes = 0, Counter[str]()
    for head in heads:
        try:
            outcome = await rehearse(connection, handler, head["id"])
        except (NotOpen, NotFirst) as refusal:
            # NotOpen: another operator has closed this letter. NotFirst: an earlier letter of the key is open.
            causes[refusal.code] += 1
            continue
        handled += outcome.replayed
        if outcome.failure:
            causes[outcome.failure.cause] += 1
    return len(heads), handled, causes


async def _raise_refusal(connection: Connection, group_id: str) -> NoReturn:
    """Raise the refusal that says why no letter of a group can be replayed."""
    if await letter_groups.size_of(connection, group_id, to_discard=True):
        raise NotFirst(group=group_id)
    raise GroupGone(group=group_id)


class BulkReplay:
    """The job handler of bulk replays. Only the replica that holds the lease of a job runs the job."""

    kind: ClassVar[str] = KIND
    concurrency: ClassVar[int] = 1

    def __init__(self, database: Database, handler: PollHandler) -> None:
        self._database = database
        self._handler = handler

    async def run(self, job: Job) -> Any:
        run = await self._run(UUID(job.key))
        # No letter is tried twice, whatever the result was. So a letter that fails again does not keep the loop going.
        tried: set[int] = set()
        while heads := await self._heads(run, tried):
            for head in heads:
                tried.add(head["id"])
                await self._handle(run, head["id"], run["discard_reason"] if head["state"] != "parked" else None)
        return {}

    async def complete(self, job: Job, answer: Any, work: UnitOfWork) -> None:
        await work.connection.execute("UPDATE dead_letter_runs SET ended_at = now() WHERE id = $1", UUID(job.key))

    async def given_up(self, job: Job, work: UnitOfWork) -> None:
        """Letters that this bulk replay has not reached stay open, so another bulk replay can handle them."""
        await self.complete(job, None, work)

    async def _run(self, run_id: UUID) -> "asyncpg.Record":
        async with self._database.read() as connection:
            run: asyncpg.Record | None = await connection.fetchrow(
                "SELECT * FROM dead_letter_runs WHERE id = $1", run_id
            )
        assert run is not None
        return run

    async def _heads(self, run: "asyncpg.Record", tried: set[int]) -> "list[asyncpg.Record]":
        to_discard = run["discard_reason"] is not None
        async with self._database.read() as connection:
            return await letter_groups.heads_of(
                connection, run["group_id"], run["asked_at"], MAX_LETTERS, to_discard=to_discard, tried=tried
            )

    async def _handle(self, run: "asyncpg.Record", letter_id: int, discard_reason: str | None) -> None:
        """Handle one letter and the letters parked behind it, in as many transactions as needed."""
        while True:
            started = time.monotonic()
            try:
                outcome = await self._handle_in_transaction(run, letter_id, discard_reason)
            except (NotOpen, NotFirst):
                return
            wait_s = max(outcome.replayed, 1) / run["per_second"] - (time.monotonic() - started)
            await asyncio.sleep(max(wait_s, 0))
            if not outcome.unfinished:
                return
            letter_id, discard_reason = await self._next_of_key(letter_id), None

    async def _handle_in_transaction(
        self, run: "asyncpg.Record", letter_id: int, discard_reason: str | None
    ) -> Replayed:
        limit = max(1, min(MAX_LETTERS, int(run["per_second"])))
        async with self._database.work(uuid5(run["id"], str(letter_id))) as work:
            action = discard if discard_reason else replay
            outcome = await action(work.connection, self._handler, letter_id, limit=limit)
            await _record(work.connection, run, letter_id, outcome, discard_reason)
        return outcome

    async def _next_of_key(self, letter_id: int) -> int:
        """The id of the first letter that still blocks the key of `letter_id`, a letter that has just been closed.

        If no letter blocks the key, `letter_id` is returned.
        """
        async with self._database.read() as connection:
            next_id: int = await connection.fetchval(
                """SELECT n.id FROM dead_letters d JOIN dead_letters n ON n.topic = d.topic AND n.key = d.key
                   WHERE d.id = $1 AND n.state IN ('failed', 'parked')
                   ORDER BY n.id LIMIT 1""",
                letter_id,
            )
        return next_id or letter_id


async def _record(
    connection: Connection,
    run: "asyncpg.Record",
    letter_id: int,
    outcome: Replayed,
    discard_reason: str | None,
) -> None:
    """Store the progress of the run, and write the audit log in the name of the operator who started it."""
    await connection.execute(
        "UPDATE dead_letter_runs SET handled = handled + $2, failed = failed + $3 WHERE id = $1",
        run["id"],
        outcome.replayed,
        1 if outcome.failure else 0,
    )
    detail = {"replayed": outcome.replayed, "failed": outcome.failure is not None, "run": str(run["id"])}
    if discard_reason:
        detail["reason"] = discard_reason
    await connection.execute(
        """INSERT INTO audit_log (account, role, command_id, name, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)""",
        run["account"],
        run["role"],
        run["id"],
        "dead_letter_discarded" if discard_reason else "dead_letter_replayed",
        str(letter_id),
        detail,
    )
