"""Filters over people. A name or document number is sent in a body, never in a URL, because proxies log URLs."""

from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict

from chassis.privacy import BlindIndex
from chassis.sql import Connection
from chassis.validation import Body, Code, Number, Year, example
from contracts.words import CardStatus, Channel, DocumentType, EmploymentStatus, EnrollmentType
from enrollment_svc.api.submissions.preview import open_year
from enrollment_svc.store.candidates.people import NO_VALUE


class PersonFilters(Body):
    """Filters that match only the whole value, not a part of it (F152–F154). None or empty = no restriction.

    `number` is a document number. `name` and `number` are compared by their blind indexes, because the stored values
    are sealed.
    """

    model_config = ConfigDict(str_strip_whitespace=True) | example({"member_no": "007000123"})

    name: Code | None = None
    number: Code | None = None
    member_no: Number | None = None

    def name_keys(self, index: BlindIndex) -> list[str] | None:
        return index.name_keys(self.name) if self.name else None

    def person_keys(self, index: BlindIndex) -> list[str] | None:
        """The keys of the number: one for each document type, because the filter does not say which type it is."""
        return [index.person_key(kind.value, self.number) for kind in DocumentType] if self.number else None

    def member_number(self) -> str | None:
        return self.member_no or None


class InYear(Body):
    """A union and a year. If `year` is None: the year whose window is open for the enrollment type."""

    union_id: UUID
    year: Year | None = None
    enrollment_type: EnrollmentType = EnrollmentType.IMMEDIATE

    async def year_of(self, connection: Connection, now: datetime) -> int:
        return self.year or await open_year(connection, self.enrollment_type, now.date())


class CandidateFilters(PersonFilters, InYear):
    """The filters of the lists 待校验 (to verify) and 待提交 (ready).

    The lists of retired people, of deceased people and of people without a channel have the same filters.
    """

    model_config = example(
        {"union_id": "0d2f6e6e-4c0f-4a0b-9d0e-5b8f3a1c7d03", "tab": "to_verify", "card_status": "sealed"}
    )

    channel: Channel | None = None
    card_status: CardStatus | None = None
    card_missing: bool = False
    employment_status: EmploymentStatus | None = None
    employment_missing: bool = False
    unit_id: UUID | None = None
    take_service_card: bool = False

    def card(self) -> str | None:
        return NO_VALUE if self.card_missing else self.card_status

    def employment(self) -> str | None:
        return NO_VALUE if self.employment_missing else self.employment_status
