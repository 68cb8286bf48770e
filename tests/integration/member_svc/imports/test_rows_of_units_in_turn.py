"""The rows of a roster belong alternately to two units. Each unit gets its people in the order of the sheet."""

import itertools

import pytest
from integration.member_svc.handler import Handler
from unit.member_svc.workbooks import NARROW, huge_workbook, person

from contracts.members import MembersChanged, MembersImported
from member_svc.domain.roster.headings import TAG, UNIT

COLUMNS = (*NARROW, UNIT, TAG)
PEOPLE = 2300


@pytest.mark.row("A46", "A58")
async def test_each_unit_gets_its_people_in_the_order_of_the_sheet(handler: Handler):
    names = [unit["name"] for unit in (await handler.get(f"/unions/{handler.union_id}"))["units"]]

    def roster(tags: str) -> bytes:
        """The workbook. Each row has the next tag of `tags`; after the last tag, the first one follows again."""
        rows = [person(n, **{UNIT: names[n % 2], TAG: tag}) for n, tag in zip(range(PEOPLE), itertools.cycle(tags))]
        return huge_workbook([[str(row[column]) for column in COLUMNS] for row in rows], COLUMNS)

    done = await handler.bring_in(roster("AAAAA"))
    assert done["counts"]["created"] == PEOPLE
    events = await handler.published(MembersImported)
    for place, unit_id in enumerate(handler.units):
        parts = [event for event in events if event.unit_id == unit_id]
        assert [(e.part.index, e.part.count, len(e.members)) for e in parts] == [(0, 3, 500), (1, 3, 500), (2, 3, 150)]
        numbers = [member.member_no for event in parts for member in event.members]
        assert numbers == sorted(numbers)
        listed = (await handler.get("/members", unit_id=str(unit_id), page_size=500))["items"]
        assert [member["name"] for member in listed] == [f"张{n}" for n in range(place, 1000, 2)]

    again = await handler.bring_in(roster("AABAA"))
    changed = len(range(2, PEOPLE, 5))
    assert (again["counts"]["created"], again["counts"]["updated"]) == (0, changed)
    assert again["counts"]["unchanged"] == PEOPLE - changed
    rows = await handler.rows(again["import_id"], outcome="updated")
    assert [row["row"] - 2 for row in rows] == list(range(2, PEOPLE, 5))
    parts = await handler.published(MembersChanged)
    assert [len(event.members) for event in parts] == [changed // 2] * 2
