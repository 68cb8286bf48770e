"""What a sample is. No I/O, no clock."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Sample:
    """One for each event. Everything in it comes from the event, so that a rebuild from topics stores the same."""

    event_id: UUID
    event_key: str
    published_at: datetime
