"""The published documents agree with the code, and the golden examples agree with both."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import pytest
from pydantic import BaseModel, Field

from chassis.privacy import Sealer, read_keys
from contracts.catalog import BY_TYPE
from contracts.envelope import Envelope
from contracts.topics import TOPICS

CONTRACTS = Path(__file__).parents[2] / "contracts"
EXAMPLES = sorted(p for p in (CONTRACTS / "examples").glob("*.json") if p.name != "keys.json")
#: Further messages of a type (`<type>.json`, `<type>.<n>.json`), with fields that older messages do not have.
VARIANTS = sorted((CONTRACTS / "examples/variants").glob("*.json"))
#: The topics are not taken from `BY_NAME`, because a fault rig in the same process possibly adds topics to it.
PUBLISHED = {topic.name for topic in TOPICS}

sys.path.insert(0, str(CONTRACTS / "tools"))
import publish  # noqa: E402
from variants import completed, in_no_example  # noqa: E402


def example(path: Path) -> dict:
    return json.loads(path.read_text())


def test_published_documents_agree_with_the_code():
    done = subprocess.run([sys.executable, CONTRACTS / "tools/publish.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_every_type_has_a_golden_example():
    assert {path.stem for path in EXAMPLES} == set(BY_TYPE)


def without_later(written: Any, golden: Any) -> Any:
    """`written`, without the optional fields that were added to its type after the example `golden` was written.

    The example is not updated, because readers still receive messages without these fields. The type can read the
    example only if the new fields have defaults.
    """
    if isinstance(written, dict) and isinstance(golden, dict):
        return {name: without_later(value, golden[name]) for name, value in written.items() if name in golden}
    if isinstance(written, list) and isinstance(golden, list) and len(written) == len(golden):
        return [without_later(*pair) for pair in zip(written, golden, strict=True)]
    return written


@pytest.mark.parametrize(
    "written",
    [{"a": 1, "l": [{"b": 3}]}, {"l": [{"b": 2}]}, {"a": 1, "l": []}, {"a": 1, "l": [{"b": 2}, {"b": 2}]}],
    ids=["changed", "lost", "shorter", "longer"],
)
def test_a_message_that_no_longer_says_the_same_is_found(written: dict[str, Any]):
    golden = {"a": 1, "l": [{"b": 2}]}
    assert without_later(written, golden) != golden
    assert without_later({"a": 1, "l": [{"b": 2, "later": None}], "new": []}, golden) == golden


@pytest.mark.parametrize("path", [*EXAMPLES, *VARIANTS], ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_a_golden_example_reads_as_its_type_and_writes_the_same(path: Path):
    golden = example(path)
    kind = BY_TYPE[golden["headers"]["ce_type"]]
    event = kind.model_validate(golden["value"])
    written = json.loads(event.model_dump_json())
    assert without_later(written, golden["value"]) == golden["value"]
    assert (event.topic.name, event.key()) == (golden["topic"], golden["key"])
    assert golden["topic"] in PUBLISHED


@pytest.mark.parametrize("name", BY_TYPE)
def test_every_field_of_a_type_stands_in_a_golden_example(name: str):
    goldens = [
        golden["value"] for path in [*EXAMPLES, *VARIANTS] if (golden := example(path))["headers"]["ce_type"] == name
    ]
    assert in_no_example(BY_TYPE[name], goldens) == set(), "declare it with examples=[…] and run `make schemas`"


class Piece(BaseModel):
    a: int
    later: int | None = Field(default=None, examples=[2])


class Report(BaseModel):
    pieces: list[Piece]
    reason: str = Field(default="", examples=["x"])


def test_an_added_optional_field_asks_for_one_more_golden_example():
    old, new = {"pieces": [{"a": 1}]}, {"pieces": [{"a": 1, "later": 2}], "reason": "x"}
    assert in_no_example(Report, [old]) == {".pieces.later", ".reason"}
    assert in_no_example(Report, [old, new]) == set()
    assert completed(Report.model_validate(old), old) == new


@pytest.mark.parametrize("path", [*EXAMPLES, *VARIANTS], ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_a_golden_example_fits_the_published_schema(path: Path):
    golden = example(path)
    schema = json.loads((CONTRACTS / "schemas" / f"{golden['headers']['ce_type']}.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(golden["value"])


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_a_golden_envelope_round_trips(path: Path):
    headers = [(name, value.encode()) for name, value in example(path)["headers"].items()]
    assert dict(Envelope.from_headers(headers).to_headers()) == dict(headers)


@pytest.mark.parametrize("name", ["members.imported.v1", "statuses.check.v1", "enrollments.batch-submitted.v1"])
def test_a_sealed_block_opens_with_the_published_example_key_and_no_other(name: str):
    keys = json.loads((CONTRACTS / "examples/keys.json").read_text())
    golden = example(CONTRACTS / "examples" / f"{name}.json")
    event = BY_TYPE[name].model_validate(golden["value"])
    ce_id = UUID(golden["headers"]["ce_id"])
    people = Sealer(read_keys(keys)).unseal(event.sealed, ce_id, name)
    assert [person.name for person in people] == ["张三", "李小四"]
    keys["sealing"]["keys"]["example"] = base64.b64encode(bytes(32)).decode()
    with pytest.raises(ValueError, match="cannot be decrypted"):
        Sealer(read_keys(keys)).unseal(event.sealed, ce_id, name)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_nothing_outside_the_sealed_block_names_a_person(path: Path):
    golden = example(path)
    golden["value"].pop("sealed", None)
    plain = json.dumps(golden, ensure_ascii=False)
    for secret in ("张三", "李小四", "310101199003071230", "11010519491231002X", "13800138000"):
        assert secret not in plain


def schema(**properties: dict) -> dict:
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(n for n, p in properties.items() if "default" not in p),
    }


OLD = schema(a={"type": "string"}, b={"type": "integer"})


@pytest.mark.parametrize(
    ("new", "breaking"),
    [
        (schema(a={"type": "string"}, b={"type": "integer"}, c={"type": "string", "default": ""}), False),
        (schema(a={"type": "string"}), True),
        (schema(a={"type": "integer"}, b={"type": "integer"}), True),
        (schema(a={"type": "string"}, b={"type": "integer"}, c={"type": "string"}), True),
    ],
    ids=["addition with a default", "removed field", "changed type", "new required field"],
)
def test_only_additions_with_defaults_pass(new: dict, breaking: bool):
    assert bool(publish.breaks(OLD, new)) is breaking


def test_asyncapi_names_every_topic_type_and_header():
    document = json.loads((CONTRACTS / "schemas/asyncapi.json").read_text())
    assert document["asyncapi"] == "3.0.0"
    assert set(document["channels"]) == PUBLISHED
    named = {name for channel in document["channels"].values() for name in channel["messages"]}
    assert named == set(BY_TYPE) == set(document["components"]["messages"])
    assert "ce_sequence" in document["components"]["messageTraits"]["cloudEvent"]["headers"]["properties"]
