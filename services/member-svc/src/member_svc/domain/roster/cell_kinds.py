"""What stands in a cell: a value, or something that is neither a value nor blank."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class ErrorCell:
    """A formula that failed: #N/A, #REF!, …"""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class UncomputedCell:
    """A formula whose result was never stored, or 0 in place of one."""

    def __str__(self) -> str:
        return "#VALUE!"


@dataclass(frozen=True, slots=True)
class MergedCell:
    """A cell that shares its value with others, so that it does not tell whose it is. `shown` is for the one that holds
    the value."""

    shown: str | float | None = None

    def __str__(self) -> str:
        return "#VALUE!"


@dataclass(frozen=True, slots=True)
class LongCell:
    """A text that is longer than anything a roster holds; it is not normalized, which could take long."""


@dataclass(frozen=True, slots=True)
class BlankFormulaCell:
    """A formula whose result is an empty text, as IFERROR(…,"") gives: blank, but nobody left it blank."""

    def __str__(self) -> str:
        return ""


#: What Excel shows for a formula that failed; pasted as values, it is a text.
EXCEL_ERRORS = frozenset(
    {
        *("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!"),
        *("#GETTING_DATA", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!", "#EXTERNAL!", "#PYTHON!"),
    }
)


@dataclass(frozen=True, slots=True)
class UnshownCell:
    """A number whose format adds, hides or replaces digits in a way that cannot be told."""

    def __str__(self) -> str:
        return "#VALUE!"


UnreadableCell = ErrorCell | UncomputedCell | MergedCell | LongCell | UnshownCell
Value = int | float | str | bool | date | datetime | time | timedelta
Cell = Value | UnreadableCell | BlankFormulaCell
