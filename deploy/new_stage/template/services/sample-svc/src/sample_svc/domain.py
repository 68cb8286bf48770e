"""The rules of samples. No I/O, no clock."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample. All its values come from the event, so that a rebuild from topics stores the same row."""

    event_id: UUID
    event_key: str
    published_at: datetime
