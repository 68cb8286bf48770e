"""Detects the encoding of a text file from its bytes while they arrive. Uses only the standard library."""

import codecs
from typing import Any

from simulator.registries.refused_records import RecordsRefused

#: How many bytes decide between UTF-8 and GB18030, counted from the first byte that is not ASCII.
DECIDING_BYTES = 64 * 1024
#: How many bytes are enough to recognize a byte order mark, the signature of a workbook, or the zero bytes of UTF-16.
FIRST_BYTES = 64
_MARKS = ((codecs.BOM_UTF8, "UTF-8"), (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"))
_CODECS = {"UTF-8": "utf-8-sig", "UTF-16": "utf-16", "UTF-16LE": "utf-16-le", "UTF-16BE": "utf-16-be"}
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


class Decoding:
    """Decodes a file chunk by chunk. `encoding` is UTF-8, UTF-16 or GB18030 (which includes GBK and GB2312).

    Excel in China saves a CSV as GBK, so a text that is not UTF-8 is read as GB18030.
    """

    def __init__(self) -> None:
        self.encoding = "UTF-8"
        self._decoder: Any = None
        self._undecided = b""
        self._no_signature = False

    def feed(self, chunk: bytes, *, final: bool = False) -> str:
        """Returns the text that can be decoded so far. Raises RecordsRefused for bytes that are not text."""
        if self._decoder is not None:
            return self._decode(chunk, final=final)
        self._undecided += chunk
        if not self._no_signature and not final and len(self._undecided) < FIRST_BYTES:
            return ""
        if not self._no_signature and (decided := self._by_first_bytes()):
            return self._settle(decided, final=final)
        self._no_signature = True
        ascii_bytes = len(self._undecided) if self._undecided.isascii() else _first_beyond_ascii(self._undecided)
        text, self._undecided = self._undecided[:ascii_bytes].decode("ascii"), self._undecided[ascii_bytes:]
        if len(self._undecided) < DECIDING_BYTES and not final:
            return text
        return text + self._settle(_utf8_or_gb18030(self._undecided), final=final)

    def _by_first_bytes(self) -> str | None:
        if self._undecided.startswith(_WORKBOOKS):
            raise RecordsRefused("RECORDS_UNREADABLE", "this is a workbook, not a CSV: save it in Excel as CSV")
        for mark, encoding in _MARKS:
            if self._undecided.startswith(mark):
                return encoding
        even, odd = self._undecided[:FIRST_BYTES:2].count(0), self._undecided[1:FIRST_BYTES:2].count(0)
        if even or odd:
            return "UTF-16LE" if odd > even else "UTF-16BE"
        return None

    def _settle(self, decided: str, *, final: bool) -> str:
        self.encoding = decided[:6] if decided.startswith("UTF-16") else decided
        self._decoder = codecs.getincrementaldecoder(_CODECS.get(decided, decided))()
        undecided, self._undecided = self._undecided, b""
        return self._decode(undecided, final=final)

    def _decode(self, chunk: bytes, *, final: bool) -> str:
        try:
            text: str = self._decoder.decode(chunk, final)
        except UnicodeError:
            raise _unreadable() from None
        if "\0" in text:
            raise _unreadable()
        return text


def _first_beyond_ascii(data: bytes) -> int:
    return len(data) - len(data.lstrip(bytes(range(128))))


def _utf8_or_gb18030(data: bytes) -> str:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return "GB18030"
    return "UTF-8"


def _unreadable() -> RecordsRefused:
    message = "the file is not text in UTF-8, UTF-16 or GB18030 (GBK): save it in Excel as 'CSV UTF-8'"
    return RecordsRefused("RECORDS_UNREADABLE", message)
