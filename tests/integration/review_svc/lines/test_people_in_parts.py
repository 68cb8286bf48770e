"""The people of a line are stored in parts, with one encrypted block for each part. Each person can be read and
returned singly.
"""

from typing import Any
from uuid import UUID

import pytest
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from integration.review_svc.lines.test_review_exports import fetched, sheet
from integration.review_svc.lines.test_world_moves import flagged
from integration.review_svc.review_driver import ReviewDriver
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.schema import migrate, sqlalchemy_url
from chassis.sql import migrations_of
from chassis.testing import SERVICE_ROLE
from contracts.enrollments import BatchSubmitted
from contracts.fields import Personal
from contracts.words import EmploymentStatus
from review_svc.store import people

HEADS, SIZE = 7, 3

#: The table of the former release, filled from the parts. The test itself fills the column of the encrypted blocks.
FORMER_TABLE = """
    CREATE TABLE line_people (
        line_id uuid NOT NULL, member_id uuid NOT NULL, member_no text NOT NULL, person_key text NOT NULL,
        document_type text NOT NULL, masked_name text NOT NULL, masked_number text NOT NULL,
        confirmed_by_hand boolean NOT NULL, sealed bytea, state text NOT NULL DEFAULT 'in', flag text,
        PRIMARY KEY (line_id, member_id))"""
FORMER_ROWS = """
    INSERT INTO line_people
    SELECT s.line_id, p.*, NULL, coalesce(m.state, 'in'), m.flag
    FROM line_parts AS s CROSS JOIN LATERAL unnest(s.member_ids, s.member_nos, s.person_keys, s.document_types,
        s.masked_names, s.masked_numbers, s.confirmed_by_hand) AS p (member_id)
    LEFT JOIN marked_people AS m USING (line_id, member_id)"""


def ids(line: list[BatchSubmitted]) -> list[str]:
    return [str(person.member_id) for part in line for person in part.people]


async def arrived(driver: ReviewDriver, **more: Any) -> list[BatchSubmitted]:
    """Deliver a line of several parts. Its second person is returned, and its third and fourth are flagged."""
    parts = driver.parts(HEADS, size=SIZE, **more)
    for part in parts:
        await driver.bench.deliver(part, cause=part.line_id)
    everybody = ids(parts)
    await driver.return_people(driver.street, parts[0].line_id, 1, member_ids=everybody[1:2])
    whole = parts[0].model_copy(update={"people": [person for part in parts for person in part.people][2:4]})
    await driver.bench.deliver(flagged(driver, whole, EmploymentStatus.RETIRED, EmploymentStatus.DECEASED))
    assert await driver.bench.dead_letters() == []
    return parts


async def listed(driver: ReviewDriver, line_id: UUID, **query: Any) -> tuple[int, list[str]]:
    page = await driver.get(f"/lines/{line_id}/people", driver.reviewer(driver.street), **query)
    return page["total"], [person["member_id"] for person in page["items"]]


async def shown(driver: ReviewDriver, line_id: UUID) -> list[Any]:
    """Everything that screens, files and figures show about the people of a line."""
    headers = driver.reviewer(driver.street)
    page = await driver.get(f"/lines/{line_id}/people", headers, page_size=100)
    numbers = [
        (await driver.get(f"/lines/{line_id}/people/{person['member_id']}/reveal", headers))["number"]
        for person in page["items"]
    ]
    file = sheet(await fetched(driver, f"/lines/{line_id}/people/export", headers))
    figures = await driver.get("/figures", driver.bench.token("operator", None), union_id=str(driver.union))
    return [page, numbers, file, figures]


async def test_filters_and_pages_go_over_all_parts_and_totals_agree(driver: ReviewDriver):
    line = await arrived(driver)
    line_id, everybody = line[0].line_id, ids(line)
    assert await listed(driver, line_id) == (HEADS, sorted(everybody))
    present, marked = [*everybody[:1], *everybody[2:]], everybody[2:4]
    assert await listed(driver, line_id, state="in") == (6, sorted(present))
    assert await listed(driver, line_id, state="returned") == (1, everybody[1:2])
    assert await listed(driver, line_id, flagged=True) == (2, sorted(marked))
    assert await listed(driver, line_id, flagged=False) == (5, sorted({*everybody} - {*marked}))
    assert await listed(driver, line_id, state="returned", flagged=True) == (0, [])
    assert await listed(driver, line_id, page=2, page_size=5) == (HEADS, sorted(everybody)[5:])
    assert (await listed(driver, line_id, sort="-state"))[1][0] == everybody[1]
    assert (await listed(driver, line_id, sort="flag"))[1][:2] == [everybody[3], everybody[2]]


async def test_everybody_of_a_line_that_was_returned_whole_is_returned(driver: ReviewDriver):
    line = await arrived(driver)
    line_id = line[0].line_id
    await driver.return_people(driver.street, line_id, 3)
    assert (await listed(driver, line_id, state="returned"))[0] == HEADS
    assert await listed(driver, line_id, state="in") == (0, [])
    assert (await listed(driver, line_id, state="returned", flagged=True))[0] == 2
    figures = await driver.get("/figures", driver.bench.token("operator", None), union_id=str(driver.union))
    assert [figure["people_held"] for figure in figures["lines"]] == [0]


