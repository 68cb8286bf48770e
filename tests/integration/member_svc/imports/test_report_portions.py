"""A portion is up to 500 valid rows of a roster that are stored as one row of a table. In the report of the import,
each row of the roster is shown, counted and found singly.
"""

from uuid import UUID

import asyncpg
import pytest
from integration.member_svc.handler import Handler
from integration.member_svc.test_person_story import step_kinds, story
from unit.member_svc.workbooks import NARROW, person, resident, workbook

from member_svc.domain.roster.headings import NAME, TAG


async def tables(handler: Handler) -> tuple[int, int]:
    """The number of rows in `import_rows`, and the number of portions."""
    async with handler.bench.database.read() as connection:
        rows = await connection.fetchval("SELECT count(*) FROM import_rows")
        return rows, await connection.fetchval("SELECT count(*) FROM import_row_portions")


@pytest.mark.row("D08", "D26")
async def test_rows_of_both_kinds_are_listed_sorted_and_counted_together(handler: Handler):
    people = [person(n) for n in range(1, 8)]
    people[2][NAME] = None
    import_id = await handler.check(workbook(people))
    assert await tables(handler) == (1, 1)
    found = await handler.rows(import_id)
    assert [(one["row"], one["outcome"]["code"], one["masked_name"]) for one in found] == [
        (n, "rejected" if n == 4 else "created", "" if n == 4 else "张*") for n in range(2, 9)
    ]
    assert found[0]["masked_number"] == f"3101**********{resident(1)[-4:]}"
    by_outcome = [one["row"] for one in await handler.rows(import_id, sort="-outcome")]
    assert (by_outcome[0], sorted(by_outcome)) == (4, list(range(2, 9)))
    valid = await handler.rows(import_id, warned="false", outcome="created")
    assert [one["row"] for one in valid] == [2, 3, *range(5, 9)]
    assert await handler.rows(import_id, warned="true") == []
    assert [one["row"] for one in await handler.rows(import_id, code="NAME_MISSING")] == [4]
    page = await handler.get(f"/imports/{import_id}/rows", page=2, page_size=3)
    assert (page["total"], [one["row"] for one in page["items"]]) == (7, [5, 6, 7])


async def test_an_outcome_that_changes_after_the_check_changes_one_row_of_a_portion(handler: Handler):
    first = await handler.check(workbook([person(n) for n in range(5)], NARROW))
    await handler.bring_in(workbook([person(3)]))
    await handler.confirm(first)
    await handler.bench.run_jobs()
    outcomes = [one["outcome"]["code"] for one in await handler.rows(first)]
    assert outcomes == ["created", "created", "created", "unchanged", "created"]


async def test_the_story_of_a_person_has_the_rows_of_all_imports(handler: Handler):
    await handler.bring_in(workbook([person(1), person(2)]))
    await handler.bring_in(workbook([person(1, **{TAG: "一线"})]))
    waiting = await handler.check(workbook([person(3), person(1)]))
    steps = [step for step in await story(handler, resident(1)) if step["what"].startswith("row_")]
    of_rows = ["row_created", "row_unchanged", "row_updated"]
    assert sorted(step_kinds(steps)) == of_rows
    [unchanged] = [step for step in steps if step["what"] == "row_unchanged"]
    assert {"import_id": waiting, "row": "3"}.items() <= unchanged["ids"].items()
    assert unchanged["words"].endswith("（待确认导入）")
    # A row is found by its document number, whatever document type is asked for.
    assert sorted(step_kinds(await story(handler, resident(1), document_type="passport"))) == of_rows


async def test_rows_of_a_former_release_are_listed_and_found(handler: Handler, database: str):
    done = await handler.bring_in(workbook([person(1)]))
    owner = await asyncpg.connect(database)
    key = handler.bench.database.tools.index.of("document_number", resident(9))
    await owner.execute(
        """INSERT INTO import_rows (import_id, row_no, outcome, warned, unit_id, masked_name, masked_number, number_key)
           VALUES ($1, 3, 'unchanged', false, $2, '王*', '3***', $3)""",
        UUID(done["import_id"]),
        handler.units[0],
        key,
    )
    await owner.close()
    assert [one["row"] for one in await handler.rows(done["import_id"])] == [2, 3]
    assert step_kinds(await story(handler, resident(9))) == ["row_unchanged"]
