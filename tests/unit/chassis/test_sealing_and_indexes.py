import hmac
import os
from dataclasses import replace
from uuid import uuid4

import pytest

from chassis.privacy import (
    BlindIndex,
    Keys,
    RowCipher,
    Sealer,
    UnknownKey,
    Unreadable,
    mask_name,
    mask_number,
    new_key_file,
    read_keys,
)
from chassis.privacy.ciphers import encrypt
from chassis.privacy.masking import mask_mobile
from contracts.fields import Personal

PEOPLE = [Personal(name="王小明", document_number="310101199003071230", mobile="13800138000")]


def keys(cipher: str = "A256GCM", digest: str = "HMAC-SHA256") -> Keys:
    content = new_key_file()
    content["sealing"]["algorithm"] = cipher
    content["index"]["algorithm"] = digest
    return read_keys(content)


@pytest.mark.parametrize("cipher", ["A256GCM", "SM4GCM"])
def test_a_block_opens_only_as_the_event_it_was_sealed_for(cipher: str):
    sealer, ce_id = Sealer(keys(cipher)), uuid4()
    block = sealer.seal(PEOPLE, ce_id, "members.imported.v1")
    assert sealer.unseal(block, ce_id, "members.imported.v1") == PEOPLE
    for other in ((uuid4(), "members.imported.v1"), (ce_id, "members.changed.v1")):
        with pytest.raises(Unreadable):
            sealer.unseal(block, *other)


def test_a_reader_without_the_key_is_told_which_keys_would_fit():
    content = new_key_file()
    block = Sealer(read_keys(content)).seal(PEOPLE, uuid4(), "t")
    content["sealing"] = {"algorithm": "A256GCM", "recipients": ["k9"], "keys": {"k9": content["index"]["key"]}}
    with pytest.raises(UnknownKey, match="k1"):
        Sealer(read_keys(content)).unseal(block, uuid4(), "t")


def test_old_blocks_stay_readable_after_the_sealing_key_rotates():
    content, ce_id = new_key_file(), uuid4()
    block = Sealer(read_keys(content)).seal(PEOPLE, ce_id, "t")
    content["sealing"]["keys"]["k2"] = content["index"]["key"]
    content["sealing"]["recipients"] = ["k2"]
    rotated = Sealer(read_keys(content))
    assert rotated.unseal(block, ce_id, "t") == PEOPLE
    assert set(rotated.seal(PEOPLE, ce_id, "t").keys) == {"k2"}


@pytest.mark.parametrize("cipher", ["A256GCM", "SM4GCM"])
def test_a_person_at_rest_opens_only_for_his_own_row(cipher: str):
    row_cipher, owner = RowCipher(keys(cipher)), uuid4()
    blob = row_cipher.seal(PEOPLE[0], owner)
    assert row_cipher.unseal(blob, owner) == PEOPLE[0]
    with pytest.raises(Unreadable):
        row_cipher.unseal(blob, uuid4())


@pytest.mark.parametrize("cipher", ["A256GCM", "SM4GCM"])
def test_rows_at_rest_become_a_block_without_being_parsed(cipher: str):
    content, owners, ce_id = keys(cipher), [uuid4(), uuid4()], uuid4()
    people = [*PEOPLE, Personal(name='王"大"明', document_number="310101199003071231")]
    row_cipher, sealer = RowCipher(content), Sealer(content)
    rows = [row_cipher.seal(person, owner) for person, owner in zip(people, owners, strict=True)]
    plain = [row_cipher.unseal_bytes(row, owner) for row, owner in zip(rows, owners, strict=True)]
    assert sealer.unseal(sealer.seal_rows(plain, ce_id, "t"), ce_id, "t") == people
    assert sealer.unseal(sealer.seal_rows([], ce_id, "t"), ce_id, "t") == []


def test_sm4_agrees_with_the_standard_vector():
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    one = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()
    assert (one.update(key) + one.finalize()).hex() == "681edf34d206965e86b3e94f536e4246"
    assert encrypt("SM4GCM", key, bytes(12), b"", b"") != b""


@pytest.mark.parametrize("digest", ["HMAC-SHA256", "HMAC-SM3"])
def test_the_index_tells_fields_and_people_apart(digest: str):
    index = BlindIndex(keys(digest=digest))
    found = {index.person_key("resident_id", "1"), index.person_key("passport", "1"), index.of("name", "resident_id|1")}
    assert len(found) == 3
    assert all(len(word) == 32 for word in found)


@pytest.mark.parametrize("length", [1, 32, 64, 65, 200])
def test_the_index_is_an_hmac(length: int):
    key = os.urandom(length)
    index = BlindIndex(replace(keys(), index=key))
    assert index.of("name", "王小明") == hmac.new(key, "name|王小明".encode(), "sha256").hexdigest()[:32]


@pytest.mark.parametrize("name", ["王小明", "锟斤拷", "王 小明", "Wang", "阿依古丽·买买提", "王\ufe00"])
def test_both_keys_of_a_name_at_once_are_the_keys_one_by_one(name: str):
    index = BlindIndex(keys())
    assert index.names_and_written_keys([name]) == ([index.name_key(name)], [index.written_key(name)])


@pytest.mark.parametrize("digest", ["HMAC-SHA256", "HMAC-SM3"])
def test_keys_of_many_are_the_keys_one_by_one(digest: str):
    index = BlindIndex(keys(digest=digest))
    names = ["王小明", "阿依古丽·买买提", "ＪＯＨＮ", "李\ufe00", ""]
    assert index.names_and_written_keys(names) == (
        [index.name_key(name) for name in names],
        [index.written_key(name) for name in names],
    )
    kinds, numbers = ["resident_id", "passport"], ["31010119900307123x", " E12345678 "]
    assert index.person_keys(kinds, numbers) == list(map(index.person_key, kinds, numbers))
    assert index.of_each("mobile", numbers) == [index.of("mobile", number) for number in numbers]
    assert index.of_each("mobile", []) == []


@pytest.mark.parametrize("cipher", ["A256GCM", "SM4GCM"])
def test_values_that_are_sealed_together_open_one_by_one(cipher: str):
    rows, owners = RowCipher(keys(cipher)), [uuid4(), uuid4()]
    sealed = rows.seal_each([b"one", b"two"], owners)
    assert [rows.unseal_bytes(blob, owner) for blob, owner in zip(sealed, owners, strict=True)] == [b"one", b"two"]
    with pytest.raises(Unreadable):
        rows.unseal_bytes(sealed[0], owners[1])


def test_document_numbers_are_unsealed_without_the_rest():
    sealer, event_id = Sealer(keys()), uuid4()
    block = sealer.seal(PEOPLE, event_id, "kind")
    assert sealer.unseal_numbers(block, event_id, "kind") == [PEOPLE[0].document_number]
    with pytest.raises(Unreadable):
        sealer.unseal_numbers(block, event_id, "another")


@pytest.mark.row("A29", "F056")
@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("310101199003071230", "3101**********1230"),
        ("E12345678", "E******78"),
        ("ABC123456789012", "ABC1*******9012"),
        ("12", "**"),
    ],
)
def test_numbers_are_masked_as_settled(number: str, masked: str):
    assert mask_number(number) == masked


@pytest.mark.parametrize(
    ("name", "masked"), [("王小明", "王*明"), ("李四", "李*"), ("阿", "*"), ("欧阳小明", "欧**明"), ("", "*")]
)
def test_names_are_masked(name: str, masked: str):
    assert mask_name(name) == masked


def test_mobiles_are_masked():
    assert mask_mobile("13812345678") == "138****5678"
