"""Reads registry records from a CSV file that arrives in pieces."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from chassis.normalization import text_key
from simulator.registries.check_digits import is_checked
from simulator.registries.csv_lines import SEPARATORS, Lines, blank, cells_of, is_separator_note
from simulator.registries.encodings import Decoding
from simulator.registries.refused_records import RecordsRefused
from simulator.registries.words import CARD_CODES, EMPLOYMENT_CODES, word_of

COLUMNS = ("id_number", "card_status", "employment_status")
#: The manual's words for the columns, and other words that handlers (经办人) use.
_HEADINGS = {
    "id_number": "number document_number 证件号码 证件号 身份证号码 身份证号 身份证 公民身份号码",
    "card_status": "card 社保卡状态 社会保障卡状态 卡状态",
    "employment_status": "employment 就业状态 在职状态",
}


def heading_of(text: str) -> str:
    """The spelling in which headings are compared, without remarks: "ID Number（必填）*" gives "idnumber"."""
    return re.sub(r"\(.*?\)|[*_-]", "", text_key(text))


HEADINGS: Mapping[str, str] = {
    heading_of(word): name for name, words in _HEADINGS.items() for word in (name, *words.split(" "))
}
#: The heading line must be one of the first 10 lines that are not blank. A title and notes can be above it.
HEADING_WITHIN = 10
SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?E\+?[0-9]+", re.IGNORECASE)
#: Excel keeps the first 15 digits of a document number and writes 000 for the rest. The 15 digits include the birth
#: date.
ROUNDED = re.compile(r"[0-9]{6}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]000")
WRITE_HEADINGS = f"write {','.join(COLUMNS)} (or 证件号码,社保卡状态,就业状态) in the first line"


class Record(NamedTuple):
    """`card` and `employment`: the registries' raw codes; None = no record."""

    number: str
    card: str | None
    employment: str | None
    line: int


class Heading(NamedTuple):
    """`places`: for each column of COLUMNS, the index of its cell in a line. `width`: the cells in the heading line.

    `unused`: the headings of columns that are not in COLUMNS.
    """

    separator: str
    places: tuple[int, ...]
    width: int
    unused: tuple[str, ...]


class CsvRecords:
    """Reads UTF-8, UTF-16 and GB18030, with the headings in any order, and with unused columns between them.

    `heading` is known once the first record has been read. `encoding` is certain only after `end`: if the first records
    are ASCII, it is UTF-8 at first and can become GB18030 later. `feed` and `end` raise RecordsRefused. If one record
    is the cause, the refusal names its line.
    """

    def __init__(self) -> None:
        self._decoding = Decoding()
        self._lines = Lines()
        self._lines_before_heading = 0
        self._columns_missing: RecordsRefused | None = None
        self.heading: Heading | None = None

    @property
    def encoding(self) -> str:
        return self._decoding.encoding

    def feed(self, chunk: bytes) -> Iterator[Record]:
        yield from self._records(self._lines.feed(self._decoding.feed(chunk)))

    def end(self) -> Iterator[Record]:
        """Call this after the last chunk."""
        yield from self._records(self._lines.feed(self._decoding.feed(b"", final=True), final=True))
        if self.heading is None:
            raise self._no_heading()

    def _records(self, lines: Iterator[tuple[int, str]]) -> Iterator[Record]:
        for number, record in lines:
            # If two programs have edited the file, it can begin with two byte order marks. The decoder removes only the
            # first.
            line = record.lstrip("\ufeff")
            if not line.strip() or is_separator_note(line):
                continue
            if self.heading is None:
                self.heading = self._find_heading(number, line)
            elif not blank(cells := cells_of(line, self.heading.separator, number)):
                yield _record(cells, number, self.heading)

    def _find_heading(self, number: int, line: str) -> Heading | None:
        self._lines_before_heading += 1
        headings = [
            heading for separator in SEPARATORS if (heading := _heading(cells_of(line, separator, number), separator))
        ]
        best = max(headings, key=lambda heading: len(heading.places), default=None)
        if best is not None and len(best.places) == len(COLUMNS):
            return best
        if best is not None and self._columns_missing is None:
            self._columns_missing = _columns_missing(cells_of(line, best.separator, number), number)
        if self._lines_before_heading == HEADING_WITHIN:
            raise self._no_heading()
        return None

    def _no_heading(self) -> RecordsRefused:
        return self._columns_missing or _no_heading(self._lines_before_heading)


