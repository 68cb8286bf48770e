"""A person with the facts that the rules need for a submission or a query."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.words import Channel, DocumentType
from enrollment_svc.domain.candidates.placement import Standing
from enrollment_svc.domain.candidates.statuses import Statuses


@dataclass(frozen=True, slots=True)
class Person:
    """A candidate in one protection year, as the rules read it.

    `standing` and `confirmed` are values for this year. `enrolled`: True if the person has a live enrollment of this
    year in any unit of the city.
    """

    member_id: UUID
    unit_id: UUID
    document_type: DocumentType
    channel: Channel | None
    standing: Standing
    to_confirm: bool
    confirmed: bool
    statuses: Statuses
    renamed_at: datetime | None
    enrolled: bool
    removed: bool
