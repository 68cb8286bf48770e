"""The rules for numbers of identity documents, with test vectors for each document type."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.words import DocumentType
from member_svc.domain.roster.documents import check_character, from_15_digits, number_faults
from member_svc.domain.roster.row_codes import RowCode

TODAY = date(2024, 5, 10)
ID = DocumentType.RESIDENT_ID


def codes(document_type: DocumentType, number: str) -> list[str]:
    return [fault.code.value for fault in number_faults(document_type, number, TODAY)]


def with_check(first: str) -> str:
    return first + check_character(first)


@pytest.mark.row("F083")
@pytest.mark.parametrize(
    "number", ["11010519491231002X", "440524188001010014", "310101196501150018", "310101199003071230"]
)
def test_the_standards_own_numbers_are_accepted(number: str):
    assert codes(ID, number) == []


@pytest.mark.row("F083")
def test_a_wrong_check_digit_is_reported():
    assert codes(ID, "310115198506150018") == ["NUMBER_BAD_CHECK_DIGIT"]


@given(st.integers(0, 9), st.integers(0, 16))
def test_no_single_wrong_digit_passes(digit: int, place: int):
    number = "310101199003071230"
    if number[place] == str(digit):
        return
    assert codes(ID, number[:place] + str(digit) + number[place + 1 :]) != []


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("31010119900230123", "NUMBER_BAD_DATE"),
        ("31010119901301123", "NUMBER_BAD_DATE"),
        ("31010120240511123", "NUMBER_BAD_DATE"),  # born tomorrow
        ("31010100000101123", "NUMBER_BAD_DATE"),
        ("00010119900307123", "NUMBER_MALFORMED"),
        ("77010119900307123", "NUMBER_MALFORMED"),
    ],
)
def test_a_right_check_digit_is_not_enough(first: str, expected: str):
    assert codes(ID, with_check(first)) == [expected]


def test_wrong_date_and_wrong_check_digit_are_both_reported():
    good = with_check("31010119900230123")
    bad = good[:-1] + ("1" if good[-1] != "1" else "2")
    assert codes(ID, bad) == ["NUMBER_BAD_DATE", "NUMBER_BAD_CHECK_DIGIT"]


@pytest.mark.parametrize("number", ["31010119900307123", "3101011990030712300", "31010119900307123A", "X", "３１"])
def test_other_shapes_are_malformed(number: str):
    assert codes(ID, number) == ["NUMBER_MALFORMED"]


@pytest.mark.row("A58")
def test_the_15_digit_form_offers_its_18_digit_form_without_quoting_it():
    [fault] = number_faults(ID, "310101900307123", TODAY)
    assert fault.code is RowCode.NUMBER_15_DIGITS
    assert from_15_digits("310101900307123") == "310101199003071230"
    assert "“19”" in fault.message
    assert "“0”" in fault.message
    assert "900307" not in fault.message
    assert from_15_digits("110105491231002") == "11010519491231002X"


@pytest.mark.row("A37")
@pytest.mark.parametrize(
    ("first", "name"),
    [
        ("81000019900307123", "港澳居民居住证"),
        ("82000019900307123", "港澳居民居住证"),
        ("83000019900307123", "台湾居民居住证"),
        ("91131019900307123", "外国人永久居留身份证"),
    ],
)
def test_a_number_of_another_document_names_it(first: str, name: str):
    [fault] = number_faults(ID, with_check(first), TODAY)
    assert fault.code is RowCode.NUMBER_OTHER_DOCUMENT
    assert name in fault.message


@pytest.mark.row("A37")
def test_nothing_is_guessed_where_the_check_digit_is_wrong():
    good = with_check("81000019900307123")
    bad = good[:-1] + ("1" if good[-1] != "1" else "2")
    assert codes(ID, bad) == ["NUMBER_BAD_CHECK_DIGIT"]


@pytest.mark.row("F082", "F083")
@pytest.mark.parametrize(
    ("document_type", "number"),
    [
        (DocumentType.HK_MACAO_RESIDENCE, with_check("81000019900307123")),
        (DocumentType.HK_MACAO_RESIDENCE, with_check("82000019900307123")),
        (DocumentType.TAIWAN_RESIDENCE, with_check("83000019900307123")),
        (DocumentType.FOREIGN_PERMANENT_ID, with_check("91131019900307123")),
        (DocumentType.FOREIGN_PERMANENT_RESIDENCE, "USA310099010112"),
        (DocumentType.HK_MACAO_PERMIT, "H12345678"),
        (DocumentType.HK_MACAO_PERMIT, "M1234567801"),
        (DocumentType.TAIWAN_PERMIT, "12345678"),
        (DocumentType.TAIWAN_PERMIT, "1234567801"),
        (DocumentType.PASSPORT, "E12345678"),
        (DocumentType.PASSPORT, "EA1234567"),
        (DocumentType.PASSPORT, "C01X00T47"),
    ],
)
def test_every_document_accepts_its_own_numbers(document_type: DocumentType, number: str):
    assert codes(document_type, number) == []


@pytest.mark.row("F083", "A37")
@pytest.mark.parametrize(
    ("document_type", "number", "expected"),
    [
        (DocumentType.HK_MACAO_RESIDENCE, "810000199003071239", "NUMBER_BAD_CHECK_DIGIT"),
        (DocumentType.HK_MACAO_RESIDENCE, with_check("81000019900230123"), "NUMBER_BAD_DATE"),
        (DocumentType.HK_MACAO_RESIDENCE, with_check("83000019900307123"), "NUMBER_OTHER_DOCUMENT"),
        (DocumentType.TAIWAN_RESIDENCE, with_check("81000019900307123"), "NUMBER_OTHER_DOCUMENT"),
        (DocumentType.TAIWAN_RESIDENCE, "310101199003071230", "NUMBER_OTHER_DOCUMENT"),
        (DocumentType.HK_MACAO_RESIDENCE, with_check("81010119900307123"), "NUMBER_MALFORMED"),
        (DocumentType.FOREIGN_PERMANENT_ID, "911310199003071239", "NUMBER_BAD_CHECK_DIGIT"),
        (DocumentType.FOREIGN_PERMANENT_RESIDENCE, "US310099010112", "NUMBER_MALFORMED"),
        (DocumentType.HK_MACAO_PERMIT, "A12345678", "NUMBER_MALFORMED"),
        (DocumentType.HK_MACAO_PERMIT, "H123456789", "NUMBER_MALFORMED"),
        (DocumentType.TAIWAN_PERMIT, "123456789", "NUMBER_MALFORMED"),
        (DocumentType.PASSPORT, "E123", "NUMBER_MALFORMED"),
        (DocumentType.PASSPORT, "E-1234567", "NUMBER_MALFORMED"),
        (DocumentType.PASSPORT, "310101199003071230", "NUMBER_MALFORMED"),
    ],
)
def test_every_document_refuses_what_is_not_its_own(document_type: DocumentType, number: str, expected: str):
    assert codes(document_type, number) == [expected]


@given(st.text(max_size=30), st.sampled_from(DocumentType))
def test_no_text_breaks_the_rules_and_no_message_quotes_it(text: str, document_type: DocumentType):
    for fault in number_faults(document_type, text, TODAY):
        assert len(text) < 6 or text not in fault.message


def test_a_rounded_number_is_told_to_be_one_and_its_check_digit_decides():
    [found] = number_faults(ID, "310115198706120000", TODAY)
    assert found.code is RowCode.NUMBER_BAD_CHECK_DIGIT
    assert "Excel" in found.message
    like_it = [f"31011519870{month}{day}{n}000" for month in range(1, 10) for day in range(10, 29) for n in range(10)]
    proved = [number for number in like_it if number[-1] == check_character(number)]
    assert len(proved) > 50
    assert [codes(ID, number) for number in proved] == [[]] * len(proved)
