"""The outline of a payload that operators see, and the patches with which they change it."""

from datetime import UTC, datetime
from uuid import uuid4

import orjson
import pytest

from chassis.privacy import masked, masked_headers, shape_of
from chassis.replay import Change
from chassis.replay.patches import PatchMisses, patched
from contracts.fields import Part, SealedBlock
from contracts.members import MembersRemoved


def test_payloads_of_one_structure_share_a_shape_whatever_they_hold():
    one, other = b'{"a": 1, "b": ["x"]}', b'{"b": ["y", "z"], "a": 2}'
    assert shape_of(one) == shape_of(other)
    assert shape_of(b'{"a": "1", "b": ["x"]}') != shape_of(one)
    assert (shape_of(b"{"), shape_of(None)) == ("no json", "no value")


@pytest.mark.parametrize("levels", [100, 450, 1_000, 1_024, 5_000])
def test_a_payload_of_any_depth_has_a_shape_and_a_view(levels: int):
    for payload in (b"[" * levels + b"]" * levels, b'{"a":' * levels + b"1" + b"}" * levels):
        assert shape_of(payload)
        assert masked(payload, None)
        assert masked(payload, MembersRemoved)


def test_what_lies_below_the_deepest_level_changes_no_shape_and_is_not_shown():
    def nested(levels: int, innermost: object) -> bytes:
        value = innermost
        for _ in range(levels):
            value = [value]
        return orjson.dumps(value)

    assert shape_of(nested(31, 1)) != shape_of(nested(31, "x"))
    assert shape_of(nested(40, 1)) == shape_of(nested(40, "张三"))
    assert "deep" in str(masked(nested(40, "张三"), None))
    assert "张三" not in str(masked(nested(40, "张三"), None))


def test_a_payload_that_fits_its_contract_is_shown_in_full():
    event = MembersRemoved(
        removal_id=uuid4(),
        union_id=uuid4(),
        unit_id=uuid4(),
        part=Part(index=0, count=1),
        member_ids=[uuid4()],
        removed_at=datetime.now(UTC),
    )
    assert masked(event.model_dump_json().encode(), MembersRemoved) == event.model_dump(mode="json")


def test_of_a_payload_that_fits_none_no_person_is_shown():
    unit = str(uuid4())
    body = {
        "name": "张三丰",
        "pinyin": "zhangsanfeng",
        "document_number": "110101199003070011",
        "mobile": 13800138000,
        "unit_id": unit,
        "at": "2024-05-10T09:00:00+08:00",
        "count": 3,
        "张三丰": 1,
        "sealed": {"ciphertext": "c2VjcmV0"},
        "name_masked": "张*丰",
    }
    shown = masked(orjson.dumps(body), MembersRemoved)
    text = orjson.dumps(shown).decode()
    for secret in ("张三丰", "zhangsanfeng", "110101199003070011", "13800138000", "c2VjcmV0"):
        assert secret not in text
    assert (shown["unit_id"], shown["at"], shown["count"], shown["name_masked"]) == (unit, body["at"], 3, "张*丰")
    assert masked("姓名：张三".encode(), None) == {"unreadable_bytes": 15}


def test_a_sealed_block_is_told_by_its_recipients_only():
    block = SealedBlock(algorithm="A256GCM", nonce="bm9uY2U=", ciphertext="c2VjcmV0", keys={"platform-1": "d3JhcA=="})

    class Told(MembersRemoved):
        sealed: SealedBlock

    event = {
        "removal_id": str(uuid4()),
        "union_id": str(uuid4()),
        "unit_id": str(uuid4()),
        "part": {"index": 0, "count": 1},
        "member_ids": [],
        "removed_at": "2024-05-10T09:00:00+08:00",
        "sealed": block.model_dump(),
    }
    assert masked(orjson.dumps(event), Told)["sealed"] == {"sealed_for": ["platform-1"]}


def test_foreign_headers_are_told_by_their_length():
    assert masked_headers([["ce_type", "a.b"], ["from", "张三"], ["ce_subject", "张三"]]) == [
        ["ce_type", "a.b"],
        ["from", "(2 characters)"],
        ["ce_subject", "(2 characters)"],
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"op": "replace", "path": "/part/count", "value": 3}, {"part": {"count": 3}, "ids": [1, 2]}),
        ({"op": "remove", "path": "/part/count"}, {"part": {}, "ids": [1, 2]}),
        ({"op": "add", "path": "/ids/-", "value": 9}, {"part": {"count": 1}, "ids": [1, 2, 9]}),
        ({"op": "replace", "path": "/ids/0", "value": 7}, {"part": {"count": 1}, "ids": [7, 2]}),
        ({"op": "remove", "path": "/ids/1"}, {"part": {"count": 1}, "ids": [1]}),
        ({"op": "add", "path": "/a~1b", "value": 1}, {"part": {"count": 1}, "ids": [1, 2], "a/b": 1}),
        ({"op": "replace", "path": "", "value": {}}, {}),
    ],
)
def test_a_patch_changes_one_place_of_a_copy(change: dict, expected: dict):
    body = {"part": {"count": 1}, "ids": [1, 2]}
    assert patched(body, [Change(**change)]) == expected
    assert body == {"part": {"count": 1}, "ids": [1, 2]}


@pytest.mark.parametrize("path", ["/nothing", "/ids/2", "/ids/x", "/part/count/deeper", "/no/way"])
def test_a_patch_of_a_place_that_is_not_there_is_refused(path: str):
    with pytest.raises(PatchMisses):
        patched({"part": {"count": 1}, "ids": [1, 2]}, [Change(op="replace", path=path, value=1)])
