"""The records of a person in a unit: staged by an import, or stored as a member. Nothing is decrypted here."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from chassis.normalization import text_key
from member_svc.domain.states import MemberState


@dataclass(slots=True)
class PlainValues:
    """The values of a roster row that are not personal data. They are stored and published unchanged.

    None = the cell was empty. Each value is a column of `import_people` and of `members`, and a field of
    `contracts.members.Member`. `domain/roster/roster_columns.py` declares the roster column from which it is read.
    """

    tag: str | None
    joined_on: date | None


@dataclass(slots=True)
class ComparedValues(PlainValues):
    """The values that a re-import of the same person can change (A58).

    `name_key` is the same for all spellings of a name, for example with wide or narrow letters. `name_written_key` is
    the key of the exact spelling. It is set only if it differs from `name_key`. A re-import with the same `name_key`
    but a different `name_written_key` corrects only the spelling of the name.
    """

    name_key: str
    name_written_key: str | None
    mobile_key: str | None
    card_key: str | None

    @property
    def written_key(self) -> str:
        return self.name_written_key or self.name_key


@dataclass(slots=True)
class Person(ComparedValues):
    """One person in one unit. `sealed` and `card_sealed` can be decrypted only together with `member_id`."""

    member_id: UUID
    unit_id: UUID
    person_key: str
    document_type: str
    sealed: bytes
    card_sealed: bytes | None


@dataclass(slots=True)
class StagedPerson(Person):
    """A valid row; each field is a column of `import_people`.

    `outcome`: the outcome that the check expects, after it has compared the row with the members.
    """

    row_no: int
    outcome: str | None = None


@dataclass(slots=True)
class MemberRecord(Person):
    """A stored member: one person in one unit. Each field is a column of `members`. The code also says *membership*.

    `removal_id`: the pending request to remove the member, or None.
    """

    member_no: str
    union_id: UUID
    masked_name: str
    masked_number: str
    removed_at: datetime | None = None
    removal_id: UUID | None = None

    @property
    def state(self) -> MemberState:
        if self.removed_at is not None:
            return MemberState.REMOVED
        return MemberState.LISTED if self.removal_id is None else MemberState.REMOVAL_PENDING

    @property
    def listed(self) -> bool:
        """Whether the member is in the member list and has no pending removal."""
        return self.state is MemberState.LISTED

    @property
    def tag_key(self) -> str | None:
        return text_key(self.tag) if self.tag else None

    @property
    def has_service_card(self) -> bool:
        return self.card_key is not None


@dataclass(slots=True)
class ExistingMembership(ComparedValues):
    """A stored membership, with the values that the check of an import compares with a row."""

    unit_id: UUID
    person_key: str
    removed: bool
    removal_pending: bool


class Fields:
    """Fields that several record classes share, to copy or compare them by name."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.values = attrgetter(*names)

    def of(self, record: object) -> dict[str, Any]:
        return dict(zip(self.names, self.values(record), strict=True))


PLAIN = Fields(*(field.name for field in fields(PlainValues)))
PERSON = Fields(*(field.name for field in fields(Person)))
#: The values that a blank cell never erases. SQL statements compare the same columns (`store/import_parts.py`).
DETAILS = Fields("mobile_key", "card_key", *PLAIN.names)


def person_in_unit(unit_id: UUID, person_key: str) -> int:
    """A number of 128 bits for a person in a unit. It is always the same for the same person and unit. `person_key` is
    a number in hexadecimal.
    """
    return unit_id.int ^ int(person_key, 16)


def differs(staged: StagedPerson, stored: ComparedValues) -> bool:
    """Whether a re-import changes the membership. Blank cells are not compared, because they erase nothing (A58)."""
    pairs = zip(DETAILS.values(staged), DETAILS.values(stored), strict=True)
    return staged.written_key != stored.written_key or any(new is not None and new != old for new, old in pairs)


def details_after(staged: StagedPerson, stored: MemberRecord) -> dict[str, Any]:
    """The details of a membership after a re-import."""
    return DETAILS.of(stored) | {name: new for name, new in DETAILS.of(staged).items() if new is not None}


def bytes_in_event(sealed: int, texts: int) -> int:
    """The maximum number of bytes that a person takes in an event.

    `sealed` is the length of `Person.sealed`, and `texts` is the length of the texts in `PlainValues`. The event holds
    the name, document number and mobile number encrypted, in base64, and also a masked name and a masked number.
    `3 * sealed` covers these five values. The constants cover ids, keys and field names.
    """
    return 340 + 30 * len(PLAIN.names) + 3 * sealed + texts


def size_of(record: MemberRecord) -> int:
    """The maximum number of bytes that a member takes in an event."""
    texts = (value for value in PLAIN.values(record) if isinstance(value, str))
    return bytes_in_event(len(record.sealed), 4 * sum(map(len, texts)))
