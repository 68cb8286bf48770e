"""The hashes of the audit chain are those that ADR 0018 describes, so that another program can compute them, too."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from chassis.audit_chain.blocks import AuditRow, Block
from chassis.audit_chain.hashing import GENESIS, Digests, block_hash, row_hash, rows_hash
from chassis.audit_chain.sealer import new_block
from chassis.identity import Principal, actors
from chassis.privacy import BlindIndex, RowCipher, new_key_file, read_keys
from chassis.tables import AuditLogRow

ROW = AuditRow(
    id=7,
    at="2024-05-10T04:00:00.123456Z",
    account="li",
    role="handler",
    scope_id="6f1f2d52-6d0e-4f0e-9a57-0d4b9f0f3a11",
    command_id="0b0f9a57-1111-4f0e-9a57-0d4b9f0f3a11",
    name="submitted",
    subject="20240510-000001",
    detail='{"人数": 3, "reason": "a \\"b\\"\\n"}',
    address="10.0.0.9",
    actor_sealed=None,
)
KEYS = new_key_file()


def digests(content: dict[str, Any] = KEYS) -> Digests:
    keys = read_keys(content)
    return Digests(RowCipher(keys), BlindIndex(keys))


def named(row: AuditRow, name: str, content: dict[str, Any] = KEYS) -> AuditRow:
    principal = Principal(row.account, row.role, None, name)
    return row._replace(actor_sealed=actors.sealed_name(RowCipher(read_keys(content)), principal))


def test_the_hash_of_a_row_is_that_of_a_compact_json_array():
    text = json.dumps(["union-enrollment/audit-row/1", *ROW[1:10], "d1"], ensure_ascii=False, separators=(",", ":"))
    assert row_hash(ROW, "d1") == hashlib.sha256(text.encode()).digest()
    assert row_hash(ROW, None).hex() == "6f515ef36ed950779326170e11f65b2ccaeef2a42f7b8f6177aef72b520b5447"


def test_the_hash_of_a_block_is_that_of_a_compact_json_array():
    first = new_block("member-svc", None, [ROW], 9, "2024-05-10T04:00:05.000000Z", digests())
    listed = hashlib.sha256((7).to_bytes(8, "big") + row_hash(ROW, None)).hexdigest()
    array = ["union-enrollment/audit-block/1", "member-svc", 1, 0, 9, first.sealed_at, listed, "00" * 32]
    text = json.dumps(array, separators=(",", ":"))
    assert first.hash == hashlib.sha256(text.encode()).digest()
    assert first.hash.hex() == "c1f3de9359a647cd444d46db11425f9f40bedc2387d3323c1860fc114ea1f118"


def test_a_block_continues_the_one_before():
    first = new_block("member-svc", None, [ROW], 9, "2024-05-10T04:00:05.000000Z", digests())
    second = new_block("member-svc", first, [ROW._replace(id=10)], 12, "2024-05-10T04:00:10.000000Z", digests())
    assert first.previous_hash == GENESIS
    assert (second.position, second.after_id, second.previous_hash) == (2, 9, first.hash)
    assert block_hash("review-svc", first) != first.hash


@pytest.mark.parametrize("field", [field for field in Block._fields if field not in ("hash", "seal")])
def test_every_field_of_a_block_counts(field: str):
    block = new_block("member-svc", None, [ROW], 9, "2024-05-10T04:00:05.000000Z", digests())
    other = {"row_ids": [8], "row_hashes": [GENESIS], "previous_hash": block.hash, "sealed_at": "later"}
    changed = block._replace(**{field: other.get(field, 5)})
    if field == "name_digests":
        # The digest of the name is part of the hash of its row.
        assert row_hash(ROW, "d1") != row_hash(ROW, None)
    else:
        assert block_hash("member-svc", changed) != block.hash


def test_no_column_of_the_audit_log_escapes_the_hash():
    assert set(AuditRow._fields) == set(AuditLogRow.model_fields)
    values = {field: f"other {field}" for field in AuditRow._fields if field not in ("id", "actor_sealed")}
    hashes = {row_hash(ROW._replace(**{field: value}), None) for field, value in values.items()}
    assert len(hashes | {row_hash(ROW, None)}) == len(values) + 1
    assert rows_hash([7], [GENESIS]) != rows_hash([8], [GENESIS])
    assert digests().of_name(named(ROW, "李明")) != digests().of_name(ROW)


def test_a_value_cannot_move_to_the_next_column():
    assert row_hash(ROW._replace(account="a", role="b"), None) != row_hash(ROW._replace(account="ab", role=""), None)
    assert row_hash(ROW._replace(address=None), None) != row_hash(ROW._replace(address="null"), None)


def test_a_name_that_is_encrypted_again_with_another_key_keeps_its_digest():
    rotated = json.loads(json.dumps(KEYS))
    rotated["storage"] = {"current": "s2", "keys": KEYS["storage"]["keys"] | {"s2": KEYS["index"]["key"]}}
    before, after = named(ROW, "李明"), named(ROW, "李明", rotated)
    assert before.actor_sealed != after.actor_sealed
    digest = digests().of_name(before)
    assert digests(rotated).is_of_name(digest, after)
    assert not digests(rotated).is_of_name(digest, named(ROW, "李敏", rotated))
    assert not digests().is_of_name(digest, ROW)


def test_the_digest_of_a_name_needs_the_key_and_differs_from_row_to_row():
    row = named(ROW, "李明")
    assert digests().of_name(row) != digests().of_name(named(ROW._replace(at="later"), "李明"))
    other = new_key_file()
    assert digests(other).of_name(named(ROW, "李明", other)) != digests().of_name(row)


def test_a_name_that_no_key_decrypts_is_covered_as_it_lies():
    foreign = named(ROW, "李明", new_key_file() | {"index": KEYS["index"]})
    digest = digests().of_name(foreign)
    assert digest is not None
    assert digest.startswith("sealed:")
    assert digests().is_of_name(digest, foreign)
    assert not digests().is_of_name(digest, foreign._replace(actor_sealed=b"x"))


def test_the_seal_of_a_block_is_an_hmac_under_the_index_key():
    block = new_block("member-svc", None, [ROW], 9, "2024-05-10T04:00:05.000000Z", digests())
    mac = hmac.new(read_keys(KEYS).index, f"audit-block|{block.hash.hex()}".encode(), "sha256")
    assert block.seal == mac.hexdigest()[:32]
    assert digests(new_key_file()).of_block(block.hash) != block.seal
