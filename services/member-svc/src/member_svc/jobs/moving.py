"""The background job that publishes the members of a moved unit under its new union (A56).

One transaction publishes the next members and stores the member number of the last of these members. If the process is
killed, the next attempt continues after this member.
"""

from typing import Any, ClassVar
from uuid import UUID, uuid5

import structlog

from chassis.database import Database, UnitOfWork
from chassis.jobs import Job
from contracts.fields import MAX_PEOPLE_PER_PART
from member_svc.store import unit_moves
from member_svc.usecases.chosen_members import events_per_unit, members_changed_event

log = structlog.get_logger()


class UnitMove:
    """The job `unit.move`, with the body {move_id}."""

    kind: ClassVar[str] = "unit.move"
    concurrency: ClassVar[int] = 1

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, job: Job) -> None:
        move_id = UUID(job.body["move_id"])
        parts = 0
        while await self._publish_part(move_id, job.correlation_id):
            parts += 1
        log.info("unit_moved", move_id=str(move_id), parts=parts)

    async def complete(self, job: Job, answer: Any, work: UnitOfWork) -> None:
        """Nothing to do: `_publish_part` has marked the move as ended."""

    async def given_up(self, job: Job, work: UnitOfWork) -> None:
        """Stop the move, so that the unit can move again. If an operator retries the job, the job publishes the members
        that are not published yet.
        """
        await unit_moves.stop(work.connection, UUID(job.body["move_id"]), work.now)

    async def _publish_part(self, move_id: UUID, correlation_id: str) -> bool:
        """Publish the next members of the unit. Returns False if all members are published."""
        async with self._database.read() as connection:
            published_parts = await unit_moves.parts(connection, move_id)
        # MembersChanged is one part of a change, and contains the number of all its parts. The job does not know how
        # many members it will still publish. So each step publishes a change of its own, with one part and its own
        # change id.
        cause = uuid5(move_id, str(published_parts))
        async with self._database.work(cause, correlation_id=correlation_id) as work:
            move = await unit_moves.lock(work.connection, move_id)
            if move is None:
                return False
            if move["parts"] != published_parts:
                return True
            people = await unit_moves.next_members(work.connection, move, MAX_PEOPLE_PER_PART)
            if not people:
                await unit_moves.end(work.connection, move_id, work.now)
                return False
            work.emit(events_per_unit(people, lambda place, records: members_changed_event(work, place, records)))
            await unit_moves.advance(work.connection, move_id, people[-1].member_no)
        return True
