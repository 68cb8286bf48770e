"""Which part of a union's list contains a unit, and how many units the parts can contain."""

import random
from collections import Counter
from datetime import UTC, datetime
from uuid import UUID, uuid1, uuid4

import pytest
from pydantic import ValidationError

from contracts.fields import MAX_EVENT_BYTES, Part
from contracts.unions import UNIT_PARTS, Unit, UnitsListed, part_of

NOW = datetime(2024, 5, 10, tzinfo=UTC)


def listed(units: list[Unit], index: int, count: int = UNIT_PARTS) -> UnitsListed:
    return UnitsListed(
        union_id=UUID(int=1), version=1, part=Part(index=index, count=count), units=units, changed_at=NOW
    )


def test_a_units_part_never_changes():
    """Consumers store parts for years. The four expected indexes are from the release that introduced parts."""
    assert [part_of(UUID(int=n)) for n in range(4)] == [18, 58, 16, 6]


@pytest.mark.parametrize("make", [lambda n: UUID(int=n), lambda n: uuid1(node=7, clock_seq=n % 100), lambda _: uuid4()])
def test_fifty_thousand_units_of_the_longest_names_fit_into_their_parts(make):
    parts = Counter(part_of(make(n)) for n in range(50_000))
    longest = Unit(unit_id=uuid4(), name="𠮷" * 100, organization_code="MB151840X", credit_code="11320000MB151840XJ")
    room = MAX_EVENT_BYTES - len(listed([], 0).model_dump_json().encode())
    assert max(parts.values()) * (len(longest.model_dump_json().encode()) + 1) < room
    assert len(parts) == UNIT_PARTS


def test_a_part_holds_its_own_units_only():
    unit_id = UUID(int=random.Random(1).getrandbits(128))
    unit, index = Unit(unit_id=unit_id, name="甲"), part_of(unit_id)
    event = listed([unit], index)
    assert (event.key(), event.subject(), event.part_index()) == (f"{UUID(int=1)}/{index}", str(UUID(int=1)), index)
    with pytest.raises(ValidationError, match="another part"):
        listed([unit], (index + 1) % UNIT_PARTS)
    with pytest.raises(ValidationError, match="published in 64 parts"):
        listed([], 0, count=2)
