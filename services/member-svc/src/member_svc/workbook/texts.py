"""Reads the texts of cells. Phonetic runs are left out, escapes are decoded, and lengths are limited."""

import re

from member_svc.domain.roster.refused_files import TextTooLong, TextTooMuch
from member_svc.workbook.archive import Archive
from member_svc.workbook.xml import PLAIN_CHARACTER, local, parse

#: The maximum number of characters that Excel allows in a cell.
MOST_IN_CELL = 32_767
#: The maximum number of characters of all shared strings. The same number limits the texts of a sheet's cells. It is
#: enough for 100,000 rows of 200 characters.
MOST_IN_FILE = 20_000_000
MOST_STRINGS = 1_200_000
#: Longer texts of cells are cut to this many characters. Every column of a roster allows fewer, so a cut text is
#: rejected anyway.
MOST_KEPT = 1000
#: XML does not allow most control characters, so the xlsx standard escapes them in this form.
ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
ESCAPED = "_x"
#: A text without markup and not longer than MOST_KEPT. Nearly all texts are of this kind.
PLAIN_TEXT = f"{PLAIN_CHARACTER}{{0,{MOST_KEPT}}}"
#: A shared string that is one plain text. In rich text, `t` stands within other elements.
PLAIN_STRING = '<si><t(?: xml:space="preserve")?>{text}</t></si>'
PLAIN_STRINGS = re.compile(f"(?:{PLAIN_STRING.format(text=PLAIN_TEXT)})++")
STRING = re.compile(PLAIN_STRING.format(text=f"({PLAIN_TEXT})"))


class TextBudget:
    """Counts how many more characters a file may have."""

    def __init__(self) -> None:
        self._remaining = MOST_IN_FILE

    def has(self, length: int) -> bool:
        """Whether `length` more characters are allowed."""
        return length <= self._remaining

    def spend(self, length: int) -> None:
        """Count `length` characters. Raises TextTooLong or TextTooMuch."""
        if length > MOST_IN_CELL:
            raise TextTooLong
        self.spend_all(length)

    def spend_all(self, length: int) -> None:
        """Count the characters of many texts. Raises TextTooMuch."""
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

    def is_outside(self) -> bool:
        """Whether the next text begins a new string: no tag around it is open, and no text before it is collected."""
        return not self._phonetic and not self._inside and not self._runs

    def pop(self) -> str:
        found = "".join(self._runs)
        self._runs.clear()
        self._length = self._phonetic = 0
        return unescape(found)


def unescape(text: str) -> str:
    """Decode escapes such as `_x000D_`. An escaped half of a surrogate pair stays as it is."""
    if ESCAPED not in text:
        return text
    return ESCAPE.sub(lambda found: found[0] if 0xD800 <= int(found[1], 16) < 0xE000 else chr(int(found[1], 16)), text)


class StringReader:
    """The handlers that expat calls for the tags and texts of the shared strings, and the reader of plain strings."""

    before = re.compile(b"<sst[^>]{0,1000}>|</si>")
    closing = "</si>"

    def __init__(self) -> None:
        self.strings: list[str] = []
        self._budget, self._runs = TextBudget(), TextRuns()
        self._depth = 0

    def start(self, tag: str, _: dict[str, str]) -> None:
        self._depth += 1
        self._runs.start(local(tag))

    def text(self, text: str) -> None:
        self._runs.text(text)

    def end(self, tag: str) -> None:
        self._depth -= 1
        name = local(tag)
        self._runs.end(name)
        if name == "si":
            text = self._runs.pop()
            self._budget.spend(len(text))
            self.strings.append(text)
            if len(self.strings) > MOST_STRINGS:
                raise TextTooMuch

    def is_ready(self) -> bool:
        return self._depth == 1 and self._runs.is_outside()

    def read(self, text: str, start: int) -> int:
        found = PLAIN_STRINGS.match(text, start)
        if found is None:
            return start
        strings = STRING.findall(text, start, found.end())
        if ESCAPED in found[0]:
            strings = [unescape(one) for one in strings]
        self._budget.spend_all(sum(map(len, strings)))
        self.strings += strings
        if len(self.strings) > MOST_STRINGS:
            raise TextTooMuch
        return found.end()


def read_strings(archive: Archive, part: str | None) -> list[str]:
    """The shared strings in the file. The count that the file declares is ignored."""
    if part is None or part not in archive:
        return []
    reader = StringReader()
    parse(archive.pieces(part), reader.start, reader.end, reader.text, reader)
    return reader.strings
