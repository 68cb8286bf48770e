from collections.abc import AsyncIterator

import orjson
import pytest

from simulator.fingerprints import Fingerprints
from simulator.refusals import Refused
from simulator.registries.check_digits import is_checked
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
        ("id_number,card_status,employment_status\nA1,正常,在职,又\n".encode(), "RECORD_LONG"),
        ("id_number,card_status,employment_status\n3.10115E+17,正常,在职\n".encode(), "RECORD_NUMBER_ROUNDED"),
        ("id_number,card_status,employment_status\n310115198706120000,正常,在职\n".encode(), "RECORD_NUMBER_ROUNDED"),
        ('id_number,card_status,employment_status\n"A1,正常,在职\n'.encode(), "RECORD_UNREADABLE"),
        # If two quotation marks inside cells began and ended one long cell, the records between them would be lost.
        (
            'id_number,card_status,employment_status,x\nA1,正常,在职,5"屏\nA2,正常,在职,\nA3,正常,在职,6"屏\n'.encode(),
            "RECORD_UNREADABLE",
        ),
        ("id_number,card_status,employment_status\nA1,在职,正常\n".encode(), "STATUS_WORD_UNKNOWN"),
        (b"id_number,id_number,card_status,employment_status\n", "COLUMN_TWICE"),
        ("A1,正常,在职\n".encode(), "COLUMNS_MISSING"),
        ("证件号码,社保卡状态\nA1,正常\n".encode(), "COLUMNS_MISSING"),
        ("证件号码\n".encode("gbk") + b"\xff\xff", "RECORDS_UNREADABLE"),
        (b"PK\x03\x04" + bytes(100), "RECORDS_UNREADABLE"),
        (b"a" * 100_000, "RECORD_UNREADABLE"),
        (bytes(range(256)), "RECORDS_UNREADABLE"),
    ],
)
async def test_an_unusable_csv_says_why(body: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        await read(body)
    assert refused.value.code == code


HEADINGS = "某某社保中心导出\n姓名,证件号码（必填）,社保卡状态,就业状态\n"
PLAIN_CSV = HEADINGS + "赵一,A1,正常,在职\n钱二,0A2,－,死亡\n"
BOTH = [("A1", "1", "10"), ("0A2", None, "30")]


async def people(body: bytes, size: int = 7) -> list[tuple[bytes, str | None, str | None]]:
    return [(number, card, employment) for number, card, employment, _ in await read(body, size)]


def known(records: list[tuple[str, str | None, str | None]]) -> list[tuple[bytes, str | None, str | None]]:
    return [(FINGERPRINTS.number(number), card, employment) for number, card, employment in records]


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
async def test_a_csv_may_have_any_encoding_that_excel_writes(encoding: str, size: int) -> None:
    assert await people(PLAIN_CSV.encode(encoding), size) == known(BOTH)


async def test_what_comes_after_many_ascii_lines_still_decides_the_encoding() -> None:
    lines = "".join(f"B{at},-,\n" for at in range(20_000))
    body = f"id_number,card_status,employment_status\n{lines}A1,正常,在职\n".encode("gbk")
    assert (await people(body, 4096))[-1:] == known(BOTH[:1])


@pytest.mark.parametrize("separator", [",", ";", "\t", "，", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
async def test_a_csv_may_have_any_separator_and_line_end(separator: str, newline: str) -> None:
    text = PLAIN_CSV.replace("，", ",").replace(",", separator).replace("\n", newline * 2)
    assert await people(text.encode()) == known(BOTH)


@pytest.mark.parametrize(
    "cell", ['="0A2"', '"=""0A2"""', "'0A2", "’0A2", "\u200b0A2", " 0A2 ", '"0A2"', "0Ａ２", "\ufeff0a2", "0A2\u00a0"]
)
async def test_what_excel_adds_to_keep_a_number_is_taken_off(cell: str) -> None:
    assert await people((HEADINGS + f"钱二,{cell},-,死亡").encode()) == known(BOTH[1:])


async def test_the_separator_may_be_told_in_the_first_line() -> None:
    assert await people(("sep=;\n" + PLAIN_CSV.replace(",", ";")).encode("gbk")) == known(BOTH)


async def test_a_cell_may_hold_the_separator_and_a_line_break() -> None:
    body = HEADINGS + '"赵一,\n曾用名",A1,正常,在职\n\n钱二,0A2,-,死亡,,\n'
    assert [row[3] for row in await read(body.encode())] == [3, 6]


@pytest.mark.parametrize("line", ["A9", "A9,正常", ",正常,在职", "A9,好,在职", "1.2E17,正常,在职", "A9,正常,在职,x"])
async def test_a_bad_line_is_named_by_its_number_and_not_repeated(line: str) -> None:
    body = f"id_number,card_status,employment_status\r\nA1,正常,在职\r\n\r\n{line}\r\n".encode("gbk")
    with pytest.raises(Refused) as refused:
        await read(body)
    assert refused.value.detail["line"] == 4
    assert "line 4" in refused.value.message
    assert "A9" not in refused.value.message


async def test_json_is_a_list_of_records() -> None:
    body = orjson.dumps([{"id_number": "A1", "card_status": "未知"}])
    rows = [row async for row in json_rows(in_chunks(body, 10), FINGERPRINTS)]
    assert rows == [(FINGERPRINTS.number("A1"), "99", None, 1)]


@pytest.mark.parametrize("marks", ["\ufeff", "\ufeff\ufeff", "\ufeff\ufeff\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
async def test_more_than_one_byte_order_mark_before_quoted_headings(marks: str, encoding: str) -> None:
    body = marks + '"证件号码","社保卡状态","就业状态"\n"A1","正常","在职"\n'
    assert await people(body.encode(encoding)) == known([("A1", "1", "10")])


async def test_a_note_with_two_words_for_the_number_is_no_heading() -> None:
    body = "请填写：,证件号码,身份证号\n证件号码,社保卡状态,就业状态\nA1,正常,在职\n"
    assert await people(body.encode()) == known([("A1", "1", "10")])


async def test_a_number_that_its_check_digit_proves_may_end_in_zeros() -> None:
    number = "310115198706120000"
    proved = next(one for n in range(10**4) if is_checked(one := f"{310115198706110 + n}000"))
    assert not is_checked(number)
    assert await people(f"证件号码,社保卡状态,就业状态\n{proved},正常,在职\n".encode()) == known([(proved, "1", "10")])
