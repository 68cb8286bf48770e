"""Parses the XML of a workbook part piece by piece.

A part with a document type (DOCTYPE) is refused, because it could define entities that expand to gigabytes of text.

Nearly all bytes of a roster are elements of one shape, for example rows of texts. A `PlainReader` reads these by a
regular expression, because the parser calls several Python functions for each cell. All other bytes go to the parser.
A plain element is well-formed and closed. So if the parser does not see it, this does not change whether the parser
accepts or refuses the rest of the part.
"""

import re
from collections.abc import Callable, Iterable
from typing import Protocol
from xml.parsers import expat

from member_svc.domain.roster.refused_files import FileUnreadable

#: The maximum length in bytes of a tag with its attributes, or of a comment.
LONGEST_TOKEN = 2 * 1024 * 1024

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


#: The beginning of a part in UTF-8. Plain elements are read only from a part that begins like this.
UTF8 = re.compile(
    rb"""(?:\xef\xbb\xbf)?(?:<\?xml[ ]version=["']1\.0["'](?:[ ]encoding=["'](?i:utf-8)["'])?
    (?:[ ]standalone=["'](?:yes|no)["'])?[ ]?\?>\s*)?<[A-Za-z]""",
    re.VERBOSE,
)
#: A character of a plain text: no markup, no reference, and no character that XML forbids or changes.
PLAIN_CHARACTER = r"[^<&\]\x00-\x1f\x7f\ufffe\uffff]"


class PlainReader(Protocol):
    """Reads plain elements that follow one another. An example of a plain element is `<si><t>…</t></si>`."""

    #: Matches the tags after which a plain element can begin: the start tag of the element around the plain elements,
    #: and the end tag of a plain element.
    before: "re.Pattern[bytes]"
    #: The end tag of a plain element.
    closing: str

    def is_ready(self) -> bool:
        """Whether a plain element can begin here: the element around the plain elements has no open child element."""

    def read(self, text: str, start: int) -> int:
        """Read the plain elements from `start` on. Returns the index of the first element that is not plain.

        An element that would be refused is not plain, so that the callbacks of the parser refuse it.
        """


def parse(
    pieces: Iterable[bytes],
    start: Start,
    end: End | None = None,
    text: Text | None = None,
    plain: PlainReader | None = None,
) -> None:
    """Call `start` and `end` with each tag's name and prefix, and `text` with each text. Raises FileUnreadable.

    These functions are not called for the elements that `plain` reads.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 64 * 1024
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = _refuse
    if end is not None:
        parser.EndElementHandler = end
    if text is not None:
        parser.CharacterDataHandler = text
    part = _Part(parser, plain)
    try:
        for piece in pieces:
            part.feed(piece)
            # Expat parses an unfinished token again with each piece, so a token of 200 MB would take minutes.
            if part.unfinished() > LONGEST_TOKEN:
                raise FileUnreadable
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        # ValueError and LookupError: a callback found an invalid number or index, or an attribute is missing.
        raise FileUnreadable from error


class _Part:
    """Feeds the pieces of a part to the parser, except the plain elements."""

    def __init__(self, parser: expat.XMLParserType, plain: PlainReader | None) -> None:
        self._parser = parser
        self._plain = plain
        self._fed = 0
        if plain is not None:
            parser.StartCdataSectionHandler = self._stop_plain

    def feed(self, piece: bytes) -> None:
        if self._fed == 0 and not UTF8.match(piece):
            self._stop_plain()
        if self._plain is None:
            self._parse(piece)
        else:
            self._feed_around_plain(piece, self._plain)

    def unfinished(self) -> int:
        """The bytes of the token that the parser has not read to its end."""
        return self._fed - self._parser.CurrentByteIndex

    def _feed_around_plain(self, piece: bytes, plain: PlainReader) -> None:
        """Feed the parser with all elements that are not plain, and with both ends of the piece, where an element can
        be cut off.

        After an element that is not plain, the parser is possibly inside a comment or a cell. Then the parser gets the
        rest of the piece.
        """
        start = 0 if self._may_be_plain(plain) else _end_of(plain.before.search(piece), len(piece))
        closing = plain.closing.encode()
        end = piece.rfind(closing, start) + len(closing) if closing in piece[start:] else start
        text = _decoded(piece[start:end])
        if text is None:
            self._parse(piece)
            return
        self._parse(piece[:start])
        place = 0
        while place < len(text) and self._may_be_plain(plain):
            place = plain.read(text, place)
            closed = text.find(plain.closing, place) + len(plain.closing)
            if place < len(text):
                self._parse(text[place:closed].encode())
                place = closed
        self._parse(text[place:].encode() + piece[end:])

    def _may_be_plain(self, plain: PlainReader) -> bool:
        return self._plain is not None and self.unfinished() == 0 and plain.is_ready()

    def _parse(self, data: bytes) -> None:
        if data:
            self._parser.Parse(data, False)
            self._fed += len(data)

    def _stop_plain(self) -> None:
        """Give the rest of the part to the parser. One reason is a CDATA section, in which `<row>` is no element."""
        self._plain = None


def _decoded(data: bytes) -> str | None:
    """The text. None if the bytes are no UTF-8. The caller then gives them to the parser, which refuses them at the
    right place.
    """
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _end_of(found: "re.Match[bytes] | None", otherwise: int) -> int:
    return found.end() if found else otherwise


def local(tag: str) -> str:
    """The name without its prefix. A file chooses its prefixes, so `row` and `x:row` are the same element."""
    return tag.rpartition(":")[2] if ":" in tag else tag


def is_true(value: str | None) -> bool:
    return value in ("1", "true", "on")


def _refuse(*_: object) -> None:
    raise FileUnreadable
