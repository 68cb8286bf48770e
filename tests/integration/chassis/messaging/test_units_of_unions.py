"""A service that keeps a copy of the unions' units stores them correctly. This holds even if whole lists of units and
parts of lists arrive in any order, twice, or at two replicas (ADR 0014)."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import APIRouter

from chassis.messaging import Record, tree_units
from chassis.service import Service
from chassis.settings import ChassisSettings
from chassis.testing import NOON, Bench, service_under_test
from contracts.event import Event
from contracts.fields import Part
from contracts.unions import UNIT_PARTS, UnionChanged, Unit, UnitsListed, part_of
from contracts.words import UnionType

#: The number of units up to which a list is published whole. The test can use any number, because each event says
#: whether it contains the whole list.
MOST_WHOLE = 20


@dataclass
class Owner:
    """Publishes a union as member-svc does: if the list of units was ever too long for one event, from then on the list
    is always published in parts."""

    union_id: UUID = field(default_factory=uuid4)
    version: int = 0
    in_parts: bool = False
    units: dict[UUID, str] = field(default_factory=dict)

    def tell(self, units: dict[UUID, str]) -> list[Event]:
        """Publish the events of one edit: the union's event, and the parts that contain a change."""
        changed = {part_of(unit_id) for unit_id, _ in units.items() ^ self.units.items()}
        if len(units) > MOST_WHOLE and not self.in_parts:
            self.in_parts, changed = True, set(range(UNIT_PARTS))
        self.version, self.units = self.version + 1, dict(units)
        return [self.entry(), *(self.part(index) for index in sorted(changed) if self.in_parts)]

    def entry(self, **more: Any) -> UnionChanged:
        facts: dict[str, Any] = {
            "union_id": self.union_id, "name": "联合工会", "union_type": UnionType.JOINT, "parent_id": None,
            "path": [self.union_id], "units": [] if self.in_parts else self._listed(), "changed_at": NOON,
            "units_in_parts": self.in_parts, "units_version": self.version,
        }  # fmt: skip
        return UnionChanged(**facts | more)

    def part(self, index: int) -> UnitsListed:
        return UnitsListed(
            union_id=self.union_id,
            version=self.version,
            part=Part(index=index, count=UNIT_PARTS),
            units=[unit for unit in self._listed() if part_of(unit.unit_id) == index],
            changed_at=NOON,
        )

    def _listed(self) -> list[Unit]:
        return [Unit(unit_id=unit_id, name=name) for unit_id, name in self.units.items()]


@pytest.fixture
async def reader(database: str) -> AsyncIterator[Bench]:
    service = Service("reader", "chassis", ChassisSettings, APIRouter(), references=[UnionChanged, UnitsListed])
    async with service_under_test(service, database) as bench:
        yield bench


async def known(reader: Bench, union_id: UUID) -> dict[UUID, str]:
    async with reader.database.read() as connection:
        unit_ids = await tree_units.ids(connection, union_id)
        found = await tree_units.named(connection, union_id, unit_ids)
    return {unit_id: unit.name for unit_id, unit in found.items()}


def edits(dice: random.Random) -> Iterator[dict[UUID, str]]:
    """Lists that grow beyond one event, change in a few units, and become short again."""
    units = {UUID(int=dice.getrandbits(128)): "起" for _ in range(10)}
    for size in (10, 30, 60, 60, 5, 25):
        for unit_id in dice.sample(sorted(units), min(3, len(units))):
            units[unit_id] = f"更名{dice.random()}"
        kept = dict.fromkeys([*list(units)[:3], *dice.sample(list(units), min(size, len(units)))])
        units = {unit_id: units[unit_id] for unit_id in list(kept)[:size]}
        while len(units) < size:
            units[UUID(int=dice.getrandbits(128))] = "新"
        yield dict(units)


def shuffled(records: Sequence[Record], dice: random.Random) -> list[Record]:
    """The events as partitions can deliver them: in order within each key, in any order between keys."""
    queues: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        queues[record.key].append(record)
    order = [record.key for record in records]
    dice.shuffle(order)
    return [queues[key].pop(0) for key in order]


@pytest.mark.parametrize("seed", range(8))
async def test_in_any_order_the_last_list_counts_and_no_unit_is_missing_meanwhile(reader: Bench, seed: int):
    dice, owner = random.Random(seed), Owner()
    first, *later = list(edits(dice))
    await reader.deliver(*owner.tell(first))
    records = [reader.record(event) for units in later for event in owner.tell(units)]
    always = set(first).intersection(*later)
    assert always
    for record in shuffled(records, dice):
        await reader.redeliver([record])
        assert always <= (await known(reader, owner.union_id)).keys()
    assert await known(reader, owner.union_id) == later[-1]
    await reader.redeliver(records)
    assert await known(reader, owner.union_id) == later[-1]
    assert await reader.dead_letters() == []


