"""The base class of all events."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from contracts.topics import Topic

#: The names of fields that contain one item for each person. An event has at most one of these fields.
OF_PEOPLE = ("members", "people", "statuses", "member_ids")


class Event(BaseModel):
    """A fact, or a command to another service. `ce_type` names the type in the record's header and never changes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    ce_type: ClassVar[str]
    topic: ClassVar[Topic]

    def key(self) -> str:
        """The Kafka key. Events with the same key are applied in the order in which they were published."""
        raise NotImplementedError

    def subject(self) -> str:
        """What the event is about, such as a line's id. The event's id is made from cause, type, subject and part."""
        return self.key()

    def part_index(self) -> int:
        """The index of this part; 0 for an event that is not divided into parts."""
        part = getattr(self, "part", None)
        return part.index if part is not None else 0

    def entry_count(self) -> int:
        """The number of items in the event's field that OF_PEOPLE names; 1 if the event has none of these fields."""
        lists = (getattr(self, name, None) for name in OF_PEOPLE)
        return next((len(found) for found in lists if found is not None), 1)
