"""Texts of a csv that a spreadsheet opens as they are: nothing becomes a number, a date or a formula (D26)."""

import re

from chassis.normalization import half_width

#: A spreadsheet takes text that begins so for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
#: A code that can stand in a formula of one text.
PLAIN_CODE = re.compile(r"[0-9A-Za-z*._()/-]+")
#: What stands in numbers, dates and times: signs, currencies, words of months and of halves of the day.
MONTHS = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
HALVES = "(?:[ap]m|(?<=[0-9] )[ap])(?![a-z])"
EXPONENT = "(?<=[0-9.])e[+-]?(?=[0-9])"
UNITS = "[年月日时分秒号元]|[上下]午|星期[一二三四五六日]"
LIKE_A_NUMBER = re.compile(
    rf"(?=.*[0-9])(?!\+.* )[+-]?(?:{MONTHS}|{HALVES}|{EXPONENT}|{UNITS}|[0-9.,:/%()$€£¥￥₩~ -])+", re.IGNORECASE
)
#: Excel takes no longer text within a formula.
LONGEST_IN_FORMULA = 255


def csv_cell(shown: str, *, is_code: bool) -> str:
    """="…" around what a spreadsheet would read as something else, an apostrophe before what it would compute."""
    if len(shown) <= LONGEST_IN_FORMULA and (_is_like_a_number(shown) or (is_code and PLAIN_CODE.fullmatch(shown))):
        return f'="{shown}"'
    return f"'{shown}" if shown.startswith(FORMULA_STARTS) else shown


def _is_like_a_number(shown: str) -> bool:
    """Full width counts as half width, which is how a spreadsheet reads it."""
    plain = half_width(shown)
    return '"' not in plain and shown.isprintable() and LIKE_A_NUMBER.fullmatch(plain) is not None
