"""The sealer adds every committed row of the audit log to the hash chain once, whatever the order of the commits.

To seal rows means to add them to the chain, as a block. No command waits for the sealer.
"""

import asyncio
from uuid import uuid4

import pytest
from integration.chassis.audit.audit_desk import INSERT, SERVICE, AuditDesk

from chassis.audit_chain import AuditSealer, sealer, verify
from chassis.jobs import PeriodicLoop
from chassis.testing import Bench
from enrollctl.backup import pg_tools
from support.fixtures import MakeDatabase

pytestmark = pytest.mark.row("D04")


async def test_rows_of_commands_are_sealed_in_the_order_of_their_ids(desk: AuditDesk):
    assert (await desk.verdict()).head is None
    await desk.add("li", "wang")
    before = await desk.verdict()
    assert (before.unsealed, before.unsealed_from, before.findings) == (2, 1, [])
    assert before.unsealed_since is not None
    await desk.seal()
    await desk.seal()
    assert await desk.blocks() == [[1, 2]]
    verdict = await desk.verdict()
    assert (verdict.rows, verdict.unsealed, verdict.findings) == (2, 0, [])


async def test_a_row_that_is_committed_late_with_a_lower_id_is_sealed(desk: AuditDesk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sealer, "WAIT_S", 0.1)
    async with desk.bench.database.connection() as late:
        transaction = late.transaction()
        await transaction.start()
        await desk.add_on(late, "late")
        await desk.add("early")
        await desk.seal()
        assert await desk.blocks() == []
        assert (await desk.verdict()).unsealed_from == 2
        await transaction.commit()
    await desk.seal()
    assert await desk.blocks() == [[1, 2]]
    assert (await desk.verdict()).findings == []


async def test_the_sealer_waits_only_for_transactions_that_began_before_it(
    desk: AuditDesk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sealer, "WAIT_S", 30.0)
    monkeypatch.setattr(sealer, "LOOK_EVERY_S", 0.01)
    async with desk.bench.database.connection() as first, desk.bench.database.connection() as second:
        before, after = first.transaction(), second.transaction()
        await before.start()
        await desk.add_on(first, "before")
        sealing = asyncio.create_task(desk.seal())
        await asyncio.sleep(0.3)
        await after.start()
        await desk.add_on(second, "after")
        assert not sealing.done()
        await before.commit()
        async with asyncio.timeout(10):
            await sealing
        assert await desk.blocks() == [[1]]
        await after.commit()
    await desk.seal()
    assert await desk.blocks() == [[1], [2]]


async def test_no_command_waits_for_the_sealer(desk: AuditDesk):
    await desk.add("li")
    async with desk.bench.database.work(uuid4()) as work:
        await AuditSealer().run(work)
        async with asyncio.timeout(5):
            await desk.add("wang")
    assert await desk.blocks() == [[1]]
    await desk.seal()
    assert await desk.blocks() == [[1], [2]]


async def test_rows_under_load_are_each_sealed_once(desk: AuditDesk, monkeypatch: pytest.MonkeyPatch):
    """The ids of the rows are not in the order of their commits. Meanwhile two replicas seal small blocks of rows."""
    monkeypatch.setattr(sealer, "ROWS", 7)
    ended = asyncio.Event()

    async def commands(n: int) -> None:
        for step in range(12):
            async with desk.bench.database.connection() as connection, connection.transaction():
                await desk.add_on(connection, f"account {n}")
                await asyncio.sleep(0.002 * ((n * step) % 5))

    async def replica() -> None:
        while not ended.is_set():
            await desk.seal()
            await asyncio.sleep(0.01)

    replicas = [asyncio.create_task(replica()) for _ in range(2)]
    await asyncio.gather(*map(commands, range(5)))
    ended.set()
    await asyncio.gather(*replicas)
    while (await desk.verdict()).unsealed:
        await desk.seal()
    sealed = [row_id for block in await desk.blocks() for row_id in block]
    assert sealed == sorted(set(sealed))
    assert len(sealed) == 60
    assert (await desk.verdict()).findings == []


async def test_two_sealers_at_the_same_time_write_one_block(desk: AuditDesk):
    await desk.add("li")
    async with desk.bench.database.work(uuid4()) as first, desk.bench.database.work(uuid4()) as second:
        await AuditSealer().run(first)
        async with asyncio.timeout(5):
            await AuditSealer().run(second)
    assert await desk.blocks() == [[1]]


class Killed(BaseException):
    pass


async def seal_and_be_killed(desk: AuditDesk) -> None:
    async with desk.bench.database.work(uuid4()) as work:
        await AuditSealer().run(work)
        raise Killed


async def test_a_sealer_that_is_killed_between_blocks_leaves_a_chain_that_goes_on(
    desk: AuditDesk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sealer, "ROWS", 2)
    await desk.add("a", "b", "c", "d", "e")
    assert (await desk.seal()).every_s == sealer.SOON_S
    with pytest.raises(Killed):
        await seal_and_be_killed(desk)
    assert await desk.blocks() == [[1, 2]]
    await desk.seal()
    assert (await desk.seal()).every_s == sealer.EVERY_S
    assert await desk.blocks() == [[1, 2], [3, 4], [5]]
    assert (await desk.verdict()).findings == []


async def test_rows_that_were_never_committed_leave_no_block(desk: AuditDesk):
    async with desk.bench.database.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await desk.add_on(connection, "nobody")
        await transaction.rollback()
    await desk.seal()
    assert await desk.blocks() == []
    assert (await desk.verdict()).unsealed == 0


async def test_every_service_has_the_sealer(bench: Bench, desk: AuditDesk):
    await desk.add("li")
    await bench.run_periodic()
    assert await desk.blocks() == [[1]]


async def test_rows_of_a_former_release_are_sealed_too(desk: AuditDesk):
    """Rows of a former release have neither an address nor the name of a person."""
    async with desk.bench.database.connection() as connection:
        for account in ("li", "wang"):
            await connection.execute(INSERT, account)
    await desk.seal()
    assert (await desk.verdict()).findings == []


async def test_the_chain_goes_on_after_a_restore(desk: AuditDesk, database: str, make_database: MakeDatabase, tmp_path):
    """The dump contains the audit rows and their chain.

    A head that was anchored after the backup is not in the dump, so it does not fit the chain of the restored database.
    """
    await desk.add("li", "wang")
    await desk.seal()
    await desk.add("unsealed at the backup")
    kept = await desk.head()
    await asyncio.to_thread(pg_tools.dump, database, tmp_path / "dump")
    await desk.seal()
    later = await desk.head()
    restored = await make_database("restored")
    await asyncio.to_thread(pg_tools.restore, restored, tmp_path / "dump")
    other = type(desk.bench.database)(
        restored, tools=desk.bench.database.tools, clock=desk.bench.clock, name="restored"
    )
    await other.open()
    try:
        await PeriodicLoop(other, AuditSealer(), desk.bench.runtime.health).turn()
        async with other.connection() as connection:
            await connection.execute(INSERT, "later")
        await PeriodicLoop(other, AuditSealer(), desk.bench.runtime.health).turn()
        async with other.connection() as connection:
            verdict = await verify(connection, SERVICE, desk.bench.runtime.keys, [kept])
            set_back = await verify(connection, SERVICE, desk.bench.runtime.keys, [later])
    finally:
        await other.close()
    assert (verdict.findings, verdict.blocks, verdict.rows, verdict.unsealed) == ([], 3, 4, 0)
    assert set_back.findings == ["block 2 is not the anchored one: the chain was written anew"]
