"""A check that waits during an upgrade is answered after the upgrade, and old checks are still found by person."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from integration.chassis.database.test_migrations import to_revision
from integration.status_checker.conftest import Checker, City
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.privacy import BlindIndex, RowCipher
from chassis.schema import migrate, sqlalchemy_url
from chassis.testing import bench_keys, service_under_test
from contracts.words import CardStatus, EmploymentStatus
from status_checker.__main__ import service

FORMER_PART = """
    INSERT INTO check_parts (part_id, job_id, union_id, unit_id, part_index, part_count, heads, people, numbers,
                             person_keys, answered_at)
    VALUES ($1, $2, $3, $3, $4, 2, 1, $5::text::jsonb, $6, $7, CASE WHEN $4 = 1 THEN now() END)"""
WAITING, ANSWERED = UUID(int=1), UUID(int=2)


async def plant_parts_of_the_former_release(database: str, member_id: UUID) -> None:
    engine = create_async_engine(sqlalchemy_url(database))
    async with engine.begin() as connection:
        await connection.run_sync(to_revision, "0003", "status_checker")
    await engine.dispose()
    people = f'[["{member_id}", "resident_id", true, true]]'
    person_keys = [BlindIndex(bench_keys()).person_key("resident_id", "R1"), "no key at all"]
    numbers = RowCipher(bench_keys()).seal_bytes(b'["R1"]', WAITING)
    former = await asyncpg.connect(database)
    try:
        await former.execute("INSERT INTO check_jobs (job_id, union_id, origin) VALUES ($1, $1, 'import')", UUID(int=9))
        for index, part_id in enumerate((WAITING, ANSWERED)):
            await former.execute(FORMER_PART, part_id, UUID(int=9), UUID(int=9), index, people, numbers, person_keys)
    finally:
        await former.close()


async def test_parts_of_the_former_release_are_answered_and_found(empty_database: str):
    member_id, city = uuid4(), City()
    city.knows("R1", "1", "10")
    await plant_parts_of_the_former_release(empty_database, member_id)
    await migrate(empty_database, ["status_checker"])
    async with service_under_test(service, empty_database, registry_url="http://city") as bench:
        await bench.runtime.http.aclose()
        bench.runtime.http = httpx.AsyncClient(transport=httpx.MockTransport(city.answer))
        checker = Checker(bench, city)
        async with bench.database.work(uuid4()) as work:
            await work.enqueue("registry.check", "former", {"part_id": str(WAITING)})
        await bench.run_jobs()
        [verified] = await checker.verified()
        [status] = verified.statuses
        assert (status.member_id, status.card, status.employment) == (
            member_id,
            CardStatus.NORMAL,
            EmploymentStatus.EMPLOYED,
        )
        answer = await bench.client.post(
            "/people/story", json={"number": "R1"}, headers=bench.token("municipal", UUID(int=9))
        )
        assert [step["ids"]["job_id"] for step in answer.json()["steps"] if step["what"] == "check_asked"] == [
            str(UUID(int=9))
        ] * 2
        assert await _kept(bench) == [None, None]


async def _kept(bench: Any) -> list[bytes | None]:
    """The column `people` of each part; None if the part is answered, because its people are then erased."""
    async with bench.database.read() as connection:
        return [row["people"] for row in await connection.fetch("SELECT people FROM check_parts ORDER BY part_id")]
