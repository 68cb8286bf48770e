"""Evidence packs of the settled batches of a whole stack, as operators export and auditors verify them."""

import asyncio
import json
import zipfile
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
from click.testing import Result
from system.walked_roster import numbers, personal
from typer.testing import CliRunner

from enrollctl.__main__ import app
from enrollctl.evidence.archive import read_archive, write_archive
from enrollctl.evidence.documents.paths import APPROVALS, AUDITED, EVENTS, PEOPLE, audit_path
from enrollctl.stack.stack import Stack

pytestmark = pytest.mark.row("D04", "A61")

#: The batches of the stack, each with the states of its lines, and the submissions of its completed lines.
BATCHES = """
    SELECT batch_no, array_agg(DISTINCT state) AS states,
           coalesce(array_agg(DISTINCT submission_no) FILTER (WHERE state = 'completed'), '{}') AS submissions
    FROM lines GROUP BY batch_no ORDER BY batch_no"""
SETTLED = "SELECT submission_no FROM dues WHERE state IN ('settled', 'nothing_due')"


def query(stack: Stack, service: str, sql: str, *arguments: Any) -> list[Any]:
    async def fetch() -> list[Any]:
        connection = await asyncpg.connect(stack.database_url(service))
        try:
            return list(await connection.fetch(sql, *arguments))
        finally:
            await connection.close()

    return asyncio.run(fetch())


def run(stack: Stack, *words: str, text: str | None = None) -> Result:
    arguments = ["--dir", str(stack.folders.root), "evidence", *words]
    environment = {"COLUMNS": "200", "NO_COLOR": "1"}
    return CliRunner().invoke(app, arguments, input=text, env=environment)


def verified(folder: Path, pack: Path, *more: str) -> Result:
    words = ["evidence", "verify", str(pack), "--public-key", str(folder / "key.pem"), *more]
    return CliRunner().invoke(app, words, env={"COLUMNS": "200", "NO_COLOR": "1"})


def batches(stack: Stack) -> dict[str, bool]:
    """Batch number → whether the batch is settled."""
    paid = {row["submission_no"] for row in query(stack, "payment-svc", SETTLED)}
    return {
        row["batch_no"]: "in_review" not in row["states"] and set() < set(row["submissions"]) <= paid
        for row in query(stack, "enrollment-svc", BATCHES)
    }


