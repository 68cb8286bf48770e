"""A person with the facts that the rules need for a submission or a query."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.words import Channel, DocumentType
from enrollment_svc.domain.candidates.placement import Standing
from enrollment_svc.domain.candidates.statuses import Statuses


@dataclass(frozen=True, slots=True)
class Person:
    """A candidate, as the rules read it. `standing` includes the effect of a confirmation in the queried year."""

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
