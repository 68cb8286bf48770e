"""Whatever is altered in an evidence pack after it was signed, the verification names it."""

import copy
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from unit.enrollctl.evidence.sample_pack import KEY, SamplePack, sample_pack, verdict_of

from enrollctl.errors import Failure
from enrollctl.evidence.archive import read_archive, write_archive
from enrollctl.evidence.documents.paths import BATCH, PEOPLE, TYPES
from enrollctl.evidence.manifest import DIGESTS, MANIFEST, SIGNATURE, name_of
from enrollctl.evidence.signing import SigningKey
from enrollctl.evidence.verification import verify_archive

pytestmark = pytest.mark.row("D04", "A61")


@pytest.fixture(scope="module")
def sample() -> SamplePack:
    return sample_pack()


@pytest.fixture(scope="module")
def members(sample: SamplePack) -> dict[str, bytes]:
    return sample.members()


def findings_after(members: dict[str, bytes], path: str, change: Callable[[Any], None]) -> list[str]:
    """The findings after a change of the JSON of one member (a file in the archive of the pack)."""
    content = orjson.loads(members[path])
    change(content)
    return verdict_of(members | {path: rfc8785.dumps(content)}).findings


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of each value in a JSON value that is neither an object nor a list."""
    if isinstance(value, dict | list) and value:
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(one, (*path, key))
    else:
        yield path


def other(value: Any) -> Any:
    """A different value of the same type and form as `value`."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value[:-1] + ("1" if value[-1:] != "1" else "2")
    return "x"


def altered(content: Any, path: tuple[Any, ...]) -> None:
    for key in path[:-1]:
        content = content[key]
    content[path[-1]] = other(content[path[-1]])


def test_an_untouched_pack_has_no_finding(members: dict[str, bytes]):
    verdict = verdict_of(members)
    assert verdict.findings == []
    assert verdict.contents is not None
    assert len(verdict.contents.people) == 4


@pytest.mark.parametrize("path", TYPES)
def test_a_change_of_any_field_names_its_document_and_row(members: dict[str, bytes], path: str):
    content = orjson.loads(members[path])
    label = TYPES[path][0].label
    for place in places(content):
        after = copy.deepcopy(content)
        altered(after, place)
        found = verdict_of(members | {path: rfc8785.dumps(after)}).findings
        if place[0] == "about":
            assert found == [f"{path}: its part `about` was altered"], place
            continue
        before, now = (name_of(one["rows"][place[1]], label) for one in (content, after))
        if before == now:
            assert found == [f"{path}: {before} was altered"], place
        else:
            assert found == [f"{path}: {before} was altered: it is now {now}"], place


@pytest.mark.parametrize("path", TYPES)
def test_rows_that_are_removed_added_or_repeated_are_named(members: dict[str, bytes], path: str):
    rows = orjson.loads(members[path])["rows"]
    label = TYPES[path][0].label
    first = name_of(rows[0], label)
    assert findings_after(members, path, lambda content: content["rows"].pop(0)) == [f"{path}: {first} was removed"]
    new = dict(rows[0])
    for field in label.replace("}", "{").split("{")[1::2]:
        new[field] = new[field] + 1000 if isinstance(new[field], int) else new[field][:-1] + "x"
    added = findings_after(members, path, lambda content: content["rows"].append(new))
    assert added == [f"{path}: {name_of(new, label)} was added"]
    again = findings_after(members, path, lambda content: content["rows"].append(rows[0]))
    assert again == [f"{path}: {first} was added a second time"]


@pytest.mark.parametrize("path", [path for path in TYPES if len(sample_pack().documents[path].rows) > 1])
def test_reordered_rows_are_named(members: dict[str, bytes], path: str):
    rows = orjson.loads(members[path])["rows"]
    names = [name_of(row, TYPES[path][0].label) for row in rows]

    def exchange(content: Any) -> None:
        content["rows"][0], content["rows"][-1] = content["rows"][-1], content["rows"][0]

    assert findings_after(members, path, exchange) == [f"{path}: {names[0]}, {names[-1]} were reordered"]


def test_a_row_that_takes_the_name_of_another_is_named(members: dict[str, bytes]):
    def take(content: Any) -> None:
        content["rows"][0]["number"] = 3

    assert findings_after(members, PEOPLE, take) == [f"{PEOPLE}: person 1 was altered: it is now person 3"]


def test_a_row_without_its_name_is_named_by_its_place(members: dict[str, bytes]):
    found = findings_after(members, PEOPLE, lambda content: content["rows"][1].pop("number"))
    assert found == [f"{PEOPLE}: person 2 was altered: it is now row 2 of the file, which has no name"]