async def test_a_part_older_than_a_whole_list_changes_nothing_after_it(reader: Bench):
    """A union was published in parts.

    Then the database of the unions' owner was lost and rebuilt, and the owner publishes the union as one whole list.
    The old parts can arrive after this list.
    """
    owner, unit = Owner(), uuid4()
    late = replace_version(owner, {unit: "旧"}, in_parts=True)
    rebuilt = replace_version(owner, {uuid4(): "新"}, in_parts=False)
    await reader.deliver(rebuilt.entry())
    await reader.deliver(late.part(part_of(unit)))
    assert await known(reader, owner.union_id) == rebuilt.units


def replace_version(owner: Owner, units: dict[UUID, str], *, in_parts: bool) -> Owner:
    owner.version += 1
    return replace(owner, units=units, in_parts=in_parts)


async def test_entries_of_an_older_release_carry_no_version_and_count_in_their_order(reader: Bench):
    owner = Owner()
    for units in ({uuid4(): "甲", uuid4(): "乙"}, {uuid4(): "丙"}):
        owner.units = units
        await reader.deliver(owner.entry())
    assert await known(reader, owner.union_id) == owner.units


async def test_a_closed_and_moved_union_keeps_its_units(reader: Bench):
    owner, above = Owner(), uuid4()
    units = {uuid4(): "甲" for _ in range(30)}
    await reader.deliver(*owner.tell(units))
    await reader.deliver(owner.entry(path=[above, owner.union_id], active=False))
    assert await known(reader, owner.union_id) == units


async def test_entry_and_part_come_to_two_replicas_at_once(reader: Bench):
    """Without a lock, neither replica would see the uncommitted rows of the second one, and both would write units."""
    owner = Owner()
    await reader.deliver(*owner.tell({uuid4(): "甲" for _ in range(30)}))
    for _ in range(20):
        unit = uuid4()
        late = replace_version(owner, {unit: "旧"}, in_parts=True).part(part_of(unit))
        now = replace_version(owner, {uuid4(): "新" for _ in range(5)}, in_parts=False)
        await asyncio.gather(*(reader.redeliver([reader.record(event)]) for event in (late, now.entry())))
        assert await known(reader, owner.union_id) == now.units


async def test_polls_with_the_same_unions_in_another_order_do_not_deadlock(reader: Bench):
    owners = [Owner() for _ in range(8)]
    for _ in range(5):
        heads = [reader.record(owner.tell({uuid4(): "甲"})[0]) for owner in owners]
        for owner in owners:
            owner.in_parts, owner.version = True, owner.version + 1
        parts = [reader.record(owner.part(7)) for owner in reversed(owners)]
        for owner in owners:
            owner.in_parts = False
        await asyncio.gather(reader.redeliver(heads), reader.redeliver(parts))
    assert await reader.dead_letters() == []


async def test_a_part_with_a_unit_of_another_part_is_set_aside(reader: Bench):
    owner = Owner(units={uuid4(): "甲" for _ in range(30)}, version=1, in_parts=True)
    part = next(owner.part(index) for index in range(UNIT_PARTS) if owner.part(index).units)
    record = reader.record(part)
    wrong = (record.value or b"").replace(b'"index":%d' % part.part.index, b'"index":%d' % (63 - part.part.index))
    await reader.redeliver([replace(record, value=wrong)])
    [letter] = await reader.dead_letters()
    assert letter.startswith("ValidationError")
    assert await known(reader, owner.union_id) == {}


async def test_a_part_of_a_foreign_source_stores_no_row(reader: Bench):
    owner = Owner(units={uuid4(): "甲" for _ in range(30)}, version=1, in_parts=True)
    record = reader.record(owner.part(3))
    headers = [(name, b"/stranger" if name == "ce_source" else value) for name, value in record.headers]
    await reader.redeliver([replace(record, headers=headers)])
    assert (await reader.dead_letters())[0].startswith("ForeignSource")
    async with reader.database.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM tree_unit_parts") == 0


async def test_entries_stored_by_an_older_release_fill_the_table(reader: Bench):
    """The migrations of enrollment-svc and payment-svc fill the table of units from the stored entries in this way."""
    owner = Owner(units={uuid4(): f"企业{n}" for n in range(50)})
    async with reader.database.connection() as connection:
        await connection.execute(
            "INSERT INTO reference_entries (topic, key, body) VALUES ($1, $2, $3)",
            UnionChanged.topic.name,
            str(owner.union_id),
            owner.entry().model_dump(mode="json", exclude={"units_in_parts", "units_version"}),
        )
        await connection.execute(tree_units.FILL)
        rows = await connection.fetch("SELECT unit_id, part FROM tree_units")
    assert {row["unit_id"]: row["part"] for row in rows} == {unit_id: part_of(unit_id) for unit_id in owner.units}
    assert await known(reader, owner.union_id) == owner.units
    later = owner.tell({uuid4(): "新"})
    await reader.deliver(*later)
    assert await known(reader, owner.union_id) == owner.units
