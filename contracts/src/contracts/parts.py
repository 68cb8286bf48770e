"""Divides people into parts. Each part is published as one event."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from contracts.fields import MAX_PEOPLE_PER_PART

Person = TypeVar("Person")

#: The people of one part have at most this many bytes. The bytes between this limit and MAX_EVENT_BYTES are for the
#: other fields of the event.
BYTES_PER_PART = 640 * 1024


def into_parts(
    people: Iterable[Person],
    size_of: Callable[[Person], int] = lambda _: 0,
    *,
    most_people: int = MAX_PEOPLE_PER_PART,
    most_bytes: int = BYTES_PER_PART,
) -> list[list[Person]]:
    """Divide the people without changing their order.

    A part is closed when it has `most_people` people, or before the next person would make it larger than `most_bytes`.
    Without people the result is one empty part, because readers wait for at least one event.
    """
    parts: list[list[Person]] = [[]]
    part_bytes = 0
    for person in people:
        size = size_of(person)
        if parts[-1] and (len(parts[-1]) == most_people or part_bytes + size > most_bytes):
            parts.append([])
            part_bytes = 0
        parts[-1].append(person)
        part_bytes += size
    return parts
