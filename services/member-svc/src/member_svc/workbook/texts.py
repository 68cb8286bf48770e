"""Texts of cells: rich text without phonetic runs, with escapes decoded and lengths limited."""

import re

from member_svc.domain.roster.refused_files import TextTooLong, TextTooMuch
from member_svc.workbook.archive import Archive
from member_svc.workbook.xml import local, parse

#: The maximum number of characters that Excel allows in a cell.
MOST_IN_CELL = 32_767
#: The maximum number of characters of all shared strings. The same number limits the texts of a sheet's cells. It is
#: enough for 100,000 rows of 200 characters.
MOST_IN_FILE = 20_000_000
MOST_STRINGS = 1_200_000
#: XML does not allow most control characters, so the xlsx standard escapes them in this form.
ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


class TextBudget:
    """Counts how many more characters a file may have."""

    def __init__(self) -> None:
        self._remaining = MOST_IN_FILE

    def spend(self, length: int) -> None:
        """Count `length` characters. Raises TextTooLong or TextTooMuch."""
        if length > MOST_IN_CELL:
            raise TextTooLong
        self._remaining -= length
        if self._remaining < 0:
            raise TextTooMuch


class TextRuns:
    """Collects the text of `t` elements, except those in phonetic runs (`rPh`)."""

    def __init__(self) -> None:
        self._runs: list[str] = []
        self._length = 0
        self._phonetic = 0
        self._inside = False

    def start(self, name: str) -> None:
        if name == "rPh":
            self._phonetic += 1
        elif name == "t":
            self._inside = not self._phonetic

    def text(self, text: str) -> None:
        if self._inside:
            self._length += len(text)
            if self._length > MOST_IN_CELL:
                raise TextTooLong
            self._runs.append(text)

    def end(self, name: str) -> None:
        if name == "rPh":
            self._phonetic -= 1
        elif name == "t":
            self._inside = False

    def pop(self) -> str:
        found = "".join(self._runs)
        self._runs.clear()
        self._length = self._phonetic = 0
        return unescape(found)


def unescape(text: str) -> str:
    """Decode escapes such as `_x000D_`. An escaped half of a surrogate pair stays as it is."""
    if "_x" not in text:
        return text
    return ESCAPE.sub(lambda found: found[0] if 0xD800 <= int(found[1], 16) < 0xE000 else chr(int(found[1], 16)), text)


def read_strings(archive: Archive, part: str | None) -> list[str]:
    """The shared strings in the file. The count that the file declares is ignored."""
    if part is None or part not in archive:
        return []
    found: list[str] = []
    budget, runs = TextBudget(), TextRuns()

    def start(tag: str, _: dict[str, str]) -> None:
        runs.start(local(tag))

    def end(tag: str) -> None:
        name = local(tag)
        runs.end(name)
        if name == "si":
            text = runs.pop()
            budget.spend(len(text))
            found.append(text)
            if len(found) > MOST_STRINGS:
                raise TextTooMuch

    parse(archive.pieces(part), start, end, runs.text)
    return found
