"""A search by a full number is recorded in the audit log, like a reveal. A role that is not allowed to reveal numbers
can search, but it has a daily limit (A29, A61, D04)."""

import asyncio

import pytest
from integration.member_svc.handler import Handler
from integration.member_svc.members.exact_searches import MISSES, audited_searches, searching
from unit.member_svc.workbooks import person, resident, workbook

from chassis.routes import number_searches
from chassis.testing import service_under_test
from member_svc.__main__ import service
from member_svc.domain.roster.headings import SERVICE_CARD
from support.locks import waits

search = searching("number")


@pytest.mark.row("A61", "A29")
async def test_the_municipal_federation_cannot_try_the_hidden_digits_of_a_masked_number(handler: Handler):
    await handler.bring_in(workbook([person(1), person(2)]))
    guesses = [resident(n) for n in range(100, 110)]
    answers = [await search(handler, number) for number in guesses]
    assert [answer.status_code for answer in answers] == [200] * MISSES + [429] * (10 - MISSES)
    refused = await search(handler, resident(1))
    assert (refused.status_code, refused.json()["code"]) == (429, "NUMBER_SEARCHES_USED_UP")
    assert "明日" in refused.json()["message"]
    for path, more in (
        ("/members/search/export", {}),
        ("/service-cards/search", {}),
        ("/service-cards/search", {"number": None, "card_number": "6223000011112222"}),
        ("/people/story", {}),
        ("/members/search", {"page_size": 1, "name": "张1"}),
    ):
        assert (await search(handler, resident(2), path=path, changed=more)).status_code == 429, path
    assert len(await audited_searches(handler)) == MISSES


@pytest.mark.row("D04", "A61")
async def test_each_search_by_number_of_any_role_is_audited_as_a_reveal(handler: Handler):
    await handler.bring_in(workbook([person(1, **{SERVICE_CARD: "6223000011112222"})]))
    for role in ("municipal", "handler"):
        assert (await search(handler, resident(1), role)).json()["total"] == 1
        assert (await search(handler, resident(7), role)).json()["total"] == 0
        assert (await search(handler, resident(1), role, "/members/search/export")).status_code == 200
        story = await search(handler, resident(1), role, "/people/story")
        assert story.json()["steps"]
    found = [(act["account"], min(act["detail"]["found"], 1)) for act in await audited_searches(handler)]
    assert found == [(role, count) for role in ("municipal", "handler") for count in (1, 0, 1, 1)]
    assert resident(1) not in str(await audited_searches(handler))


@pytest.mark.row("A61")
async def test_the_same_number_again_and_a_number_that_is_there_are_no_guesses(handler: Handler):
    await handler.bring_in(workbook([person(n) for n in range(1, 13)]))
    for number in [resident(n) for n in range(1, 13)] + [resident(99)] * 10:
        assert (await search(handler, number)).status_code == 200
    assert (await search(handler, resident(99), changed={"page": 2})).status_code == 200


@pytest.mark.row("A61")
async def test_an_existing_number_is_no_miss_whatever_the_other_filters_are(handler: Handler):
    await handler.bring_in(workbook([person(n) for n in range(1, 11)]))
    for n in range(1, 11):
        for path in ("/members/search", "/members/search/export", "/service-cards/search"):
            assert (await search(handler, resident(n), path=path, changed={"tag": "别处"})).status_code == 200
    guesses = [await search(handler, resident(n), changed={"tag": "别处"}) for n in range(100, 107)]
    assert [answer.status_code for answer in guesses] == [200] * MISSES + [429] * (7 - MISSES)


@pytest.mark.row("A61")
async def test_a_story_of_somebody_unknown_is_a_miss_where_the_member_list_is(handler: Handler):
    stories = [await search(handler, resident(n), path="/people/story") for n in range(100, 107)]
    assert [answer.status_code for answer in stories] == [200] * MISSES + [429] * (7 - MISSES)


@pytest.mark.row("A61")
async def test_a_handler_who_may_reveal_searches_as_often_as_he_likes(handler: Handler):
    for n in range(100, 100 + 3 * MISSES):
        assert (await search(handler, resident(n), "handler")).status_code == 200


@pytest.mark.row("A61")
async def test_searches_at_one_time_and_after_a_restart_count_together(handler: Handler, database: str):
    first = await asyncio.gather(*[search(handler, resident(n)) for n in range(100, 112)])
    assert sorted(answer.status_code for answer in first) == [200] * MISSES + [429] * (12 - MISSES)
    async with service_under_test(service, database) as again:
        headers = again.token("municipal", None, account="municipal")
        answer = await again.client.post("/members/search", json={"number": resident(200)}, headers=headers)
    assert answer.status_code == 429


@pytest.mark.row("A61")
async def test_a_search_waits_for_another_of_its_account_to_be_counted(handler: Handler):
    """Without the wait, several concurrent searches of an account would each be counted as if they were the first."""
    database = handler.bench.database
    async with database.connection() as counting, database.connection() as watcher:
        async with counting.transaction():
            await number_searches._lock(counting, "municipal")
            doing = asyncio.create_task(search(handler, resident(100)))
            waited = await waits(doing, watcher)
        assert (await doing).status_code == 200
    assert waited, "the search did not wait"


@pytest.mark.row("A61")
async def test_there_is_a_most_of_different_numbers_a_day_too(database: str):
    async with service_under_test(service, database, number_searches_a_day=3) as bench:
        handler = await Handler.of_a_small_city(bench)
        await handler.bring_in(workbook([person(n) for n in range(1, 6)]))
        answers = [await search(handler, resident(n)) for n in range(1, 6)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