async def test_a_person_is_named_and_revealed_from_the_block_of_the_part(driver: ReviewDriver):
    line = await arrived(driver)
    page, numbers, file, figures = await shown(driver, line[0].line_id)
    by_id = {member_id: n for n, member_id in enumerate(ids(line))}
    places = [by_id[person["member_id"]] for person in page["items"]]
    assert [person["name"] for person in page["items"]] == [f"张{n}" for n in places]
    assert numbers == [f"31010119900101{n:04d}" for n in places]
    assert [row[1] for row in file[1:]] == [f"张{n}" for n in places]
    assert [figure["people_held"] for figure in figures["lines"]] == [6]


async def test_a_person_who_comes_in_two_parts_stops_the_line(lone_driver: ReviewDriver):
    first, second = lone_driver.parts(4, size=2)
    twice = second.model_copy(update={"people": [first.people[0], second.people[1]]})
    await lone_driver.bench.deliver(first, cause=first.line_id)
    await lone_driver.bench.deliver(twice, cause=first.line_id)
    [letter] = await lone_driver.bench.dead_letters()
    assert "LineIncomplete" in letter
    assert await lone_driver.listed(lone_driver.street) == []


async def test_a_block_with_rows_for_other_people_is_refused(lone_driver: ReviewDriver):
    [part] = lone_driver.parts(2)
    three = [Personal(name="张三", document_number=f"31010119900101{n:04d}") for n in range(3)]
    sealed = lone_driver.bench.sealed(BatchSubmitted, str(part.line_id), 0, three, part.line_id)
    await lone_driver.bench.deliver(part.model_copy(update={"sealed": sealed}), cause=part.line_id)
    [letter] = await lone_driver.bench.dead_letters()
    assert "RowsInvalid" in letter


async def test_the_center_gets_the_people_who_are_left_in_full_parts(lone_driver: ReviewDriver):
    line = await arrived(lone_driver)
    other = await lone_driver.submitted(2, batch_no="CB202405100002")
    number = await lone_driver.at_center()
    sent = lone_driver.center.people[f"{number}/1"]
    expected = {str(line[0].line_id): [*ids(line)[:1], *ids(line)[2:]], str(other.line_id): ids([other])}
    assert [str(one["member_id"]) for one in sent] == [*expected[min(expected)], *expected[max(expected)]]
    everybody = ids(line)
    for one in sent:
        if str(one["line_id"]) == str(line[0].line_id):
            n = everybody.index(str(one["member_id"]))
            assert (one["name"], one["document_number"]) == (f"张{n}", f"31010119900101{n:04d}")


async def test_a_mark_is_joined_by_hash_however_many_people_a_line_has(driver: ReviewDriver):
    """A mark says that a person is returned or flagged. PostgreSQL does not know how many people are in the arrays of a
    part, so it could choose a nested loop, which is slow for many people."""
    line = await driver.submitted(1)
    values: dict[str, Any] = {"line_id": line.line_id, "state": None, "flagged": None}
    async with driver.bench.database.connection() as connection:
        statements = [people.EVERY_OF_LINE.bind(**values)]
        statements.append(people.RETURN.bind(line_id=line.line_id, member_ids=[line.people[0].member_id]))
        plans = ["\n".join(await _plan(connection, *bound)) for bound in statements]
    assert "Hash Full Join" in plans[0]
    assert "hashed SubPlan" in plans[1]


async def _plan(connection: Any, statement: str, arguments: list[Any]) -> list[str]:
    return [row[0] for row in await connection.fetch(f"EXPLAIN {statement}", *arguments)]


@pytest.mark.row("D17")
async def test_people_of_the_former_release_are_shown_and_sent_as_before(lone_driver: ReviewDriver, database: str):
    """The migration makes parts from the rows of the former release, in the order in which that release sent people to
    the center."""
    line = await arrived(lone_driver)
    line_id = line[0].line_id
    before = await shown(lone_driver, line_id)
    seal = lone_driver.bench.runtime.row_cipher.seal

    def upgrade(connection: Connection) -> None:
        connection.execute(text(FORMER_TABLE))
        connection.execute(text(FORMER_ROWS))
        for n, member_id in enumerate(ids(line)):
            blob = seal(Personal(name=f"张{n}", document_number=f"31010119900101{n:04d}"), UUID(member_id))
            connection.execute(
                text("UPDATE line_people SET sealed = :blob WHERE member_id = :id"), {"blob": blob, "id": member_id}
            )
        connection.execute(text("DROP TABLE line_parts, marked_people"))
        with Operations.context(MigrationContext.configure(connection)):
            _revision("0008").upgrade()

    engine = create_async_engine(sqlalchemy_url(database))
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
        numbers = (await connection.execute(text("SELECT number, people FROM line_parts"))).all()
    await engine.dispose()
    # The tables are new, so the service needs rights on them.
    await migrate(database, ["chassis", "review_svc"], service_role=SERVICE_ROLE)
    assert [tuple(row) for row in numbers] == [(-1, HEADS)]
    assert await shown(lone_driver, line_id) == before
    number = await lone_driver.at_center()
    sent = [str(one["member_id"]) for one in lone_driver.center.people[f"{number}/1"]]
    assert sent == sorted([*ids(line)[:1], *ids(line)[2:]])


def _revision(number: str) -> Any:
    config = Config()
    config.set_main_option("script_location", str(migrations_of("review_svc")))
    config.set_main_option("path_separator", "os")
    revision = ScriptDirectory.from_config(config).get_revision(number)
    assert revision is not None
    return revision.module
