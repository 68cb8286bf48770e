"""Splits a CSV into records and cells. Knows all newlines, quotation marks and separators that Excel writes."""

import csv
import io
import re
from collections.abc import Iterator, Sequence

from chassis.normalization import display_text
from simulator.registries.refused_records import RecordsRefused

#: Each separator is tried on the heading line. The separator that finds the most columns is used; if several find the
#: same number, the first of them is used.
SEPARATORS = (",", "\t", ";", "，", "；", "|")
LONGEST_RECORD = 64 * 1024
#: People write ="0123" so that Excel keeps the zero at the beginning.
FORMULA_TEXT = re.compile(r'="(.*)"', re.DOTALL)


class Lines:
    """Gets text in pieces and yields complete records, each with the number of its first line."""

    def __init__(self) -> None:
        self._newlines = io.IncrementalNewlineDecoder(None, translate=True)
        self._incomplete_line = ""
        self._open_record = ""
        self._line_number = 0
        self._first_line = 0

    def feed(self, text: str, *, final: bool = False) -> Iterator[tuple[int, str]]:
        """Yield the records that are complete now. A line break within quotation marks does not end a record.

        Raises RecordsRefused if a quotation mark is never closed, or if a record is too long.
        """
        *lines, self._incomplete_line = (self._incomplete_line + self._newlines.decode(text, final)).split("\n")
        if final:
            lines.append(self._incomplete_line)
        for line in lines:
            self._line_number += 1
            if not self._open_record:
                self._first_line = self._line_number
            self._open_record += line
            if self._open_record.count('"') % 2 == 0:
                yield self._first_line, self._open_record
                self._open_record = ""
                continue
            self._open_record += "\n"
            if len(self._open_record) > LONGEST_RECORD:
                raise self._unclosed()
        if len(self._incomplete_line) > LONGEST_RECORD or (final and self._open_record):
            raise self._unclosed()

    def _unclosed(self) -> RecordsRefused:
        return _unreadable(self._first_line or 1)


def _unreadable(number: int) -> RecordsRefused:
    message = f"line {number} has a quotation mark that is not closed, or is too long: correct that line"
    return RecordsRefused("RECORD_UNREADABLE", message, line=number)


def cells_of(record: str, separator: str, number: int) -> list[str]:
    """The cells of the record that begins on line `number`, without the characters that Excel and copy-and-paste add.

    A quotation mark within a cell, as in 5"屏, does not begin a quoted cell. But `Lines` counts every quotation mark,
    so it adds the next lines to a record with such a cell. `csv.reader` then finds several rows, and RecordsRefused is
    raised.
    """
    row, *others = list(csv.reader(io.StringIO(record, newline=""), delimiter=separator)) or [[]]
    if others:
        raise _unreadable(number)
    return [plain(cell) for cell in row]


def plain(cell: str) -> str:
    text = display_text(cell)
    if found := FORMULA_TEXT.fullmatch(text):
        text = found[1].strip()
    return text.lstrip("'’‘`").strip()


def is_separator_note(record: str) -> bool:
    """Whether the record is a line such as sep=; which tells Excel the separator."""
    return re.fullmatch(r'"?sep=.?"?', record.strip(), re.IGNORECASE) is not None


def blank(cells: Sequence[str]) -> bool:
    return not any(cells)
