"""Whatever the owner of the tables changes in the audit log or in its hash chain, the check of the chain finds it
(D04).

The rows of the log are sealed (added to the chain) in blocks. An anchor is a head of the chain, kept outside the
system.
"""

import pytest
from integration.chassis.audit.audit_desk import SERVICE, AuditDesk

from chassis.audit_chain import verify
from chassis.audit_chain.blocks import AuditRow, Block, add, blocks_after, rows_between
from chassis.audit_chain.hashing import Digests
from chassis.audit_chain.sealer import new_block
from chassis.privacy import BlindIndex, Keys, RowCipher, new_key_file, read_keys
from chassis.tables import AuditChainRow

pytestmark = pytest.mark.row("D04")

#: For each column of the audit log: the values that somebody might write there. Rows 3 and 4 have the same account, but
#: different names.
COLUMNS = {
    "at": ["at + interval '1 microsecond'", "'infinity'", "'4000-01-01 BC'"],
    "account": ["'wang'", "account || ' '"],
    "role": ["'auditor'"],
    "scope_id": ["gen_random_uuid()", "NULL"],
    "command_id": ["gen_random_uuid()"],
    "name": ["'returned'"],
    "subject": ["''"],
    "detail": ["""'{}'""", """detail || '{"people": 3.0}'""", "'null'"],
    "address": ["'10.0.0.8'", "NULL"],
    "actor_sealed": ["(SELECT actor_sealed FROM audit_log WHERE id = 4)", "NULL", "'\\x00'"],
}
CHANGES = [f"{column} = {value}" for column, values in COLUMNS.items() for value in values]
#: For each column of the audit chain: the values that somebody might write into block 2, which contains rows 3 and 4.
BLOCK_COLUMNS = {
    "position": ["7"],
    "after_id": ["1"],
    "up_to_id": ["3", "5"],
    "row_ids": ["'{3}'", "'{4,3}'", "'{3,NULL}'", "'{}'"],
    "row_hashes": ["row_hashes[1:1]", "ARRAY[row_hashes[1], NULL]", "ARRAY[row_hashes[2], row_hashes[1]]"],
    "name_digests": ["'{a,b}'", "'{NULL,NULL}'", "'{}'"],
    "sealed_at": ["sealed_at + interval '1 microsecond'", "'infinity'"],
    "previous_hash": ["'\\x00'", "hash"],
    "hash": ["'\\x00'", "previous_hash"],
    "seal": ["''"],
}
BLOCK_CHANGES = [f"{column} = {value}" for column, values in BLOCK_COLUMNS.items() for value in values]


@pytest.fixture
async def sealed(desk: AuditDesk) -> AuditDesk:
    """Three blocks of two rows: 1 and 2, 3 and 4, 5 and 6. Id 7 was given to a row that was never committed."""
    for names in (("李明", "李明"), ("王芳", "王方"), (None, None)):
        for name in names:
            await desk.add("li", name=name)
        if names[0] is None:
            async with desk.bench.database.connection() as connection:
                await connection.execute("SELECT nextval('audit_log_id_seq')")
        await desk.seal()
    assert await desk.blocks() == [[1, 2], [3, 4], [5, 6]]
    return desk


async def test_an_unchanged_log_has_no_finding(sealed: AuditDesk):
    verdict = await sealed.verdict()
    assert verdict.findings == []
    assert (verdict.blocks, verdict.rows, verdict.unsealed) == (3, 6, 0)
    assert verdict.head == await sealed.head()
    assert (await sealed.verdict(keys=False)).findings == []


def test_every_column_is_tampered_with():
    assert set(COLUMNS) == set(AuditRow._fields) - {"id"}
    assert set(BLOCK_COLUMNS) == set(Block._fields) == set(AuditChainRow.model_fields)


async def test_a_change_of_any_column_of_a_row_is_found(sealed: AuditDesk):
    changed = "row 3 of audit_log was changed since block 2 was sealed"
    expected = {
        change: [f"{changed}: the name of the account" if change.startswith("actor_sealed") else changed]
        for change in CHANGES
    }
    found = {
        change: await sealed.findings_after("audit_log", f"UPDATE audit_log SET {change} WHERE id = 3")
        for change in CHANGES
    }
    assert found == expected
    assert (await sealed.verdict()).findings == []


async def test_rows_that_are_removed_are_found(sealed: AuditDesk):
    await sealed.as_owner("audit_log", "DELETE FROM audit_log WHERE id IN (3, 6)")
    assert (await sealed.verdict()).findings == [
        "row 3 of audit_log was removed: it is in block 2",
        "row 6 of audit_log was removed: it is in block 3",
    ]


async def test_an_emptied_log_is_found(sealed: AuditDesk):
    await sealed.as_owner("audit_log", "TRUNCATE audit_log")
    assert len((await sealed.verdict()).findings) == 3


@pytest.mark.parametrize("row_id", [-5, 0, 7])
async def test_a_row_that_is_inserted_among_sealed_ones_is_found(sealed: AuditDesk, row_id: int):
    copied = "at, account, role, scope_id, command_id, name, subject, detail, address, actor_sealed"
    await sealed.as_owner(
        "audit_log", f"INSERT INTO audit_log (id, {copied}) SELECT {row_id}, {copied} FROM audit_log WHERE id = 3"
    )
    block = 3 if row_id == 7 else 1
    assert (await sealed.verdict()).findings == [
        f"row {row_id} of audit_log was inserted: block {block} covers this id without the row"
    ]
    # The sealer does not add the inserted row to a later block.
    await sealed.add("li")
    await sealed.seal()
    assert await sealed.blocks() == [[1, 2], [3, 4], [5, 6], [8]]


