"""The background job that applies a confirmed import (A46, A58).

The people are divided into parts, and the parts are stored. Each part is applied in one transaction, which marks the
part, writes its members and publishes its event. If the process is killed, the next attempt applies the parts that are
not marked.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar
from uuid import UUID

import structlog
from asyncpg import Record

from chassis.database import Database, UnitOfWork
from chassis.jobs import Job
from contracts.event import Event
from contracts.fields import Part as EventPart
from contracts.parts import into_parts
from member_svc.domain.people import MemberRecord, StagedPerson, differs
from member_svc.domain.refusals import ImportInterrupted
from member_svc.domain.states import ImportState, RowOutcome
from member_svc.events import PartOfUnit, PublishedMember, members_changed, members_imported
from member_svc.jobs.membership import new_membership, revived_membership, updated_membership
from member_svc.store import import_parts, import_rows, imports, members, staged_people
from member_svc.store.import_parts import CHANGED, CREATED, Part
from member_svc.usecases.card_batches import finish_made_batches
from member_svc.usecases.notices import import_ended

log = structlog.get_logger()


class ImportApply:
    """The job `import.apply`, with the body {import_id}.

    The job adds new people first. Then it compares the rows of existing members with the stored values again, because
    the stored values can have changed since the check. It updates the members whose values differ.
    """

    kind: ClassVar[str] = "import.apply"
    concurrency: ClassVar[int] = 4

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, job: Job) -> None:
        import_id = UUID(job.body["import_id"])
        async with self._database.read() as connection:
            import_row = await imports.get(connection, import_id)
        if import_row is None or import_row["state"] != ImportState.APPLYING:
            return
        for purpose in (CREATED, CHANGED):
            await self._plan(import_id, purpose)
            await self._apply_parts(import_row, purpose, job.correlation_id)
        async with self._database.work(import_id) as work:
            if ended := await imports.end_apply(work.connection, import_id, work.now):
                await finish_made_batches([import_row["union_id"]], work)
                work.emit([import_ended(ended, work.now)])
        log.info("import_applied", import_id=str(import_id))

    async def complete(self, job: Job, answer: Any, work: UnitOfWork) -> None:
        """Nothing to do: `run` has stored the state."""

    async def given_up(self, job: Job, work: UnitOfWork) -> list[Event]:
        """End the import as interrupted. Applied parts stay applied; the notice asks for a new upload (D09)."""
        ended = await imports.interrupt(work.connection, UUID(job.body["import_id"]), work.now, _interruption)
        if ended is None:
            return []
        await finish_made_batches([ended["union_id"]], work)
        return [import_ended(ended, work.now)]

    async def _plan(self, import_id: UUID, purpose: str) -> None:
        """Store the parts with the people to add (`purpose` CREATED) or with the people to change (CHANGED).

        Stored parts are kept, because a job that runs again must publish the same parts.
        """
        async with self._database.work(import_id) as work:
            import_row = await imports.lock(work.connection, import_id)
            if (
                import_row is None
                or import_row["state"] != ImportState.APPLYING
                or import_row["planned"] in (purpose, CHANGED)
            ):
                return
            if purpose == CREATED:
                sizes = await import_parts.sizes(work.connection, import_id, CREATED)
            else:
                sizes = await _changed_and_unchanged(import_row, work)
            parts = [part for unit_id, rows in sizes for part in _into_parts(purpose, unit_id, rows)]
            await import_parts.insert_parts(work.connection, import_id, parts)
            await imports.set_planned(work.connection, import_id, purpose)

    async def _apply_parts(self, import_row: Record, purpose: str, correlation_id: str) -> None:
        import_id = import_row["import_id"]
        async with self._database.read() as connection:
            waiting = await import_parts.open_parts(connection, import_id, purpose)
        for unit_id, index in waiting:
            async with self._database.work(import_id, correlation_id=correlation_id) as work:
                part = await import_parts.mark_applied(work.connection, import_id, purpose, unit_id, index, work.now)
                if part is None:
                    continue
                if purpose == CREATED:
                    await apply_created(import_row, part, work)
                else:
                    await apply_changed(import_row, part, work)


async def _changed_and_unchanged(import_row: Record, work: UnitOfWork) -> Iterable[tuple[UUID, list[tuple[int, int]]]]:
    """The people to change, as `import_parts.sizes` returns them. Also stores which people are unchanged, and counts
    them.

    Called after all CREATED parts are applied. A person whom the CREATED parts did not add was a member before. Such a
    person is unchanged in two cases: the row has no new value, or the member's removal was requested after the CREATED
    parts were stored.
    """
    import_id = import_row["import_id"]
    if await import_parts.created_count(work.connection, import_id) == import_row["total"]:
        return []
    created = await import_parts.created_rows(work.connection, import_id)
    sizes = await import_parts.sizes(work.connection, import_id, CHANGED)
    changed = {unit_id: [row for row in rows if row[0] not in created] for unit_id, rows in sizes}
    changed_rows = {row_no for rows in changed.values() for row_no, _ in rows}
    expected = await staged_people.outcomes(work.connection, import_id)
    unchanged = expected.keys() - created - changed_rows
    others = [row_no for row_no in unchanged if expected[row_no] != RowOutcome.UNCHANGED]
    await import_rows.store_outcome(work.connection, import_id, RowOutcome.UNCHANGED, others)
    await imports.advance_apply(work.connection, import_id, 0, 0, len(unchanged))
    return [(unit_id, rows) for unit_id, rows in changed.items() if rows]


async def apply_created(import_row: Record, part: Part, work: UnitOfWork) -> None:
    """Add the people of a part. A member who was removed, or has a pending removal, is put into the list again.

    A person whom another import has added since this part was stored is left out. The CHANGED parts, which are stored
    later, compare this person's row with the stored values.
    """
    import_id = import_row["import_id"]
    await members.lock_additions(work.connection, part.unit_id)
    people = await staged_people.people(work.connection, import_id, part.unit_id, part.row_nos)
    stored = await members.lock_people(work.connection, part.unit_id, [p.person_key for p in people])
    unknown = [p for p in people if p.person_key not in stored]
    numbers = await members.next_numbers(work.connection, len(unknown))
    new = {
        p.row_no: new_membership(p, import_row["union_id"], member_no, work.row_cipher)
        for p, member_no in zip(unknown, numbers, strict=True)
    }
    await members.add(work.connection, [member.record for member in new.values()], work.now)
    revived = {
        p.row_no: revived_membership(p, record, work.row_cipher)
        for p in people
        if (record := stored.get(p.person_key)) and not record.listed
    }
    await members.update(work.connection, [member.record for member in revived.values()], work.now)
    added = new | revived
    imported = [member for _, member in sorted(added.items())]
    await import_parts.leave_out(work.connection, import_id, part, [p.row_no for p in people if p.row_no not in added])
    await _store_outcome(import_id, RowOutcome.CREATED, [p for p in people if p.row_no in added], work)
    await imports.advance_apply(work.connection, import_id, len(imported), 0, 0)
    place = _place(import_row, part)
    work.emit([members_imported(work, import_id, place, imported, check_on_import=import_row["check_on_import"])])


async def apply_changed(import_row: Record, part: Part, work: UnitOfWork) -> None:
    """Update the people of a part. A person stays unchanged if no value differs, or if the member is removed or has a
    pending removal.
    """
    import_id = import_row["import_id"]
    people = await staged_people.people(work.connection, import_id, part.unit_id, part.row_nos)
    stored = await members.lock_people(work.connection, part.unit_id, [p.person_key for p in people])
    updated: dict[int, PublishedMember] = {
        p.row_no: updated_membership(p, stored[p.person_key], work.row_cipher) for p in people if _changes(p, stored)
    }
    await members.update(work.connection, [member.record for member in updated.values()], work.now)
    unchanged = [p for p in people if p.row_no not in updated]
    await _store_outcome(import_id, RowOutcome.UPDATED, [p for p in people if p.row_no in updated], work)
    await _store_outcome(import_id, RowOutcome.UNCHANGED, unchanged, work)
    await imports.advance_apply(work.connection, import_id, 0, len(updated), len(unchanged))
    work.emit([members_changed(work, import_id, _place(import_row, part), list(updated.values()))])


async def _store_outcome(
    import_id: UUID, outcome: RowOutcome, people: Iterable[StagedPerson], work: UnitOfWork
) -> None:
    """Store the outcome in the report for those people for whom the check expected a different outcome."""
    row_nos = [person.row_no for person in people if person.outcome != outcome]
    await import_rows.store_outcome(work.connection, import_id, outcome, row_nos)


def _interruption(import_row: Record) -> dict[str, Any]:
    """The failure of an import that stopped halfway, with a message that tells the union handler what to do."""
    message = f"{import_row['total']}人中已处理{import_row['done']}人，{ImportInterrupted.message}"
    return {"code": ImportInterrupted.code, "message": message, "column": None}


def _changes(person: StagedPerson, stored: Mapping[str, MemberRecord]) -> bool:
    record = stored.get(person.person_key)
    return record is not None and record.listed and differs(person, record)


def _into_parts(purpose: str, unit_id: UUID, rows: list[tuple[int, int]]) -> list[Part]:
    parts = into_parts(rows, lambda row: row[1])
    return [
        Part(purpose, unit_id, index, len(parts), [row_no for row_no, _ in part]) for index, part in enumerate(parts)
    ]


def _place(import_row: Record, part: Part) -> PartOfUnit:
    return PartOfUnit(import_row["union_id"], part.unit_id, EventPart(index=part.part_index, count=part.part_count))
