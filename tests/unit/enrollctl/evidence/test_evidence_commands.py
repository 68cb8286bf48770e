"""`enrollctl evidence verify` and `person`, as an auditor types them, in a folder without a stack."""

import io
import json
import zipfile
from dataclasses import asdict
from pathlib import Path

import orjson
import pytest
from click.testing import Result
from typer.testing import CliRunner
from unit.enrollctl.evidence.sample_pack import BATCH_NO, KEY, LIST_KEY, NUMBERS, SamplePack, made, sample_pack

from enrollctl.__main__ import app
from enrollctl.errors import Failure
from enrollctl.evidence import archive
from enrollctl.evidence.archive import write_archive
from enrollctl.evidence.documents.paths import PEOPLE, SUBMISSIONS
from enrollctl.evidence.list_search import list_key
from enrollctl.evidence.manifest import MANIFEST
from enrollctl.evidence.signing import signing_key
from enrollctl.workspace.folders import Folders
from enrollctl.workspace.key_file import ensure_key_files, read_keys

pytestmark = pytest.mark.row("D04", "A61")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder outside of every project, with a pack and the public key."""
    write_archive(tmp_path / "pack.zip", sample_pack().members())
    (tmp_path / "key.pem").write_text(KEY.public.pem())
    (tmp_path / "list.key").write_text(LIST_KEY + "\n")
    monkeypatch.delenv("UE_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, text: str | None = None) -> Result:
    environment = {"COLUMNS": "200", "NO_COLOR": "1"}
    return CliRunner().invoke(app, ["evidence", *words], input=text, env=environment)


def verify(*more: str) -> Result:
    return run("verify", "pack.zip", "--public-key", "key.pem", *more)


def repack(sample: SamplePack, name: str, content: bytes) -> None:
    write_archive(Path("pack.zip"), sample.members() | {name: content})


def test_an_untouched_pack_is_verified_without_a_stack(folder: Path):
    done = verify()
    assert done.exit_code == 0, done.output
    assert BATCH_NO in done.stdout
    assert f"Signed with the key {KEY.public.id}" in done.stdout
    found = json.loads(verify("--json").stdout)
    assert (found["batch_no"], found["findings"], len(found["heads"])) == (BATCH_NO, [], 3)


def test_an_altered_pack_ends_the_command_with_the_name_of_what_was_altered(folder: Path):
    sample = sample_pack()
    content = orjson.loads(sample.members()[SUBMISSIONS])
    content["rows"][0]["due"]["paid_fen"] = 1
    repack(sample, SUBMISSIONS, orjson.dumps(content))
    named = f"{SUBMISSIONS}: submission CB202405109000 was altered"
    done = verify()
    assert (done.exit_code, done.stderr) == (1, f"{named}\n")
    done = verify("--json")
    assert (done.exit_code, json.loads(done.stdout)["findings"]) == (1, [named])


def test_an_anchored_head_is_compared(folder: Path):
    heads = [asdict(head) for head in sample_pack().heads]
    Path("heads.json").write_text(json.dumps(heads))
    assert verify("--anchor", "heads.json").exit_code == 0
    heads[1]["hash"] = "00" * 32
    Path("heads.json").write_text(json.dumps(heads))
    done = verify("--anchor", "heads.json")
    assert done.exit_code == 1
    assert "chain/review-svc.json: block 6 is not the anchored one" in done.stderr


def test_a_text_from_the_file_cannot_write_on_the_terminal(folder: Path):
    sample = sample_pack()
    content = orjson.loads(sample.members()[PEOPLE])
    content["rows"][0]["number"] = "\x1b[2J[red]1"
    repack(sample, PEOPLE, orjson.dumps(content))
    assert verify().stderr == f"{PEOPLE}: person 1 was altered: it is now person ?[2J[red]1\n"


def test_another_public_key_is_no_proof(folder: Path):
    Path("key.pem").write_text(signing_key(folder / "other.json").public.pem())
    done = verify()
    assert done.exit_code == 1
    assert "another key signed the pack" in done.stderr


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in sample_pack().members().items():
            written.writestr(name, content)
        written.writestr("zeros.json", bytes(40 * archive.MIB))
    return file.getvalue()


def crowd() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        for number in range(archive.MOST_MEMBERS + 1):
            written.writestr(f"{number}.json", b"{}")
    return file.getvalue()


def packed(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        for name, content in (sample_pack().members() | {"manifest.json": members["manifest"]}).items():
            written.writestr(name, content)
    return file.getvalue()


def of_format(name: str) -> bytes:
    return orjson.dumps(orjson.loads(sample_pack().members()[MANIFEST]) | {"format": name})


def zipped(compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as written:
        for name, content in sample_pack().members().items():
            written.writestr(name, content)
    return file.getvalue()


def cut(share: float) -> bytes:
    content = zipped()
    return content[: int(len(content) * share)]


def empty() -> bytes:
    file = io.BytesIO()
    zipfile.ZipFile(file, "w").close()
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda: b"", "is no zip archive"),
        (lambda: b"%PDF-1.7 nothing", "is no zip archive"),
        (lambda: cut(0.5), "is cut short or damaged"),
        (lambda: cut(0.99), "is cut short or damaged"),
        (bomb, "it was not read"),
        (crowd, "has 65 members"),
        (lambda: zipped(zipfile.ZIP_LZMA), "compressed in another way"),
        (empty, "is no evidence pack: it has no manifest.json"),
        (lambda: packed(manifest=of_format("union-enrollment/evidence/2")), "'union-enrollment/evidence/2'"),
        (lambda: packed(manifest=of_format("\x1b[2J")), "'\\x1b[2J'"),
        (lambda: packed(manifest=b"{"), "its manifest.json cannot be read"),
        (lambda: packed(manifest=b"[1]"), "its manifest.json cannot be read"),
        (lambda: packed(manifest=b'{"format": "union-enrollment/evidence/1"}'), "are missing or wrong"),
    ],
)
def test_a_file_that_is_no_pack_is_refused_with_a_reason(folder: Path, content, said: str):
    Path("pack.zip").write_bytes(content())
    done = verify()
    assert done.exit_code == 2, done.output
    assert said in done.stderr
    assert "Traceback" not in done.output


def test_a_file_beyond_the_limit_is_not_opened(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(archive, "MOST_FILE_BYTES", 1000)
    done = verify()
    assert (done.exit_code, "it is no evidence pack" in done.stderr) == (2, True)


def test_a_member_that_is_larger_than_declared_is_not_unpacked(folder: Path):
    """The list of contents says 10 bytes, and the compressed data would give 40 MiB."""
    content = bomb()
    size = (40 * archive.MIB).to_bytes(4, "little")
    assert content.count(size) == 2
    Path("pack.zip").write_bytes(content.replace(size, (10).to_bytes(4, "little")))
    done = verify()
    assert done.exit_code == 1
    assert "zeros.json was" in done.stderr


@pytest.mark.parametrize("text", ["", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_a_file_without_a_public_key_is_refused(folder: Path, text: str):
    Path("key.pem").write_text(text)
    done = verify()
    assert done.exit_code == 2
    assert "is no Ed25519 public key in PEM" in done.stderr


def person(number: str, *more: str) -> Result:
    return run("person", "pack.zip", "--public-key", "key.pem", "--list-key", "list.key", *more, text=f"{number}\n")


def test_an_auditor_who_knows_a_person_finds_him_in_the_list(folder: Path):
    for typed in (NUMBERS[1], f" {NUMBERS[1][:6]} {NUMBERS[1][6:]} "):
        done = person(typed, "--json")
        assert done.exit_code == 0, done.output
        assert [one["number"] for one in json.loads(done.stdout)] == [2]
    assert person(NUMBERS[1], "--type", "resident_id").exit_code == 0
    assert person(NUMBERS[1], "--type", "passport").exit_code == 1
    absent = person("310101199001010999")
    assert (absent.exit_code, "Nobody with this number" in absent.stdout) == (1, True)


def test_without_the_key_of_the_list_nobody_is_found(folder: Path):
    Path("list.key").write_text("f" * 32)
    assert person(NUMBERS[1]).exit_code == 1
    Path("list.key").write_text("not a key")
    refused = person(NUMBERS[1])
    assert (refused.exit_code, "holds no list key" in refused.stderr) == (2, True)


def test_nobody_is_searched_in_a_pack_that_was_altered(folder: Path):
    repack(sample_pack(), PEOPLE, b'{"about":{},"rows":[]}')
    done = person(NUMBERS[1])
    assert (done.exit_code, "is not as it was signed" in done.stderr) == (1, True)


def test_no_full_number_is_in_a_pack(folder: Path):
    with zipfile.ZipFile("pack.zip") as read:
        content = b"".join(read.read(name) for name in read.namelist())
    assert not any(number.encode() in content for number in NUMBERS)


def test_the_stack_prints_its_public_key_and_the_key_of_a_list(folder: Path):
    stack = Folders(folder / "stack")
    stack.make()
    ensure_key_files(stack)
    at = ["--dir", str(stack.root), "evidence"]
    pem = CliRunner().invoke(app, [*at, "public-key"]).stdout
    assert pem == signing_key(stack.evidence_key).public.pem()
    assert stack.evidence_key.stat().st_mode & 0o777 == 0o600
    found = json.loads(CliRunner().invoke(app, [*at, "public-key", "--json"]).stdout)
    assert (found["public_key"], len(found["key_id"])) == (pem, 16)
    write_archive(folder / "own.zip", sample_pack().members(signing_key(stack.evidence_key)))
    printed = [CliRunner().invoke(app, [*at, "list-key", "own.zip"]) for _ in range(2)]
    assert printed[0].stdout == printed[1].stdout == f"{list_key(read_keys(stack), str(made('pack')))}\n"
    strange = CliRunner().invoke(app, [*at, "list-key", "pack.zip"])
    assert (strange.exit_code, "is not as this stack has signed it" in strange.stderr) == (1, True)


def test_a_key_is_made_only_once_and_never_replaced(tmp_path: Path):
    file = tmp_path / "evidence-key.json"
    assert signing_key(file).public.id == signing_key(file).public.id
    file.write_text("{}")
    with pytest.raises(Failure, match="holds no Ed25519 key"):
        signing_key(file)
    assert file.read_text() == "{}"


def test_no_key_is_made_where_no_stack_was_started(tmp_path: Path):
    done = CliRunner().invoke(app, ["--dir", str(tmp_path), "evidence", "public-key"])
    assert done.exit_code == 3
    assert list(tmp_path.iterdir()) == []
