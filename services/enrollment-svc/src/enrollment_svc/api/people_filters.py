"""Filters over people. What names a person comes in a body, never in an address that is logged on its way."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict

from chassis.blind_index import BlindIndex
from contracts.words import CardStatus, Channel, DocumentType
from enrollment_svc.store.people import NO_VALUE


class PersonFilters(BaseModel):
    """Exact matches over sealed values (F152–F154); None or empty = no restriction."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str | None = None
    number: str | None = None
    member_no: str | None = None

    def name_key(self, index: BlindIndex) -> str | None:
        return index.of("name", self.name) if self.name else None

    def person_keys(self, index: BlindIndex) -> list[str] | None:
        """A number alone may be of any document type."""
        if not self.number:
            return None
        number = self.number.upper()
        return [index.person_key(kind.value, number) for kind in DocumentType]


class CandidateFilters(PersonFilters):
    """The filters of the two tabs and of the lists behind the counts."""

    union_id: UUID
    year: int | None = None
    channel: Channel | None = None
    card_status: CardStatus | None = None
    card_missing: bool = False

    def card(self) -> str | None:
        return NO_VALUE if self.card_missing else self.card_status
