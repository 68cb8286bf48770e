"""Builds events about members. Each event has members of one unit, with encrypted names and numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from pydantic import TypeAdapter

from chassis.database import UnitOfWork
from contracts.event import Event
from contracts.fields import Part, SealedBlock
from contracts.members import Member, MembersChanged, MembersImported
from member_svc.domain.people import Fields, MemberRecord

#: The fields of a member in an event. Each has the same name as a field or property of `MemberRecord`.
PUBLISHED = Fields(*Member.model_fields)
#: Makes all members of an event in one call. One call for each member would take one and a half times as long.
MEMBERS = TypeAdapter(list[Member])


class PublishedMember(NamedTuple):
    """A member as an event publishes it. `renamed`: True if the person's name changed.

    `row`: the personal data as a JSON row, as `RowCipher` decrypts it. The event contains this row encrypted.
    """

    record: MemberRecord
    row: bytes
    renamed: bool = False


@dataclass(frozen=True, slots=True)
class PartOfUnit:
    union_id: UUID
    unit_id: UUID
    part: Part


def members_imported(
    work: UnitOfWork, import_id: UUID, place: PartOfUnit, members: Sequence[PublishedMember], *, check_on_import: bool
) -> MembersImported:
    return MembersImported(
        import_id=import_id,
        union_id=place.union_id,
        unit_id=place.unit_id,
        part=place.part,
        members=_members(members),
        sealed=_sealed(work, MembersImported, place, members),
        check_on_import=check_on_import,
        imported_at=work.now,
    )


def members_changed(
    work: UnitOfWork, change_id: UUID, place: PartOfUnit, members: Sequence[PublishedMember]
) -> MembersChanged:
    return MembersChanged(
        change_id=change_id,
        union_id=place.union_id,
        unit_id=place.unit_id,
        part=place.part,
        members=_members(members),
        sealed=_sealed(work, MembersChanged, place, members),
        renamed=[one.record.member_id for one in members if one.renamed],
        changed_at=work.now,
    )


def _members(members: Iterable[PublishedMember]) -> list[Member]:
    return MEMBERS.validate_python([PUBLISHED.of(record) for record, _, _ in members])


def _sealed(work: UnitOfWork, kind: type[Event], place: PartOfUnit, members: Iterable[PublishedMember]) -> SealedBlock:
    return work.seal_rows(kind, str(place.unit_id), place.part.index, [row for _, row, _ in members])
