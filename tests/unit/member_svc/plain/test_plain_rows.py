"""Rows and strings in plain XML are read with regular expressions, which are faster than the XML parser. Both must give
the same values.
"""

import re
from itertools import chain
from typing import Any

import orjson
import pytest
from unit.member_svc.handmade import MAIN, book, merges, row, sheet, styles
from unit.member_svc.workbooks import NARROW, huge_workbook, person, resident, workbook

from fuzz.workbook_mutations import mutant, starts
from member_svc.roster.child import read
from member_svc.workbook import xml
from member_svc.workbook.plain_rows import PlainRows
from member_svc.workbook.texts import StringReader

NEVER = re.compile(rb"(?!)")
STRINGS = f'<sst xmlns="{MAIN}"><si><t>张三</t></si><si><t xml:space="preserve"> 身份证 </t></si><si><t/></si></sst>'


def outcome(data: bytes) -> Any:
    """The refusal, or the description of the workbook and its rows."""
    first, *portions = [orjson.loads(orjson.dumps(record)) for record in read(data)]
    return first, [[*packed, []][:4] for packed in chain.from_iterable(portions)]


def by_the_parser(data: bytes) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xml, "UTF8", NEVER)
        return outcome(data)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of the pieces that were read without the parser."""
    found: list[int] = []
    for kind in (PlainRows, StringReader):
        original = kind.read

        def counted(self: Any, text: str, start: int, original: Any = original) -> int:
            end: int = original(self, text, start)
            if end > start:
                found.append(end - start)
            return end

        monkeypatch.setattr(kind, "read", counted)
    return found


def numbered(number: int, *cells: str, **attributes: str) -> str:
    """A row as Excel writes it. Each item of `cells` is the rest of a `c` element, after the attribute `r`."""
    inside = "".join(f'<c r="{chr(65 + place)}{number}"{one}' for place, one in enumerate(cells))
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<row r="{number}"{written}>{inside}</row>'


def text(value: str) -> str:
    return f' t="inlineStr"><is><t>{value}</t></is></c>'


HEADINGS = numbered(1, *map(text, (*NARROW, "入会日期")))
PERSON = [text("张三"), text("身份证"), text(resident(1))]
DAY = ' s="1"><v>43861</v></c>'


def roster(*rows: str, **parts: Any) -> bytes:
    return book({"名单": sheet([HEADINGS, numbered(2, *PERSON, DAY), *rows])}, **parts)


ODD = {
    "text with a reference": numbered(3, text("张&amp;三"), *PERSON[1:]),
    "unknown entity": numbered(3, text("张&boom;"), *PERSON[1:]),
    "end of a CDATA section": numbered(3, text("张]]>"), *PERSON[1:]),
    "control character": numbered(3, text("张\x01"), *PERSON[1:]),
    "noncharacter": numbered(3, text("张\ufffe"), *PERSON[1:]),
    "line break": numbered(3, text("张\r\n三"), *PERSON[1:]),
    "pasted error": numbered(3, text("#N/A"), *PERSON[1:]),
    "wide pasted error": numbered(3, text("＃N/A"), *PERSON[1:]),
    "escaped character": numbered(3, text("张_x000D_"), *PERSON[1:]),
    "escaped surrogate": numbered(3, text("张_xD800_"), *PERSON[1:]),
    "long text": numbered(3, text("张" * 1001), *PERSON[1:]),
    "too long text": numbered(3, text("张" * 40_000), *PERSON[1:]),
    "empty text": numbered(3, text(""), *PERSON[1:]),
    "blank cells": numbered(3, "/>", ' s="1"/>', text("x"), "/>"),
    "hidden": numbered(3, *PERSON, hidden="1"),
    "low": numbered(3, *PERSON, ht="0.05"),
    "high": numbered(3, *PERSON, ht="15.75"),
    "no height": numbered(3, *PERSON, ht="1.2.3"),
    "attribute twice": numbered(3, *PERSON, ht="15").replace("ht=", 'ht="15" ht='),
    "number": numbered(3, ' s="9"><v>-12.5</v></c>', ' t="n"><v>1</v></c>', ' s="99"><v>123456789012345678</v></c>'),
    "dates": numbered(3, *PERSON, ' s="1"><v>0</v></c>') + numbered(4, *PERSON, ' s="1"><v>60.5</v></c>'),
    "formats": numbered(3, ' s="2"><v>7</v></c>', ' s="3"><v>0.5</v></c>', ' s="4"><v>1</v></c>'),
    "formula": numbered(3, ' t="str"><f>A1</f><v>张</v></c>', *PERSON[1:]),
    "error": numbered(3, ' t="e"><v>#REF!</v></c>', *PERSON[1:]),
    "shared strings": numbered(3, ' t="s"><v>0</v></c>', ' t="s"><v>1</v></c>', ' t="s"><v>2</v></c>'),
    "unknown shared string": numbered(3, ' t="s"><v>3</v></c>'),
    "same column twice": '<row r="3"><c r="A3"><v>1</v></c><c r="A3"><v>2</v></c></row>',
    "columns backwards": '<row r="3"><c r="B3"><v>1</v></c><c r="A3"><v>2</v></c></row>',
    "another row's cell": '<row r="3"><c r="A4"><v>1</v></c></row>',
    "row twice": numbered(2, *PERSON),
    "rows backwards": numbered(9, *PERSON) + numbered(8, *PERSON),
    "far row": numbered(1_048_577, *PERSON),
    "far column": '<row r="3"><c r="XFD3"><v>1</v></c></row>',
    "farther column": '<row r="3"><c r="ZZZ3"><v>1</v></c></row>',
    "without numbers": row(*NARROW) + row("张", "身份证", resident(2)),
    "numbered cells in a row without a number": '<row><c r="A3"><v>1</v></c></row>',
    "cells without references in a row with a number": '<row r="3"><c><v>1</v></c><c r="C3"><v>2</v></c></row>',
    "row in a row": '<row r="3"><row r="4"><c r="A4"><v>1</v></c></row></row>',
    "row in a cell": '<row r="3"><c r="A3"><row r="4"><c r="A4"><v>1</v></c></row></c></row>',
    "rows in an element": f"<x>{numbered(3, *PERSON)}</x>{numbered(4, *PERSON)}",
    "cell after a row": numbered(3, *PERSON) + "<c><v>7</v></c>" + numbered(4, *PERSON),
    "cell of the last row after it": numbered(3, *PERSON) + '<c r="A3"><v>7</v></c>',
    "blank cell of the last row after it": numbered(3, text(""), text("x")) + '<c r="A3"><v>7</v></c>',
    "cell of another row after a row": numbered(3, *PERSON) + '<c r="A4"><v>7</v></c>',
    "rows in a comment": f"<!-- {numbered(3, *PERSON)} {numbered(4, *PERSON)} -->{numbered(5, *PERSON)}",
    "rows in a CDATA section": f"<![CDATA[{numbered(3, *PERSON)}{numbered(4, *PERSON)}]]>{numbered(5, *PERSON)}",
    "rows in an instruction": f"<?x {numbered(3, *PERSON)}?>{numbered(4, *PERSON)}",
    "phonetic run outside a cell": f"<rPh><c/></rPh>{numbered(3, *PERSON)}",
    "phonetic run around rows": f"<rPh>{numbered(3, *PERSON)}</rPh>{numbered(4, *PERSON)}",
    "unfinished row": '<row r="3"><c r="A3">',
    "end too many": f"{numbered(3, *PERSON)}</row>{numbered(4, *PERSON)}",
    "prefix": numbered(3, *PERSON).replace("row", "x:row"),
    "two lists": f"{numbered(3, *PERSON)}</sheetData><sheetData>{numbered(4, *PERSON)}",
    "another list after a comment": f"</sheetData><!-- <sheetData> {numbered(3, *PERSON)} --><x/>",
    "rows after the list": f"</sheetData>{numbered(3, *PERSON)}<sheetData>{numbered(4, *PERSON)}",
    "space between rows": f"\n  {numbered(3, *PERSON)}\n  {numbered(4, *PERSON)}\n",
    "long row": numbered(3, *PERSON, *[text("x" * 900)] * 20) + numbered(4, *PERSON),
}


@pytest.mark.parametrize("rows", ODD.values(), ids=ODD.keys())
def test_odd_rows_between_plain_ones_are_read_as_by_the_parser(rows: str, plain: list[int]):
    style = styles("yyyy-mm-dd", "0000", "0%", '"x"0')
    data = roster(rows, numbered(20, *PERSON), shared=STRINGS, style=style)
    assert outcome(data) == by_the_parser(data)
    assert plain


@pytest.mark.parametrize(
    "strings",
    [
        STRINGS,
        STRINGS.replace("张三", "张_x000D_三"),
        STRINGS.replace("<si><t>张三</t></si>", "<t>前</t><si><t>张三</t></si>"),
        STRINGS.replace("<si><t>张三</t></si>", "<si><r><t>张</t></r><r><t>三</t></r><rPh><t>zhang</t></rPh></si>"),
        STRINGS.replace("<si><t>张三</t></si>", "<x><si><t>张三</t></si></x><si><t>李四</t></si>"),
        STRINGS.replace("<si><t>张三</t></si>", "<![CDATA[<si><t>张三</t></si>]]><si><t>李四</t></si>"),
        STRINGS.replace("张三", "张" * 40_000),
        STRINGS.replace("张三", "张&lt;三"),
        STRINGS.replace("</sst>", "<si><t>x</t></si>"),
    ],
)
def test_strings_are_read_as_by_the_parser(strings: str):
    rows = [numbered(number, *(f' t="s"><v>{place}</v></c>' for place in range(4))) for number in (3, 4)]
    data = roster(*rows, shared=strings)
    assert outcome(data) == by_the_parser(data)


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n', "utf-8"),
        ("<?xml version='1.0'?>", "utf-8"),
        ("\ufeff", "utf-8"),
        ("\ufeff", "utf-16"),
        ('<?xml version="1.0" encoding="latin-1"?>', "utf-8"),
        ('<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE x>', "utf-8"),
        ("<!-- a comment -->", "utf-8"),
    ],
)
def test_any_encoding_is_read_as_by_the_parser(head: str, encoding: str):
    page = head + sheet([HEADINGS, *(numbered(number, *PERSON) for number in range(2, 9))])
    data = book({"名单": page.encode(encoding)})
    assert outcome(data) == by_the_parser(data)


def test_rows_that_are_cut_at_the_end_of_a_piece_are_read_once():
    rows = [numbered(number, *PERSON, text("x" * (number * 7919 % 900))) for number in range(3, 3000)]
    data = roster(*rows)
    assert outcome(data) == by_the_parser(data)
    assert len(outcome(data)[1]) == 2998


def test_ordinary_workbooks_are_plain(plain: list[int]):
    outcome(workbook(person(n, 手机号="13812345678") for n in range(300)))
    outcome(huge_workbook(("张", "身份证", resident(n)) for n in range(300)))
    assert sum(plain) > 600 * 100


def test_merged_cells_and_blank_rows_are_read_as_by_the_parser():
    rows = [HEADINGS, *(numbered(number, *PERSON, DAY) for number in range(2, 2500) if number % 7)]
    for ranges in (("D9:D20",), ("A1:C1",), ("A1500:A1501", "D2400:D2600")):
        data = book({"名单": sheet(rows, after=merges(*ranges))}, style=styles("yyyy-mm-dd"))
        assert outcome(data) == by_the_parser(data)


def test_mutated_workbooks_are_read_as_by_the_parser():
    start = starts()
    for number in range(150):
        data = mutant(11, number, start)
        assert outcome(data) == by_the_parser(data), number
