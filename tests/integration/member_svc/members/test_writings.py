"""A search finds a person by any written form of the name or number (D11, A58)."""

import pytest
from integration.member_svc.handler import Handler
from integration.member_svc.imports.test_roster_import import people_of
from unit.member_svc.workbooks import person, resident, workbook

from contracts.members import MembersChanged
from member_svc.domain.roster.headings import NAME, NUMBER, SERVICE_CARD, TAG, UNIT
from support.writings import NAMES, spellings


async def found(handler: Handler, **filters: str) -> list[str]:
    """Member numbers of the people in the search result."""
    answer = await handler.post("/members/search", {"union_id": str(handler.union_id), **filters})
    assert answer.status_code == 200, answer.text
    return [row["member_no"] for row in answer.json()["items"]]


@pytest.mark.row("F081", "D11")
async def test_a_name_is_found_however_it_is_written(handler: Handler):
    people = [person(place, **{NAME: written}) for place, (written, _) in enumerate(NAMES, 1)]
    done = await handler.bring_in(workbook(people))
    assert done["counts"]["created"] == len(NAMES), done
    for written, searched in NAMES:
        assert len(await found(handler, name=searched)) >= 1, ascii(searched)
        assert await found(handler, name=searched) == await found(handler, name=written), ascii(written)


@pytest.mark.row("D11", "A58")
async def test_a_number_is_found_however_it_is_written(handler: Handler):
    await handler.bring_in(workbook([person(1, **{SERVICE_CARD: "6223-1234 5678 9X12"}), person(2)]))
    [one] = await found(handler, number=resident(1))
    for searched in spellings(resident(1)):
        assert await found(handler, number=searched) == [one], ascii(searched)
    for searched in spellings("6223123456789X12"):
        assert await found(handler, card_number=searched) == [one], ascii(searched)
        assert await found(handler, member_no=f" {one[:4]}\u200b {one[4:]}") == [one]


@pytest.mark.row("A39", "A58")
@pytest.mark.parametrize(
    ("first", "later"),
    [("王　明", "王明"), ("王明", "王\u200b 明"), ("阿依古丽•买买提", "阿依古丽·买买提"), ("王\n小明", "王小明")],
)
async def test_the_same_name_written_otherwise_is_unchanged(handler: Handler, first: str, later: str):
    await handler.bring_in(workbook([person(1, **{NAME: first})]))
    done = await handler.bring_in(workbook([person(1, **{NAME: later})]))
    assert (done["counts"]["updated"], done["counts"]["unchanged"]) == (0, 1)
    assert await handler.published(MembersChanged) == []


@pytest.mark.row("A39", "A58")
@pytest.mark.parametrize(
    ("first", "later"), [("阿依古丽买买提", "阿依古丽·买买提"), ("john smith", "John Smith"), ("⼈明", "人明")]
)
async def test_a_corrected_writing_is_kept_and_makes_no_status_stale(handler: Handler, first: str, later: str):
    await handler.bring_in(workbook([person(1, **{NAME: first})]))
    done = await handler.bring_in(workbook([person(1, **{NAME: later})]))
    assert done["counts"]["updated"] == 1
    [event] = await handler.published(MembersChanged)
    assert event.renamed == []
    [personal] = await people_of(handler.bench, MembersChanged)
    assert personal.name == later


@pytest.mark.row("F081")
async def test_rare_characters_reach_the_sealed_name(handler: Handler):
    names = ["王\ue863", "张\U0002edcd", "李\U00031351"]
    await handler.bring_in(workbook([person(place, **{NAME: name}) for place, name in enumerate(names, 1)]))
    for name in names:
        assert len(await found(handler, name=name)) == 1
    assert await found(handler, name="王") == []


@pytest.mark.row("D11")
async def test_a_tag_is_shown_as_written_and_found_by_its_key(handler: Handler):
    await handler.bring_in(workbook([person(1, **{TAG: "一线（上海）"})]))
    [row] = await handler.members(tag=" 一线(上\u200b海)")
    assert row["tag"] == "一线（上海）"


@pytest.mark.row("A46")
async def test_a_unit_is_found_by_its_name_however_it_is_written(handler: Handler):
    name = f"单位{str(handler.units[1])[:4]}"
    await handler.bring_in(workbook([person(1, **{UNIT: f" 单 位{name[2:]}\u200b", NUMBER: f"'{resident(1)}"})]))
    [row] = await handler.members()
    assert row["unit_id"] == str(handler.units[1])
