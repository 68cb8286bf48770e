"""A trigger keeps the number of listed members of each union. After every test, `conftest.py` compares these numbers
with the members."""

from datetime import timedelta

from integration.member_svc.handler import Handler
from unit.member_svc.workbooks import person, workbook

from chassis.testing import NOON
from member_svc.domain.roster.headings import SERVICE_CARD
from member_svc.store import member_lists
from member_svc.store.member_lists import MemberFilter

CARDS = ["6223000011112222", "6223000011113333", None]


async def counts(handler: Handler) -> list[int]:
    """The numbers of all members, of those with a card, and of those without a card."""
    async with handler.bench.database.read() as connection:
        return [
            await member_lists.count(connection, MemberFilter(union_id=handler.union_id, has_service_card=has_card))
            for has_card in (None, True, False)
        ]


async def changes(handler: Handler) -> int:
    async with handler.bench.database.read() as connection:
        return int(await connection.fetchval("SELECT count(*) FROM member_count_changes"))


async def test_counts_follow_imports_and_removals(handler: Handler):
    await handler.bring_in(workbook([person(n, **{SERVICE_CARD: card}) for n, card in enumerate(CARDS)]))
    assert await counts(handler) == [3, 2, 1]
    await handler.remove((await handler.members())[0])
    assert await counts(handler) == [2, 1, 1]
    assert await counts(handler.elsewhere()) == [0, 0, 0]


async def test_folding_changes_no_count(handler: Handler):
    await handler.bring_in(workbook([person(n, **{SERVICE_CARD: card}) for n, card in enumerate(CARDS)]))
    assert await changes(handler) > 0
    for _ in range(2):
        await handler.bench.run_periodic()
        assert (await changes(handler), await counts(handler)) == (0, [3, 2, 1])
    await handler.remove((await handler.members())[0])
    await handler.bench.run_periodic()
    assert (await changes(handler), await counts(handler)) == (0, [2, 1, 1])


async def test_two_writers_of_a_union_do_not_wait_for_each_other(handler: Handler):
    await handler.bring_in(workbook([person(0), person(1)]))
    database, remove = handler.bench.database, "UPDATE members SET removed_at = $1 WHERE member_id = $2"
    first, second = [member["member_id"] for member in await handler.members()]
    async with database.connection() as one, database.connection() as other, one.transaction(), other.transaction():
        await other.execute("SET LOCAL lock_timeout = '2s'")
        await one.execute(remove, NOON, first)
        await other.execute(remove, NOON + timedelta(seconds=1), second)
    assert await counts(handler) == [0, 0, 0]
