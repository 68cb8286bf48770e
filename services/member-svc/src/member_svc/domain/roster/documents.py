"""The rules for document numbers: patterns, check characters, birth dates (docs/formulas.md; F083, A37, A58)."""

import re
from collections.abc import Iterator
from datetime import date
from operator import mul
from typing import NamedTuple

from contracts.words import DocumentType
from member_svc.domain.roster.row_codes import RowCode

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
#: The weighted sum of 17 characters "0". It is subtracted, because `check_character` weights the character codes of the
#: digits and not their values.
SUM_OF_ZEROS = ord("0") * sum(WEIGHTS)

#: The first two digits of a resident number. County codes are not checked, because they change and old ones stay valid.
PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71")

#: Nobody alive was born earlier.
EARLIEST_BORN = date(1880, 1, 1)

RESIDENT = re.compile(f"(?:{PROVINCES.pattern})[0-9]{{15}}[0-9X]")
EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
FIFTEEN = re.compile(r"[0-9]{15}")
PATTERNS = {
    DocumentType.HK_MACAO_RESIDENCE: re.compile(r"8[12]0000[0-9]{11}[0-9X]"),
    DocumentType.TAIWAN_RESIDENCE: re.compile(r"830000[0-9]{11}[0-9X]"),
    DocumentType.FOREIGN_PERMANENT_ID: re.compile(r"9[0-9]{16}[0-9X]"),
    DocumentType.FOREIGN_PERMANENT_RESIDENCE: re.compile(r"[A-Z]{3}[0-9]{12}"),
    DocumentType.HK_MACAO_PERMIT: re.compile(r"[HM][0-9]{8}([0-9]{2})?"),
    DocumentType.TAIWAN_PERMIT: re.compile(r"[0-9]{8}([0-9]{2})?"),
    DocumentType.PASSPORT: re.compile(r"[A-Z0-9]{5,15}"),
}
CHECKED = (DocumentType.HK_MACAO_RESIDENCE, DocumentType.TAIWAN_RESIDENCE, DocumentType.FOREIGN_PERMANENT_ID)
#: Digits 7–14 of these numbers are checked as a birth date. For FOREIGN_PERMANENT_ID these digits are not checked.
DATED = (DocumentType.HK_MACAO_RESIDENCE, DocumentType.TAIWAN_RESIDENCE)


class NumberFault(NamedTuple):
    """A fault of a document number. The message never quotes the number."""

    code: RowCode
    message: str


def check_character(number: str) -> str:
    """ISO 7064 MOD 11-2 over the first 17 digits."""
    total = sum(map(mul, number[:17].encode(), WEIGHTS)) - SUM_OF_ZEROS
    return CHECK_CHARACTERS[total % 11]


def birth_date(number: str) -> date | None:
    """Digits 7–14 as a date, or None if no such day exists."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def from_15_digits(number: str) -> str:
    """The 18-digit form of a 15-digit number: insert "19" after digit 6 and append the check character."""
    longer = number[:6] + "19" + number[6:]
    return longer + check_character(longer)


def number_faults(document_type: DocumentType, number: str, today: date) -> list[NumberFault]:
    """All faults of a normalized number for its document type; empty if the number is acceptable."""
    if document_type is DocumentType.RESIDENT_ID:
        return list(_resident_faults(number, today))
    return list(_other_faults(document_type, number, today))


def is_resident_number(number: str, today: date) -> bool:
    """Whether the number has no fault as the number of a resident. Takes less time than `number_faults`."""
    return RESIDENT.fullmatch(number) is not None and _has_birth_date(number, today) and _has_right_check(number)


def _resident_faults(number: str, today: date) -> Iterator[NumberFault]:
    if FIFTEEN.fullmatch(number):
        yield _fifteen_digits(number)
    elif not EIGHTEEN.fullmatch(number):
        yield NumberFault(RowCode.NUMBER_MALFORMED, "身份证号码应为18位：17位数字加1位校验码（数字或X），请核对后修改")
    elif (other := _named_by_prefix(number)) and _has_right_check(number):
        yield NumberFault(
            RowCode.NUMBER_OTHER_DOCUMENT, f"该号码不是居民身份证号码，证件类型应为“{other.label}”，请核对后修改"
        )
    else:
        yield from _resident_parts(number, today)


def _resident_parts(number: str, today: date) -> Iterator[NumberFault]:
    if not PROVINCES.match(number) and not _named_by_prefix(number):
        yield NumberFault(RowCode.NUMBER_MALFORMED, "身份证号码前两位不是有效的省级行政区代码，请核对后修改")
    if not _named_by_prefix(number) and not _has_birth_date(number, today):
        yield _bad_date()
    if not _has_right_check(number):
        yield _bad_check(number)


def _other_faults(document_type: DocumentType, number: str, today: date) -> Iterator[NumberFault]:
    if not PATTERNS[document_type].fullmatch(number):
        yield _wrong_shape(document_type, number, today)
        return
    if document_type in DATED and not _has_birth_date(number, today):
        yield _bad_date()
    if document_type in CHECKED and not _has_right_check(number):
        yield _bad_check(number)


def _wrong_shape(document_type: DocumentType, number: str, today: date) -> NumberFault:
    """The fault of a number with a wrong pattern.

    If the number fits a document type other than `document_type`, the message names that type (A37).
    """
    if document_type in CHECKED and EIGHTEEN.fullmatch(number) and _has_right_check(number):
        other = _named_by_prefix(number)
        if other is None and not number_faults(DocumentType.RESIDENT_ID, number, today):
            other = DocumentType.RESIDENT_ID
        if other not in (None, document_type):
            return NumberFault(RowCode.NUMBER_OTHER_DOCUMENT, f"该号码的证件类型应为“{other.label}”，请核对后修改")
    return NumberFault(
        RowCode.NUMBER_MALFORMED, f"证件号码不符合“{document_type.label}”的号码格式，请核对号码和证件类型后修改"
    )


def _named_by_prefix(number: str) -> DocumentType | None:
    """The document type whose 18-digit numbers have the same prefix as `number`, or None (A37).

    Residence permits and the foreigners' permanent residence card have such prefixes.
    """
    if number[0] == "9":
        return DocumentType.FOREIGN_PERMANENT_ID
    if number[:2] in ("81", "82"):
        return DocumentType.HK_MACAO_RESIDENCE
    return DocumentType.TAIWAN_RESIDENCE if number[:2] == "83" else None


def _has_right_check(number: str) -> bool:
    return number[17] == check_character(number)


def _has_birth_date(number: str, today: date) -> bool:
    born = birth_date(number)
    return born is not None and EARLIEST_BORN <= born <= today


def _fifteen_digits(number: str) -> NumberFault:
    return NumberFault(
        RowCode.NUMBER_15_DIGITS,
        f"15位身份证号码已停用，请改用18位号码：在第6位后插入“19”，末尾加校验码“{from_15_digits(number)[-1]}”",
    )


def _bad_date() -> NumberFault:
    return NumberFault(RowCode.NUMBER_BAD_DATE, "证件号码第7至14位不是有效的出生日期，请核对后修改")


def _bad_check(number: str) -> NumberFault:
    """The fault of a wrong check character. Three final zeros usually come from Excel, which keeps only 15 digits."""
    if number.endswith("000"):
        message = "证件号码末三位为0且校验码不正确，多为Excel按数字保存而丢失，请将该列设为文本格式后按证件重新填写"
        return NumberFault(RowCode.NUMBER_BAD_CHECK_DIGIT, message)
    return NumberFault(RowCode.NUMBER_BAD_CHECK_DIGIT, "证件号码末位校验码不正确，请核对号码是否输错")
