"""A process that reported a full disk becomes ready again once PostgreSQL has room for a page."""

from chassis.health import DISK, HealthState, check_disk_space
from chassis.health.disk_space import WRITE_A_PAGE
from chassis.testing import Bench


async def test_room_makes_ready_again_and_nothing_is_kept_of_the_attempt(bench: Bench):
    health = HealthState()
    health.waits_for(DISK, "full")
    async with bench.database.connection() as connection:
        await check_disk_space(connection, health)
        kept = await connection.fetchval("SELECT count(*) FROM leases WHERE name LIKE 'room.%'")
    assert health.unready() == {}
    assert kept == 0


async def test_the_attempt_needs_a_new_page(bench: Bench):
    """The text of the row must not compress well. Otherwise the row would fit into an existing page."""
    async with bench.database.connection() as connection:
        size = "SELECT pg_total_relation_size('leases')"
        before = await connection.fetchval(size)
        await connection.execute(WRITE_A_PAGE)
        assert await connection.fetchval(size) >= before + 8192