def _heading(cells: Sequence[str], separator: str) -> Heading | None:
    """The heading that these cells name; None if they name none of the columns."""
    names = [HEADINGS.get(heading_of(cell)) for cell in cells]
    twice = [name for name in COLUMNS if names.count(name) > 1]
    # A repeated column is refused only if the line has all columns. Any other line is possibly a note above the heading
    # line, and a note can contain two words for the same column.
    if twice and set(COLUMNS) <= set(names):
        message = f"the heading line names {twice[0]} twice: keep one of the two columns"
        raise RecordsRefused("COLUMN_TWICE", message, columns=twice)
    places = tuple(names.index(name) for name in COLUMNS if name in names)
    unused = tuple(cell for cell, name in zip(cells, names, strict=True) if cell and name is None)
    return Heading(separator, places, len(cells), unused) if places else None


def _record(cells: Sequence[str], line: int, heading: Heading) -> Record:
    if len(cells) <= max(heading.places):
        message = f"line {line} has {len(cells)} cells, the heading line has {heading.width}: complete the line"
        raise RecordsRefused("RECORD_SHORT", message, line=line)
    if not blank(cells[heading.width :]):
        message = (
            f"line {line} has {len(cells)} cells, the heading line has {heading.width}: "
            "put a cell that holds the separator in quotation marks"
        )
        raise RecordsRefused("RECORD_LONG", message, line=line)
    number, card, employment = (cells[place] for place in heading.places)
    card_code = _code(card, line, "card_status", CARD_CODES)
    employment_code = _code(employment, line, "employment_status", EMPLOYMENT_CODES)
    return Record(_number(number, line), card_code, employment_code, line)


def _number(number: str, line: int) -> str:
    if not number:
        message = f"line {line} has no id_number: fill it in, or delete the line"
        raise RecordsRefused("RECORD_NUMBER_MISSING", message, line=line)
    if SCIENTIFIC.fullmatch(number):
        message = f"line {line}: Excel has rounded the id_number; set the column to text and fill it in again"
        raise RecordsRefused("RECORD_NUMBER_ROUNDED", message, line=line)
    if ROUNDED.fullmatch(number) and not is_checked(number):
        message = (
            f"line {line}: the id_number ends in 000 and its check digit is wrong: Excel has kept 15 digits of it; "
            "set the column to text and fill it in again"
        )
        raise RecordsRefused("RECORD_NUMBER_ROUNDED", message, line=line)
    return number


def _code(word: str, line: int, column: str, codes: Mapping[str, str | None]) -> str | None:
    try:
        return codes[word_of(word)]
    except KeyError:
        known = [known for known in codes if known]
        message = f"line {line} has an unknown word in {column}; write one of: {' '.join(known)}"
        raise RecordsRefused("STATUS_WORD_UNKNOWN", message, line=line, column=column, words=known) from None


def _columns_missing(cells: Sequence[str], line: int) -> RecordsRefused:
    names = [HEADINGS.get(heading_of(cell)) for cell in cells]
    missing = [name for name in COLUMNS if name not in names]
    message = f"the heading line (line {line}) lacks {', '.join(missing)}: {WRITE_HEADINGS}"
    return RecordsRefused("COLUMNS_MISSING", message, columns=missing)


def _no_heading(lines: int) -> RecordsRefused:
    if not lines:
        return RecordsRefused("RECORDS_EMPTY", f"the file is empty: {WRITE_HEADINGS}", columns=list(COLUMNS))
    message = f"no heading line was found within the first {lines} lines: {WRITE_HEADINGS}"
    return RecordsRefused("COLUMNS_MISSING", message, columns=list(COLUMNS))
