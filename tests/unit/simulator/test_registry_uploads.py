from collections.abc import AsyncIterator

import orjson
import pytest

from simulator.fingerprints import Fingerprints
from simulator.refusals import Refused
from simulator.registries.uploads import Row, csv_rows, json_rows

FINGERPRINTS = Fingerprints(b"k" * 32)
CSV = "employment_status,id_number,card_status\r\n在职,A1,正常\r\n\r\n死亡,A2,-\r\n"


async def in_chunks(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def read(body: bytes, size: int = 7) -> list[Row]:
    return [row async for row in csv_rows(in_chunks(body, size), FINGERPRINTS)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
async def test_chunks_may_end_inside_a_character(size: int) -> None:
    first, second = FINGERPRINTS.number("A1"), FINGERPRINTS.number("A2")
    assert await read(CSV.encode("utf-8-sig"), size) == [(first, "1", "10", 2), (second, None, "30", 4)]


async def test_a_last_line_without_an_end_counts() -> None:
    assert len(await read("id_number,card_status,employment_status\nA1,正常,在职".encode())) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "RECORDS_EMPTY"),
        ("id_number,card_status,employment_status\nA1,正常\n".encode(), "RECORD_SHORT"),
        ("id_number,card_status,employment_status\n,正常,在职\n".encode(), "RECORD_NUMBER_MISSING"),
        ("id_number,card_status,employment_status\nA1,正常,在职\n".encode("gbk"), "RECORDS_UNREADABLE"),
    ],
)
async def test_an_unusable_csv_says_why(body: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        await read(body)
    assert refused.value.code == code


async def test_json_is_a_list_of_records() -> None:
    body = orjson.dumps([{"id_number": "A1", "card_status": "未知"}])
    rows = [row async for row in json_rows(in_chunks(body, 10), FINGERPRINTS)]
    assert rows == [(FINGERPRINTS.number("A1"), "99", None, 1)]
