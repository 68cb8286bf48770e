"""Divides people into parts, one for each event of a set."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from contracts.fields import MAX_PEOPLE_PER_PART

Person = TypeVar("Person")

#: The most bytes of the people in one part. It is below MAX_EVENT_BYTES, so that the event's other fields fit, too.
BYTES_PER_PART = 640 * 1024


def into_parts(
    people: Iterable[Person],
    size_of: Callable[[Person], int] = lambda _: 0,
    *,
    most_people: int = MAX_PEOPLE_PER_PART,
    most_bytes: int = BYTES_PER_PART,
) -> list[list[Person]]:
    """Divide in order. A part is closed at `most_people`, or before it would exceed `most_bytes`.

    Without people the result is one empty part, because a set needs at least one event.
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