@pytest.mark.parametrize("path", [*TYPES, DIGESTS])
def test_a_document_that_is_removed_or_no_longer_readable_is_named(members: dict[str, bytes], path: str):
    assert f"{path} was removed" in verdict_of({name: one for name, one in members.items() if name != path}).findings
    for content in (b"", b"[]", b"{", b'{"rows": 1}', b"\xff"):
        [found] = verdict_of(members | {path: content}).findings
        assert found.startswith(f"{path} was altered")


def test_a_document_that_nobody_signed_is_named(members: dict[str, bytes]):
    assert verdict_of(members | {"note.txt": b"paid"}).findings == ["note.txt was added: the manifest does not list it"]


def test_a_change_outside_of_all_rows_is_named(members: dict[str, bytes]):
    found = verdict_of(members | {BATCH: members[BATCH] + b"\n"}).findings
    assert found == [f"{BATCH} was altered, but not in a row: for example in spaces or in the order of fields"]
    found = findings_after(members, BATCH, lambda content: content.update(paid=True))
    assert found == [f"{BATCH} was altered, but not in a row: for example in spaces or in the order of fields"]


def test_a_change_of_document_and_digests_together_is_not_hidden(members: dict[str, bytes], sample: SamplePack):
    forged = sample.changed(PEOPLE, 0, masked_name="王*").members()
    found = verdict_of(members | {name: forged[name] for name in (PEOPLE, DIGESTS)}).findings
    assert found == [
        f"{PEOPLE} was altered; {DIGESTS}, which tells its rows, is not as it was signed either",
        f"{DIGESTS} was altered",
    ]


def test_any_change_of_the_manifest_breaks_the_signature(members: dict[str, bytes]):
    manifest = orjson.loads(members[MANIFEST])
    for place in places(manifest):
        if place == ("format",):
            continue
        after = copy.deepcopy(manifest)
        altered(after, place)
        found = verdict_of(members | {MANIFEST: rfc8785.dumps(after)}).findings
        assert found, place
        assert found[0].startswith(MANIFEST), place


def test_a_pack_that_was_signed_anew_with_another_key_is_refused(sample: SamplePack):
    stranger = SigningKey(Ed25519PrivateKey.generate())
    [found] = verdict_of(sample.members(stranger)).findings
    assert f"names the key {stranger.public.id}" in found
    assert f"is {KEY.public.id}" in found


@pytest.mark.parametrize("signature", [b"", bytes(64), b"x" * 63, b"x" * 4096])
def test_a_signature_of_nobody_is_refused(members: dict[str, bytes], signature: bytes):
    [found] = verdict_of(members | {SIGNATURE: signature}).findings
    assert found.startswith(f"{MANIFEST} or {SIGNATURE} was altered")


def with_flipped_byte(members: dict[str, bytes], file: Path, name: str) -> Path:
    """A pack in which one byte in the middle of a compressed member (a file in the archive) is changed."""
    write_archive(file, members)
    with zipfile.ZipFile(file) as archive:
        member = archive.getinfo(name)
    content = bytearray(file.read_bytes())
    content[member.header_offset + 30 + len(name) + member.compress_size // 2] ^= 0xFF
    file.write_bytes(content)
    return file


def test_a_flipped_byte_in_the_file_names_the_document(members: dict[str, bytes], tmp_path: Path):
    file = with_flipped_byte(members, tmp_path / "pack.zip", PEOPLE)
    [found] = verify_archive(read_archive(file), file, KEY.public).findings
    assert found == f"{PEOPLE} was altered: its bytes in the archive are damaged and cannot be read"


def test_a_flipped_byte_in_the_manifest_is_named(members: dict[str, bytes], tmp_path: Path):
    file = with_flipped_byte(members, tmp_path / "pack.zip", MANIFEST)
    with pytest.raises(Failure, match=f"{MANIFEST} was altered: its bytes in .* are damaged"):
        verify_archive(read_archive(file), file, KEY.public)


def test_a_member_that_is_twice_in_the_file_is_named(members: dict[str, bytes], tmp_path: Path):
    file = tmp_path / "pack.zip"
    write_archive(file, members)
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(PEOPLE, b"{}")
    assert verify_archive(read_archive(file), file, KEY.public).findings == [
        f"{PEOPLE} was added: the file has it twice"
    ]


def test_the_documents_are_canonical_json(members: dict[str, bytes]):
    for path in (*TYPES, DIGESTS, MANIFEST):
        assert members[path] == rfc8785.dumps(orjson.loads(members[path])), path
