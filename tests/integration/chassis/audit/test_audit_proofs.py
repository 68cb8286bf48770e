"""The rows of a log that an evidence pack takes, and the blocks that prove them (ADR 0019)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from integration.chassis.audit.audit_desk import SERVICE, AuditDesk

from chassis.audit_chain import rows_about
from enrollctl.errors import Failure
from enrollctl.evidence.chain_proof import faults_of_chain, faults_of_rows
from enrollctl.evidence.collecting.audit_store import CollectedAudit, audit_of
from enrollctl.evidence.collecting.stores import NotYet
from enrollctl.evidence.manifest import PackHead

pytestmark = pytest.mark.row("D04")

BATCH = "CB202405100001"
ADD = """INSERT INTO audit_log (account, role, command_id, name, subject, detail)
         VALUES ('li', 'reviewer', $1, 'staged', $2, $3) RETURNING id"""


async def add(desk: AuditDesk, subject: str = "", detail: Any = None, command_id: UUID | None = None) -> int:
    async with desk.bench.database.connection() as connection:
        return int(await connection.fetchval(ADD, command_id or uuid4(), subject, {} if detail is None else detail))


async def proof(desk: AuditDesk, *texts: str, command_ids: tuple[UUID, ...] = ()) -> CollectedAudit:
    async with desk.bench.database.read() as connection:
        return await audit_of(connection, SERVICE, desk.bench.runtime.keys, command_ids, texts, None)


async def test_rows_are_found_by_command_by_subject_and_by_a_value_of_their_details(desk: AuditDesk):
    command_id = uuid4()
    rows = [
        await add(desk, command_id=command_id),
        await add(desk, BATCH),
        await add(desk, detail={"line_id": "a line", "heads": 3}),
    ]
    for detail in ([BATCH], BATCH, 3, {"inside": {"batch": BATCH}}, {BATCH: "key"}):
        await add(desk, "something else", detail)
    async with desk.bench.database.read() as connection:
        found = await rows_about(connection, [command_id], [BATCH, "a line"], None)
        assert [row.id for row in found] == rows
        later = datetime.now(UTC) + timedelta(hours=1)
        assert await rows_about(connection, [command_id], [BATCH, "a line"], later) == []


async def test_the_blocks_lead_from_the_first_row_to_the_head(desk: AuditDesk):
    await add(desk, "before")
    await desk.seal()
    await add(desk, BATCH)
    await desk.add("li")
    await desk.seal()
    await add(desk, "between")
    await desk.seal()
    await add(desk, BATCH)
    await desk.seal()
    collected = await proof(desk, BATCH)
    assert collected.about is not None
    assert collected.head == await desk.head()
    assert [(block.position, block.entries is None) for block in collected.blocks] == [
        (2, False),
        (3, True),
        (4, False),
    ]
    assert len(collected.blocks[0].entries or ()) == 2
    head = PackHead.of(collected.head)
    assert list(faults_of_chain(collected.about, collected.blocks, head, [collected.head])) == []
    assert list(faults_of_rows(collected.rows, collected.blocks)) == []


async def test_a_row_of_the_first_block_is_proved_from_the_beginning(desk: AuditDesk):
    await desk.add("li", "wang")
    await add(desk, BATCH)
    await desk.seal()
    collected = await proof(desk, BATCH)
    assert collected.about is not None
    assert (collected.about.after_id, collected.about.previous_hash) == (0, "00" * 32)
    assert list(faults_of_chain(collected.about, collected.blocks, PackHead.of(await desk.head()), [])) == []


async def test_a_row_with_a_name_is_proved_without_the_name(desk: AuditDesk):
    await desk.add("li", name="王小明")
    await desk.seal()
    [row] = (await proof(desk, "20240510-000001")).rows
    assert row.name_digest
    assert "王小明".encode() not in orjson.dumps(row.model_dump(mode="json"))


async def test_a_row_that_is_in_no_block_yet_is_waited_for(desk: AuditDesk):
    first = await add(desk, BATCH)
    with pytest.raises(NotYet, match=f"row {first} of the audit log of {SERVICE} is in no block yet"):
        await proof(desk, BATCH)
    await desk.seal()
    second = await add(desk, BATCH)
    with pytest.raises(NotYet, match=f"row {second} "):
        await proof(desk, BATCH)


async def test_a_row_that_was_inserted_past_the_service_gets_no_pack(desk: AuditDesk):
    async with desk.bench.database.connection() as connection:
        given = await connection.fetchval("SELECT nextval('audit_log_id_seq')")
    await add(desk, BATCH)
    await desk.seal()
    inserted = f"""INSERT INTO audit_log (id, account, role, command_id, name, subject, detail)
                   VALUES ({given}, 'li', 'reviewer', gen_random_uuid(), 'staged', '{BATCH}', '{{}}')"""
    await desk.as_owner("audit_log", inserted)
    with pytest.raises(Failure, match=f"row {given} of the audit log of {SERVICE} was inserted") as refused:
        await proof(desk, BATCH)
    assert not isinstance(refused.value, NotYet)


async def test_a_changed_row_does_not_have_the_hash_of_the_chain(desk: AuditDesk):
    row = await add(desk, BATCH)
    await desk.seal()
    await desk.as_owner("audit_log", f"UPDATE audit_log SET account = 'wang' WHERE id = {row}")
    collected = await proof(desk, BATCH)
    assert list(faults_of_rows(collected.rows, collected.blocks)) == [
        f"row {row} of audit_log does not have the hash that the chain has for it"
    ]


async def test_a_block_without_the_seal_of_the_service_gets_no_pack(desk: AuditDesk):
    await add(desk, BATCH)
    await desk.seal()
    await desk.as_owner("audit_chain", "UPDATE audit_chain SET seal = '' WHERE position = 1")
    with pytest.raises(Failure, match=r"block 1 of the audit chain of .* was written without the service's key"):
        await proof(desk, BATCH)


async def test_a_log_without_rows_about_the_batch_needs_no_proof(desk: AuditDesk):
    await desk.add("li")
    await desk.seal()
    assert await proof(desk, BATCH) == CollectedAudit([], [], None, None)
