from collections.abc import AsyncIterator

import pytest
from integration.member_svc.handler import Handler

from chassis.testing import Bench, service_under_test
from member_svc.__main__ import service
from support.databases import Templates


@pytest.fixture
async def database(templates: Templates) -> AsyncIterator[str]:
    async with templates.copy(service.migration_packages) as url:
        yield url


COUNTED = """
    SELECT union_id, document_type, sum(people) AS people, sum(with_card) AS with_card
    FROM (SELECT union_id, document_type, people, with_card FROM member_counts
          UNION ALL SELECT union_id, document_type, people, with_card FROM member_count_changes) AS c
    GROUP BY 1, 2 HAVING sum(people) <> 0 OR sum(with_card) <> 0 ORDER BY 1, 2"""
LISTED = """
    SELECT union_id, document_type, count(*) AS people, count(card_key) AS with_card
    FROM members WHERE removed_at IS NULL GROUP BY 1, 2 ORDER BY 1, 2"""


@pytest.fixture
async def bench(database: str) -> AsyncIterator[Bench]:
    """The service. After each test, its stored counts must equal the numbers of members in its tables."""
    async with service_under_test(service, database) as bench:
        yield bench
        async with bench.database.read() as connection:
            assert await connection.fetch(COUNTED) == await connection.fetch(LISTED)


@pytest.fixture
async def handler(bench: Bench) -> Handler:
    """The handler of a joint union with two enterprises, in a small city."""
    return await Handler.of_a_small_city(bench)
