"""The figures of a subtree are read without reading the rest of the city."""

import pytest
from integration.enrollment_svc.enrollment_world import World

from chassis.sql import Statement
from enrollment_svc.store.overview import figures


@pytest.mark.parametrize(
    ("statement", "index"), [(figures.PEOPLE, "candidates_by_union"), (figures.LINES, "lines_by_union")]
)
async def test_figures_find_the_rows_of_a_subtree_in_an_index(world: World, statement: Statement, index: str):
    text, arguments = statement.bind(union_id=world.district, year=2024)
    async with world.bench.database.read() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = "\n".join(row[0] for row in await connection.fetch("EXPLAIN " + text, *arguments))
    assert index in plan
    assert "union_id = ANY ((" in plan


async def test_figures_of_a_district_count_the_people_of_the_unions_below_it(world: World):
    await world.ready_people(3)
    async with world.bench.database.read() as connection:
        found = await figures.people(connection, world.district, 2024)
        nobody = await figures.people(connection, world.unit, 2024)
    assert ([(row["standing"], row["people"]) for row in found], nobody) == ([("ready", 3)], [])
