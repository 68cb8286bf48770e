"""Parses number formats such as `[>=1000]#,##0;0.00`. This format has two sections; the first has a condition.

The characters 0, # and ? are digit places. A format is sure only if every version of Excel shows a number with it in
the same way (ECMA-376 part 1, 18.8.31). Any other format is marked as unsure, and its text is not guessed.
"""

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from member_svc.workbook.format_sections import PLACES, Section

LONGEST_CODE = 255
MOST_SECTIONS = 4
#: The alternatives in order: literals, escapes, spaces, fills, brackets, General, exponents, single characters.
TOKEN = re.compile(
    r'"(?P<literal>[^"]*)"|\\(?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General|G/通用格式)|(?P<exponent>E[+-])|(?P<single>.)",
    re.DOTALL | re.IGNORECASE,
)
CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[0-9]+(?:\.[0-9]+)?)")
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
COLOR = re.compile(
    r"Black|Blue|Cyan|Green|Magenta|Red|White|Yellow|Color ?[0-9]+|[黑蓝青绿红白黄]色?|洋红", re.IGNORECASE
)
#: A currency and a language id, such as `$¥-804`. In an id of 8 digits, the first two name the script of the shown
#: digits: 00 and 01 stand for ordinary digits. An id with any other script does not match.
CURRENCY = re.compile(r"\$([^-]*)(?:-(?:(?:0?[01])?[0-9A-F]{1,6}|[A-Z]{1,3}(?:-[A-Z0-9]+)*))?", re.IGNORECASE)
DATE_LETTERS = frozenset("ymdhseg")
#: Characters that are shown without quotation marks. `!` and `/` are left out: `!` is an escape in some languages, and
#: `/` makes a fraction between digit places.
BARE_SIGNS = frozenset("$-+():^&'~{}<>= ")


@dataclass(slots=True)
class _Draft:
    """A section that is still being parsed."""

    section: Section = field(default_factory=Section)
    condition: Callable[[float], bool] | None = None
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class FormatCode:
    """The sections for numbers, each with an optional condition."""

    sections: tuple[tuple[Section, Callable[[float], bool] | None], ...]

    def section_for(self, value: float) -> Section | None:
        """The section that shows the number. None if no section applies, or if different programs would choose
        different sections.
        """
        if len(self.sections) == 1 and self.sections[0][1] is None:
            return self.sections[0][0]
        if len(self.sections) >= MOST_SECTIONS:
            return None
        if any(condition for _, condition in self.sections):
            return self._by_condition(value)
        place = 1 if value < 0 else 2 if value == 0 and len(self.sections) > 2 else 0
        return self.sections[place][0]

    def _by_condition(self, value: float) -> Section | None:
        for place, (section, condition) in enumerate(self.sections, 1):
            if condition is None:
                # Only the last section is allowed to have no condition. It applies to every number for which no
                # condition of an earlier section is true.
                return section if place == len(self.sections) else None
            if condition(value):
                return section
        return None

    def shows_more(self) -> bool:
        """Whether any section shows more than the number itself."""
        return any(section.shows_more for section, _ in self.sections)


@lru_cache(maxsize=1000)
def code_of(code: str) -> FormatCode:
    """The sections for numbers, without the section for text. A code that is longer than Excel allows gets one unsure
    section.
    """
    if len(code) > LONGEST_CODE:
        return FormatCode(((Section(is_unsure=True, whole=((True, "0"), (True, "0"))), None),))
    drafts = list(_drafts(code))
    if len(drafts) == MOST_SECTIONS or (len(drafts) > 1 and drafts[-1].is_text):
        drafts.pop()
    return FormatCode(tuple((draft.section, draft.condition) for draft in drafts))


def _drafts(code: str) -> Iterator[_Draft]:
    draft = _Draft()
    for token in TOKEN.finditer(code):
        if token["single"] == ";":
            yield draft
            draft = _Draft()
        else:
            _add_token(draft, token)
    yield draft


def _add_token(draft: _Draft, token: re.Match[str]) -> None:
    section, kind, text = draft.section, token.lastgroup or "", token[token.lastgroup or 0]
    if kind in ("literal", "escaped"):
        section.write(text)
    elif kind == "bracket":
        _add_bracket(draft, text)
    elif kind == "space":
        section.write(" ", is_sign=False)
    elif kind == "fill":
        section.fill(text)
    elif kind == "general":
        section.is_general = True
        section.write_number()
    elif kind == "exponent":
        section.is_unsure = True
    else:
        _add_character(draft, text)


def _add_character(draft: _Draft, sign: str) -> None:
    section = draft.section
    if sign in PLACES:
        section.place(sign)
    elif sign == ".":
        section.point()
    elif sign == ",":
        section.comma()
    elif sign == "%":
        section.percent()
    elif sign == "@":
        draft.is_text = section.is_unsure = True
    elif sign.lower() in DATE_LETTERS:
        section.is_date = True
    elif sign in BARE_SIGNS or not sign.isascii():
        section.write(sign)
    else:
        section.is_unsure = True


def _add_bracket(draft: _Draft, text: str) -> None:
    if found := CONDITION.fullmatch(text.strip()):
        compare, limit = COMPARISONS[found[1]], float(found[2])
        draft.condition = lambda value: compare(value, limit)
    elif ELAPSED.fullmatch(text):
        draft.section.is_date = True
    elif found := CURRENCY.fullmatch(text):
        draft.section.is_marked = True
        draft.section.write(found[1])
    elif COLOR.fullmatch(text):
        draft.section.is_marked = True
    else:
        # Any other bracket can change the digits. For example, `[DBNum1]0` shows 123 as 一二三.
        draft.section.is_unsure = draft.section.has_other_digits = True
