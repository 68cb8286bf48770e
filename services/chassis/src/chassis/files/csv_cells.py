"""Cells of a csv file that a spreadsheet shows unchanged: no text becomes a number, a date or a formula (D26)."""

import re

from chassis.normalization import half_width

#: A spreadsheet reads a text that begins with one of these as a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
#: A code (such as a document number) that has only these characters can be written as the formula ="…".
PLAIN_CODE = re.compile(r"[0-9A-Za-z*._()/-]+")
#: The parts of numbers, dates and times: signs, currencies, names of months, halves of the day.
MONTHS = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
HALVES = "(?:[ap]m|(?<=[0-9] )[ap])(?![a-z])"
EXPONENT = "(?<=[0-9.])e[+-]?(?=[0-9])"
UNITS = "[年月日时分秒号元]|[上下]午|星期[一二三四五六日]"
LIKE_A_NUMBER = re.compile(
    rf"(?=.*[0-9])(?!\+.* )[+-]?(?:{MONTHS}|{HALVES}|{EXPONENT}|{UNITS}|[0-9.,:/%()$€£¥￥₩~ -])+", re.IGNORECASE
)
#: Excel's limit for the characters of a text within a formula.
LONGEST_IN_FORMULA = 255


def csv_cell(shown: str, *, is_code: bool) -> str:
    """Put ="…" around a code, and around a text that a spreadsheet would read as a number or date. Put an apostrophe
    before any other text that a spreadsheet would read as a formula.
    """
    if len(shown) <= LONGEST_IN_FORMULA and (_is_like_a_number(shown) or (is_code and PLAIN_CODE.fullmatch(shown))):
        return f'="{shown}"'
    return f"'{shown}" if shown.startswith(FORMULA_STARTS) else shown


def _is_like_a_number(shown: str) -> bool:
    """Whether a spreadsheet would read the text as a number or date.

    Full-width digits and signs count, too, because a spreadsheet reads them as numbers.
    """
    plain = half_width(shown)
    return '"' not in plain and shown.isprintable() and LIKE_A_NUMBER.fullmatch(plain) is not None
