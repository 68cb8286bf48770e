"""A search by a full name is a reveal: it is in the audit log, and it is limited for roles that are not allowed to
reveal (A61)."""

import pytest
from integration.member_svc.handler import Handler
from integration.member_svc.members.exact_searches import MISSES, audited_searches, searching
from unit.member_svc.workbooks import person, resident, workbook

PATHS = ("/members/search", "/members/search/export", "/service-cards/search")


search = searching("name")


@pytest.mark.row("A61", "A29")
@pytest.mark.parametrize("path", PATHS)
async def test_the_municipal_federation_cannot_try_the_hidden_characters_of_a_masked_name(handler: Handler, path: str):
    await handler.bring_in(workbook([person(1)]))
    answers = [await search(handler, f"王{hidden}明", path=path) for hidden in "一二三四五六七"]
    assert [answer.status_code for answer in answers] == [200] * MISSES + [429] * (7 - MISSES)
    assert answers[-1].json()["code"] == "NUMBER_SEARCHES_USED_UP"
    assert "姓名" in answers[-1].json()["message"]
    assert (await search(handler, "张1", path=path)).status_code == 429
    assert len(await audited_searches(handler, "name_revealed")) == MISSES


@pytest.mark.row("A61")
async def test_guesses_at_names_and_at_numbers_count_together(handler: Handler):
    await handler.bring_in(workbook([person(1)]))
    for n in range(2):
        assert (await search(handler, f"王{n}")).status_code == 200
    # Name and number are both guesses, so one search counts as two.
    for n in range(2):
        answer = await search(handler, f"李{n}", changed={"number": resident(100 + n)})
        assert answer.status_code == (200, 429)[n]
    # The refused search did not count, so one guess is left.
    assert (await search(handler, "赵")).status_code == 200
    assert (await search(handler, "钱")).status_code == 429


@pytest.mark.row("D04", "A61")
@pytest.mark.parametrize("path", PATHS)
async def test_each_search_by_name_is_on_record_as_a_reveal_whoever_searches(handler: Handler, path: str):
    await handler.bring_in(workbook([person(1)]))
    for role in ("municipal", "handler"):
        for name in ("张1", "王小明"):
            assert (await search(handler, name, role, path)).status_code == 200
    found = await audited_searches(handler, "name_revealed")
    assert [act["account"] for act in found] == ["municipal"] * 2 + ["handler"] * 2
    assert {act["detail"]["how"] for act in found} == {"exact_search"}
    assert "王小明" not in str(found)
    assert "张1" not in str(found)


@pytest.mark.row("A61")
async def test_a_name_that_is_there_is_no_miss_whatever_else_was_asked(handler: Handler):
    await handler.bring_in(workbook([person(n) for n in range(1, 9)]))
    for n in range(1, 9):
        assert (await search(handler, f"张{n}", changed={"tag": "别处"})).status_code == 200


@pytest.mark.row("A61")
async def test_a_handler_searches_by_name_as_often_as_he_likes(handler: Handler):
    for n in range(3 * MISSES):
        assert (await search(handler, f"王{n}", "handler")).status_code == 200