@pytest.mark.parametrize("keys", [True, False])
async def test_rows_that_were_exchanged_are_found(sealed: AuditDesk, keys: bool):
    for first, second in ((3, 4), (5, 6)):
        await sealed.as_owner(
            "audit_log",
            f"UPDATE audit_log SET id = 99 WHERE id = {first}",
            f"UPDATE audit_log SET id = {first} WHERE id = {second}",
            f"UPDATE audit_log SET id = {second} WHERE id = 99",
        )
    found = (await sealed.verdict(keys=keys)).findings
    named = "reordered: each has the content of another row of" if keys else "changed since"
    assert found[0].startswith(f"rows 3, 4 of audit_log were {named}")
    assert found[1].startswith("rows 5, 6 of audit_log were reordered")


async def test_a_row_with_a_new_id_is_found(sealed: AuditDesk):
    await sealed.as_owner("audit_log", "UPDATE audit_log SET id = 1000 WHERE id = 3")
    verdict = await sealed.verdict()
    assert verdict.findings == ["row 3 of audit_log was removed: it is in block 2"]
    assert (verdict.unsealed, verdict.unsealed_from) == (1, 1000)


@pytest.mark.parametrize("keys", [True, False])
async def test_a_change_of_any_column_of_a_block_is_found(sealed: AuditDesk, keys: bool):
    """The seal of a block is a keyed digest. So without the keys, the check does not find a change of the seal."""
    unfound = [
        change
        for change in BLOCK_CHANGES
        if not any(
            "block 2" in finding
            for finding in await sealed.findings_after(
                "audit_chain", f"UPDATE audit_chain SET {change} WHERE position = 2", keys=keys
            )
        )
    ]
    assert unfound == ([] if keys else ["seal = ''"])


@pytest.mark.parametrize(("position", "finding"), [(1, "block 1 is missing"), (2, "block 2 is missing")])
async def test_a_missing_block_is_found(sealed: AuditDesk, position: int, finding: str):
    await sealed.as_owner("audit_chain", f"DELETE FROM audit_chain WHERE position = {position}")
    assert any(one.startswith(finding) for one in (await sealed.verdict()).findings)


async def test_a_chain_that_was_cut_is_found_by_an_anchor(sealed: AuditDesk):
    """Somebody removes the last block. Without an anchor, its rows look like rows that are not sealed yet."""
    anchor = await sealed.head()
    await sealed.as_owner("audit_chain", "DELETE FROM audit_chain WHERE position = 3")
    verdict = await sealed.verdict(anchor)
    assert verdict.findings == ["the anchored block 3 is missing: the chain was cut, or the database was set back"]
    assert (verdict.unsealed, verdict.unsealed_from) == (2, 5)
    await sealed.as_owner("audit_log", "UPDATE audit_log SET account = 'wang' WHERE id = 5")
    await sealed.seal()
    assert (await sealed.verdict()).findings == []
    assert (await sealed.verdict(anchor)).findings == ["block 3 is not the anchored one: the chain was written anew"]


async def rewrite(desk: AuditDesk, keys: Keys) -> None:
    """Write the whole chain anew, so that it fits the rows as they are now."""
    digests = Digests(RowCipher(keys), BlindIndex(keys))
    async with desk.bench.database.connection() as connection:
        last = None
        written = []
        for block in await blocks_after(connection, 0, 100):
            rows = await rows_between(connection, block.after_id, block.up_to_id)
            last = new_block(SERVICE, last, rows, block.up_to_id, block.sealed_at, digests)
            written.append(last)
        await desk.as_owner("audit_chain", "DELETE FROM audit_chain")
        for block in written:
            await add(connection, block)


async def test_a_chain_that_was_written_anew_is_found_by_its_seals_and_by_an_anchor(sealed: AuditDesk):
    anchor = await sealed.head()
    await sealed.as_owner("audit_log", "UPDATE audit_log SET account = 'wang' WHERE id = 5")
    await rewrite(sealed, read_keys(new_key_file()))
    findings = (await sealed.verdict()).findings
    assert [one for one in findings if "block" in one and "without the service's key" in one] == [
        f"block {n} of audit_chain was written without the service's key" for n in (1, 2, 3)
    ]
    assert (await sealed.verdict(anchor, keys=False)).findings == [
        "block 3 is not the anchored one: the chain was written anew"
    ]


async def test_whoever_has_the_keys_too_is_found_by_an_anchor(sealed: AuditDesk):
    """The hash of block 3 also depends on the changed row of block 1, because each hash covers the hash before it."""
    anchor = await sealed.head()
    await sealed.as_owner("audit_log", "UPDATE audit_log SET account = 'wang' WHERE id = 1")
    await rewrite(sealed, sealed.bench.runtime.keys)
    assert (await sealed.verdict()).findings == []
    assert (await sealed.verdict(anchor)).findings == ["block 3 is not the anchored one: the chain was written anew"]


async def test_the_chain_of_another_service_is_none(sealed: AuditDesk):
    async with sealed.bench.database.connection() as connection:
        verdict = await verify(connection, "review-svc", sealed.bench.runtime.keys)
    assert len(verdict.findings) == 3


async def test_an_anchor_stays_part_of_a_chain_that_grows(sealed: AuditDesk):
    anchor = await sealed.head()
    await sealed.add("li")
    await sealed.seal()
    assert (await sealed.verdict(anchor, await sealed.head())).findings == []
