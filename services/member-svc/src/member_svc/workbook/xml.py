"""Parses the XML of a workbook part piece by piece.

A part with a document type (DOCTYPE) is refused, because it could define entities that expand to gigabytes of text.
"""

from collections.abc import Callable, Iterable
from xml.parsers import expat

from member_svc.domain.roster.refused_files import FileUnreadable

#: The maximum length in bytes of a tag with its attributes, or of a comment.
LONGEST_TOKEN = 2 * 1024 * 1024

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


def parse(pieces: Iterable[bytes], start: Start, end: End | None = None, text: Text | None = None) -> None:
    """Call `start` and `end` with each tag's name and prefix, and `text` with each text. Raises FileUnreadable."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 64 * 1024
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = _refuse
    if end is not None:
        parser.EndElementHandler = end
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        fed = 0
        for piece in pieces:
            parser.Parse(piece, False)
            fed += len(piece)
            # Expat parses an unfinished token again with each piece, so a token of 200 MB would take minutes.
            if fed - parser.CurrentByteIndex > LONGEST_TOKEN:
                raise FileUnreadable
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        # ValueError and LookupError: a callback found an invalid number or index, or an attribute is missing.
        raise FileUnreadable from error


def local(tag: str) -> str:
    """The name without its prefix. A file chooses its prefixes, so `row` and `x:row` are the same element."""
    return tag.rpartition(":")[2] if ":" in tag else tag


def is_true(value: str | None) -> bool:
    return value in ("1", "true", "on")


def _refuse(*_: object) -> None:
    raise FileUnreadable
