"""Store imported, changed and removed members as candidates."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import orjson
from pydantic import TypeAdapter

from chassis.database import UnitOfWork
from chassis.domain import SHANGHAI
from contracts.enrollments import PeopleFlagged
from contracts.members import MembersChanged, MembersImported, MembersRemoved
from enrollment_svc.domain.candidates.checks import Origin
from enrollment_svc.domain.candidates.placement import channel_of
from enrollment_svc.store.candidates import candidates, checks, statuses
from enrollment_svc.store.candidates.candidates import CandidateRecord, StoredCandidate
from enrollment_svc.store.candidates.checks import CheckRequest
from enrollment_svc.usecases.batches import flags
from enrollment_svc.usecases.calendar import working_calendar

#: The rows of a sealed block: name, document number, mobile.
ROWS = TypeAdapter(list[tuple[str, str, str | None]])


async def apply_members_imported(event: MembersImported, work: UnitOfWork) -> list[PeopleFlagged]:
    """Store imported members. Statuses that arrived before the members count from now on.

    A removed member who is imported again becomes a candidate again. If `check_on_import` is set, status-checker starts
    a check when it gets the same event. enrollment-svc publishes no CheckStatuses for this check, but this function
    stores it, so that screens show it (A44).
    """
    requested_at = event.imported_at.astimezone(SHANGHAI)
    due_at = await working_calendar.due_at(work.connection, requested_at) if event.check_on_import else None
    retired_or_deceased = await _store(event, {}, due_at, work)
    await candidates.inherit_confirmations(
        work.connection, event.union_id, [member.person_key for member in event.members]
    )
    if event.check_on_import:
        request = CheckRequest(
            job_id=event.import_id,
            unit_id=event.unit_id,
            union_id=event.union_id,
            origin=Origin.IMPORT,
            requested_at=requested_at,
            due_at=due_at,
            part_count=event.part.count,
            people=len(event.members),
        )
        await checks.count_requested(work.connection, [request])
    return await flags.flag_members(retired_or_deceased, work)


async def apply_members_changed(event: MembersChanged, work: UnitOfWork) -> list[PeopleFlagged]:
    """Store all values of the changed members. A new name makes the member's statuses stale (A39, A58)."""
    retired_or_deceased = await _store(event, dict.fromkeys(event.renamed, event.changed_at), None, work)
    return await flags.flag_members(retired_or_deceased, work)


async def apply_members_removed(event: MembersRemoved, work: UnitOfWork) -> None:
    """Remove the members that member-svc removed. Usually `removals` has removed them already, when it granted the
    request.
    """
    await candidates.lock_units(work.connection, [event.unit_id])
    await candidates.remove(work.connection, event.member_ids, event.removed_at)


async def _store(
    event: MembersImported | MembersChanged, renamed: Mapping[UUID, datetime], due_at: datetime | None, work: UnitOfWork
) -> list[UUID]:
    """Store the members. Returns the new members whose status retired or deceased was stored before they arrived."""
    connection = work.connection
    await candidates.lock_units(connection, [event.unit_id])
    ids = [member.member_id for member in event.members]
    known = await candidates.stored(connection, ids)
    entries = _entries(event, known, renamed, due_at, work)
    if new := [entry for entry in entries if entry.member_id not in known] if known else entries:
        await candidates.add(connection, new)
    if changed := [entry for entry in entries if entry.member_id in known] if known else []:
        await candidates.change(connection, changed, revive=isinstance(event, MembersImported))
    # If the service card of a member is canceled, the social security card counts again and must be checked (A39).
    if canceled := [e.member_id for e in changed if known[e.member_id].has_service_card and not e.has_service_card]:
        await statuses.forget_cards(connection, canceled)
    return await statuses.with_employment(connection, [entry.member_id for entry in new], flags.RETIRED_OR_DECEASED)


def _entries(
    event: MembersImported | MembersChanged,
    known: Mapping[UUID, StoredCandidate],
    renamed: Mapping[UUID, datetime],
    due_at: datetime | None,
    work: UnitOfWork,
) -> list[CandidateRecord]:
    """A record for each member.

    The personal data stay in lists, because making an object for each of 500 people would take too long.
    """
    members = event.members
    rows = ROWS.validate_json(work.unseal_rows(event.sealed))
    blobs = work.row_cipher.seal_each(map(orjson.dumps, rows), [member.member_id for member in members])
    union_id, unit_id, name_key = event.union_id, event.unit_id, work.index.name_key
    return [
        CandidateRecord(
            member.member_id,
            union_id,
            unit_id,
            member.person_key,
            member.member_no,
            member.document_type,
            member.masked_name,
            member.masked_number,
            blob,
            name_key(row[0]),
            member.tag,
            member.has_service_card,
            channel_of(member.document_type, has_service_card=member.has_service_card),
            _renamed_at(member.member_id, known, renamed) if known or renamed else None,
            due_at,
        )
        for member, row, blob in zip(members, rows, blobs, strict=True)
    ]


def _renamed_at(
    member_id: UUID, known: Mapping[UUID, StoredCandidate], renamed: Mapping[UUID, datetime]
) -> datetime | None:
    """When the member's name last changed, by this event or an earlier one."""
    stored = known.get(member_id)
    return renamed.get(member_id, stored.renamed_at if stored else None)
