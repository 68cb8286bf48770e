"""A trigger keeps the sums of the lines' people, from which the enrollments of the whole city are counted."""

from typing import Any

from integration.enrollment_svc.enrollment_world import World

from enrollment_svc.store.batches.line_sums import LINE_SUMS

KEPT = f"SELECT year, channel, state, sum(heads), sum(submitted_heads) FROM {LINE_SUMS.table.text} AS s"
OF_LINES = "SELECT year, channel, state, sum(heads), sum(submitted_heads) FROM lines"
GROUPED = """GROUP BY year, channel, state HAVING sum(heads) <> 0 OR sum(submitted_heads) <> 0
             ORDER BY year, channel, state"""


async def total_of_city(world: World, **filters: Any) -> int:
    token = world.bench.token("municipal", None, "city")
    answer = await world.bench.client.post("/enrollments/search", json=filters, headers=token)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["total"])


async def assert_sums_equal_lines(world: World) -> None:
    async with world.bench.database.read() as connection:
        assert await connection.fetch(f"{KEPT} {GROUPED}") == await connection.fetch(f"{OF_LINES} {GROUPED}")


async def test_the_city_counts_enrollments_before_and_after_folding(world: World):
    await world.set_rates()
    await world.ready_people(3)
    batch = (await world.submit(all=True)).json()
    for _ in range(2):
        assert await total_of_city(world) == await total_of_city(world, year=2024) == 3
        assert await total_of_city(world, year=2024, state="under_review") == 3
        assert await total_of_city(world, year=2024, state="enrolled") == 0
        assert await total_of_city(world, year=2023) == 0
        assert await total_of_city(world, batch_no=batch["batch_no"]) == 3
        await assert_sums_equal_lines(world)
        await world.bench.run_periodic()


async def test_a_returned_line_moves_its_people_to_the_sums_of_returned_people(world: World):
    await world.set_rates()
    await world.ready_people(3)
    batch = (await world.submit(all=True)).json()
    await world.bench.run_periodic()
    await world.return_line(batch["batch_no"], batch["lines"][0])
    for _ in range(2):
        assert await total_of_city(world, year=2024, state="returned") == await total_of_city(world, year=2024) == 3
        assert await total_of_city(world, year=2024, state="under_review") == 0
        await assert_sums_equal_lines(world)
        await world.bench.run_periodic()
