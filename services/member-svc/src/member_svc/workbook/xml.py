"""Parses the XML of a workbook part piece by piece. Document types are refused, because their entities could expand."""

from collections.abc import Callable, Iterable
from xml.parsers import expat

from member_svc.domain.roster.refused_files import FileUnreadable

#: The maximum bytes of a tag with its attributes, or of a comment.
LONGEST_TOKEN = 2 * 1024 * 1024

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


def parse(pieces: Iterable[bytes], start: Start, end: End | None = None, text: Text | None = None) -> None:
    """Call `start`, `end` and `text` with the names in the file. Raises FileUnreadable."""
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
            # Expat parses an unfinished token again with each piece: a token of 200 MB would take minutes.
            if fed - parser.CurrentByteIndex > LONGEST_TOKEN:
                raise FileUnreadable
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        # ValueError and LookupError: a callback found a number or reference that is not valid.
        raise FileUnreadable from error


def local(tag: str) -> str:
    """The name without its prefix: the standard has two namespaces, and `x:row` is a row in both."""
    return tag.rpartition(":")[2] if ":" in tag else tag


def is_true(value: str | None) -> bool:
    return value in ("1", "true", "on")


def _refuse(*_: object) -> None:
    raise FileUnreadable
