"""The kinds of cells of a sheet: values, unreadable cells, and formulas with an empty result."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class ErrorCell:
    """A formula that failed, or its error text: #N/A, #REF!, …"""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class UncomputedCell:
    """A formula without a stored result, or with the result 0, because programs that compute no formulas store 0."""

    def __str__(self) -> str:
        return "#VALUE!"


@dataclass(frozen=True, slots=True)
class MergedCell:
    """A cell merged with other cells. It is unclear to which person or column its value belongs.

    `shown` is set only in the cell that holds the value.
    """

    shown: str | float | None = None

    def __str__(self) -> str:
        return "#VALUE!"


@dataclass(frozen=True, slots=True)
class LongCell:
    """A text that is longer than any column allows. It is rejected and never normalized, because normalizing it could
    take long.
    """


@dataclass(frozen=True, slots=True)
class BlankFormulaCell:
    """A formula whose result is an empty text, such as IFERROR(…,""). It looks blank, but it is not."""

    def __str__(self) -> str:
        return ""


#: The texts that Excel shows for a failed formula. A cell pasted as a value keeps the text without the formula.
EXCEL_ERRORS = frozenset(
    {
        *("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!"),
        *("#GETTING_DATA", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!", "#EXTERNAL!", "#PYTHON!"),
    }
)


@dataclass(frozen=True, slots=True)
class UnshownCell:
    """A number with a format that adds, hides or replaces digits, so that the shown text is unknown."""

    def __str__(self) -> str:
        return "#VALUE!"


UnreadableCell = ErrorCell | UncomputedCell | MergedCell | LongCell | UnshownCell
Value = int | float | str | bool | date | datetime | time | timedelta
Cell = Value | UnreadableCell | BlankFormulaCell
