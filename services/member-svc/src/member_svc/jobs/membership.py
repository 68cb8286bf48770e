"""Creates or changes a member from a staged row, or puts a removed member into the list again (A57, A58).

A *membership* is a member: one person in one unit.
"""

from dataclasses import replace
from uuid import UUID

import orjson

from chassis.privacy import RowCipher, mask_name, mask_number
from member_svc.domain.people import PERSON, MemberRecord, StagedPerson, details_after
from member_svc.events import PublishedMember


def new_membership(person: StagedPerson, union_id: UUID, member_no: str, row_cipher: RowCipher) -> PublishedMember:
    """A new membership. The sealed values can be copied, because the check encrypted them with the same member id."""
    row = row_cipher.unseal_bytes(person.sealed, person.member_id)
    name, number, _ = orjson.loads(row)
    record = MemberRecord(
        member_no=member_no,
        union_id=union_id,
        masked_name=mask_name(name),
        masked_number=mask_number(number),
        **PERSON.of(person),
    )
    return PublishedMember(record, row)


def updated_membership(person: StagedPerson, record: MemberRecord, row_cipher: RowCipher) -> PublishedMember:
    """The membership after a re-import. Non-empty cells replace values, and blank cells erase nothing (A58)."""
    new, old = row_cipher.unseal(person.sealed, person.member_id), row_cipher.unseal(record.sealed, record.member_id)
    row = orjson.dumps([new.name, old.document_number, new.mobile or old.mobile])
    changed = replace(
        record,
        masked_name=mask_name(new.name),
        name_key=person.name_key,
        name_written_key=person.name_written_key,
        sealed=row_cipher.seal_bytes(row, record.member_id),
        card_sealed=_card(person, record, row_cipher),
        **details_after(person, record),
    )
    return PublishedMember(changed, row, renamed=_renamed(person, record))


def revived_membership(person: StagedPerson, record: MemberRecord, row_cipher: RowCipher) -> PublishedMember:
    """The membership as it is put into the list again. It keeps its member id and member number. A pending removal of
    the membership ends (A57).
    """
    changed = updated_membership(person, record, row_cipher)
    return PublishedMember(replace(changed.record, removed_at=None, removal_id=None), changed.row)


def _renamed(person: StagedPerson, record: MemberRecord) -> bool:
    """Whether the name itself differs, and not only its spelling, such as a dot or the width of a letter.

    In a record of an older release, `name_key` is the key of the name as written. The `name_key` of the row can then
    differ although the name is the same. Therefore a person counts as renamed only if `written_key` differs, too.
    """
    return person.name_key != record.name_key and person.written_key != record.written_key


def _card(person: StagedPerson, record: MemberRecord, row_cipher: RowCipher) -> bytes | None:
    if person.card_sealed is None:
        return record.card_sealed
    return row_cipher.seal_bytes(row_cipher.unseal_bytes(person.card_sealed, person.member_id), record.member_id)