@pytest.fixture(scope="module")
def packs(walked: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pack of each settled batch, and the public key."""
    folder = tmp_path_factory.mktemp("evidence")
    (folder / "key.pem").write_text(run(walked, "public-key").stdout)
    for number in [number for number, settled in batches(walked).items() if settled]:
        done = run(walked, "export", "--batch", number, "--to", str(folder / f"{number}.zip"))
        assert done.exit_code == 0, done.output
    assert list(folder.glob("*.zip"))
    return folder


def test_every_pack_is_verified_with_the_public_key_alone(walked: Stack, packs: Path):
    for pack in packs.glob("*.zip"):
        done = verified(packs, pack)
        assert done.exit_code == 0, done.output
        assert pack.stem in done.stdout


def test_a_pack_has_the_people_the_decisions_and_the_audit_rows_of_its_batch(walked: Stack, packs: Path):
    for pack in packs.glob("*.zip"):
        content = {
            name: orjson.loads(text) for name, text in read_archive(pack).members.items() if name.endswith(".json")
        }
        submitted = query(
            walked, "enrollment-svc", "SELECT sum(submitted_heads)::int FROM lines WHERE batch_no = $1", pack.stem
        )
        assert len(content[PEOPLE]["rows"]) == submitted[0][0]
        assert {one["what"] for one in content[APPROVALS]["rows"]} >= {"submitted", "staged", "passed_up", "completed"}
        commands = {service: {one["name"] for one in content[audit_path(service)]["rows"]} for service in AUDITED}
        assert commands["enrollment-svc"] == {"submission_decided"}
        assert commands["review-svc"] >= {"lines_staged", "lines_passed_up", "submitted_to_center", "center_decided"}
        assert commands["payment-svc"] >= {"voucher_submitted", "voucher_decided"}
        types = {one["type"] for one in content[EVENTS]["rows"]}
        assert types >= {
            "enrollments.batch-submitted.v1", "reviews.batch-completed.v1", "reviews.submitted-to-center.v1",
            "reviews.center-confirmed.v1", "payments.voucher-submitted.v1", "payments.voucher-accepted.v1",
        }  # fmt: skip


def test_no_pack_names_a_person(packs: Path):
    secrets = {secret.encode() for secret in personal()}
    for pack in packs.glob("*.zip"):
        with zipfile.ZipFile(pack) as archive:
            for name in archive.namelist():
                content = archive.read(name)
                assert not [secret for secret in secrets if secret in content], name


def test_each_person_of_the_list_is_found_by_number_with_the_list_key_only(walked: Stack, packs: Path):
    """Other tests have imported rosters into the same stack. A document number in those rosters can look the same as a
    number in this roster when both are masked."""
    (packs / "other.key").write_text("0" * 32)
    found = 0
    for pack in packs.glob("*.zip"):
        (packs / "list.key").write_text(run(walked, "list-key", str(pack)).stdout)
        masked = {row["masked_number"] for row in orjson.loads(read_archive(pack).members[PEOPLE])["rows"]}
        known = [one for one in sorted(numbers()) if len(one) == 18 and mask_of(one) in masked]
        for number in known[:4]:
            done = search(walked, pack, number, "list.key")
            found += done.exit_code == 0
            assert [one["masked_number"] for one in json.loads(done.stdout)] in ([], [mask_of(number)])
            assert search(walked, pack, number, "other.key").exit_code == 1
    assert found


def mask_of(number: str) -> str:
    return f"{number[:4]}**********{number[-4:]}"


def search(stack: Stack, pack: Path, number: str, key: str) -> Result:
    """Search the list of the pack for a document number, with a key file beside the pack."""
    keys = ["--public-key", str(pack.parent / "key.pem"), "--list-key", str(pack.parent / key)]
    return run(stack, "person", str(pack), *keys, "--json", text=f"{number}\n")


def test_an_altered_pack_is_named(packs: Path, tmp_path: Path):
    pack = next(packs.glob("*.zip"))
    members = read_archive(pack).members
    content = orjson.loads(members[APPROVALS])
    entry = content["rows"][-1]
    name = f"entry {entry['id']} of line {entry['line_id']}"
    entry["account"] = "somebody"
    write_archive(tmp_path / "altered.zip", members | {APPROVALS: orjson.dumps(content)})
    done = verified(packs, tmp_path / "altered.zip")
    assert (done.exit_code, done.stderr) == (1, f"{APPROVALS}: {name} was altered\n")


def test_the_heads_that_were_anchored_are_in_the_pack(walked: Stack, packs: Path, tmp_path: Path):
    pack = next(packs.glob("*.zip"))
    found = json.loads(verified(packs, pack, "--json").stdout)
    (tmp_path / "heads.json").write_text(json.dumps(found["heads"]))
    assert {head["service"] for head in found["heads"]} == set(AUDITED)
    chains = ["--dir", str(walked.folders.root), "audit", "verify", "--anchor", str(tmp_path / "heads.json")]
    done = CliRunner().invoke(app, chains)
    assert done.exit_code == 0, done.output
    assert verified(packs, pack, "--anchor", str(tmp_path / "heads.json")).exit_code == 0


def test_a_batch_without_a_settlement_gets_no_pack(walked: Stack, tmp_path: Path):
    for number in ["CB209901010001", *(number for number, settled in batches(walked).items() if not settled)]:
        refused = run(walked, "export", "--batch", number, "--to", str(tmp_path / "pack.zip"))
        assert (refused.exit_code, f"batch {number}" in refused.stderr) == (1, True), refused.output
    assert list(tmp_path.iterdir()) == []
