"""The migration of the simulator moves the people whom a former release received into the tables of this release."""

from typing import Any

import asyncpg
from integration.simulator.district import District, Receiver, Start
from integration.simulator.test_center_submissions import hold

from simulator.database import migrate

#: The tables of the former release, filled from the tables of this release.
FORMER = """
    CREATE TABLE submission_people (
        person_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, submission_no text NOT NULL,
        version integer NOT NULL, line_id uuid NOT NULL, year integer NOT NULL, person bytea NOT NULL);
    INSERT INTO submission_people (submission_no, version, line_id, year, person)
        SELECT p.submission_no, p.version, u.line_id, s.year, u.person
        FROM submission_parts AS p JOIN submissions AS s USING (submission_no, version)
        CROSS JOIN LATERAL unnest(p.line_ids, p.persons) WITH ORDINALITY AS u (line_id, person, n)
        ORDER BY p.submission_no, p.version, p.part_index, u.n;
    ALTER TABLE submission_parts DROP COLUMN line_ids, DROP COLUMN persons;
    DELETE FROM live_people WHERE place > 0;
    ALTER TABLE live_people DROP CONSTRAINT live_people_pkey, DROP COLUMN place, ADD PRIMARY KEY (year, person);
    CREATE INDEX live_people_by_line ON live_people (submission_no, version, line_id);
    DROP SEQUENCE live_people_places;
"""
#: The number of people with cover, and of people without cover, in each submission.
PLACES = """
    SELECT submission_no, count(*) FILTER (WHERE place = 0) AS covered, count(*) FILTER (WHERE place > 0) AS others
    FROM live_people GROUP BY 1 ORDER BY 1"""


async def test_people_of_a_former_release_keep_their_cover_and_lose_it_with_their_line(
    start: Start, database: str, receiver: Receiver
) -> None:
    async with start() as client:
        first = District(client, receiver.url)
        await first.submit()
        await first.settled()
        await hold(client)
        late = District(client, receiver.url, numbers=[[first.numbers[0][0], "310101199003070011"], first.numbers[1]])
        await late.submit()
        before = await places(database)
    await execute(database, FORMER)
    await migrate(database)
    await migrate(database)
    assert await places(database) == before == [(first.no, 3, 0), (late.no, 1, 2)]
    async with start() as client:
        late.client = client
        answer = await client.post(f"{late.path}/decision", json={"decision": "confirmed"})
        assert answer.json()["state"] == "rejected"
        figures = (await client.post("/center/figures", json={"submission_nos": [first.no, late.no]})).json()
    assert (figures["people"], figures["duplicates"]) == (3, 0)
    assert await places(database) == [(first.no, 3, 0)]


async def places(database: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(database)
    try:
        return [tuple(row) for row in await connection.fetch(PLACES)]
    finally:
        await connection.close()


async def execute(database: str, statements: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()
