"""What is let near the xlsx reader: a real workbook that opens to a bounded size (F077).

The reader lays a sheet out as a full rectangle, so that one cell in the far corner of a file of 5 KB would cost
gigabytes; and it believes no size that the archive declares, nor should we.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.parsers import expat

from member_svc.refused_files import (
    FileEncrypted,
    FileNotXlsx,
    FileTooLargeInside,
    FileUnreadable,
    SheetTooLarge,
    TooManyRows,
)

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC = b"PK\x03\x04"
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")

MOST_FILE_BYTES = 20 * 1024 * 1024
MOST_INFLATED_BYTES = 200 * 1024 * 1024
MOST_ENTRIES = 1000
MOST_ROWS = 100_000
#: 100,000 rows of 12 columns; the reader takes about 100 bytes a cell, and a service has 250 MiB.
MOST_CELLS = 1_200_000
SLICE_BYTES = 64 * 1024
PIECE_BYTES = 256 * 1024
#: Binary workbooks and OpenDocument, which the reader would take too.
OTHER_WORKBOOKS = {"xl/workbook.bin", "content.xml"}
SHEET_TAG = b"sheetData"
LOCAL_HEADER = struct.Struct("<4s22xHH")


def inflated_size(data: bytes) -> int:
    """The size that the archive declares. Raises a refusal for what is no xlsx, encrypted or too large (on upload)."""
    with _archive(data) as archive:
        entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if "xl/workbook.xml" not in names or names & OTHER_WORKBOOKS:
        raise FileNotXlsx
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileEncrypted
    declared = sum(entry.file_size for entry in entries)
    if declared > MOST_INFLATED_BYTES or len(entries) > MOST_ENTRIES:
        raise FileTooLargeInside
    return declared


def check_inside(data: bytes) -> None:
    """Inflate every entry once, in small pieces, and bound what the reader will lay out (before reading)."""
    left = MOST_INFLATED_BYTES
    with _archive(data) as archive:
        entries = archive.infolist()
    for entry in entries:
        extent = _Extent()
        left -= _inflate(data, entry, left, extent)
        extent.check()


@dataclass(slots=True)
class _Extent:
    """How far the cells with a value reach; rows and columns count from 1."""

    row: int = 0
    column: int = 0
    in_cell: bool = False
    last_row: int = 0
    last_column: int = 0
    rows_with_values: int = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            self.row = int(attributes["r"]) if "r" in attributes else self.row + 1
            self.column = 0
        elif name == "c":
            self._place(attributes.get("r"))
            self.in_cell = True
        elif self.in_cell and name in ("v", "is"):
            self._has_value()

    def _place(self, reference: str | None) -> None:
        if reference is None:
            self.column += 1
            return
        letters = reference.rstrip("0123456789")
        self.row = int(reference[len(letters) :])
        self.column = 0
        for letter in letters.upper():
            self.column = self.column * 26 + ord(letter) - 64

    def _has_value(self) -> None:
        self.in_cell = False
        self.rows_with_values += self.row != self.last_row
        self.last_row = max(self.last_row, self.row)
        self.last_column = max(self.last_column, self.column)

    def check(self) -> None:
        """Raises TooManyRows or SheetTooLarge."""
        if self.last_row * self.last_column <= MOST_CELLS:
            return
        if self.rows_with_values > MOST_ROWS + 1:
            raise TooManyRows
        raise SheetTooLarge(rows=self.last_row, columns=self.last_column)


def _archive(data: bytes) -> zipfile.ZipFile:
    if data.startswith(OLE_MAGIC):
        raise FileEncrypted if ENCRYPTED_STREAM in data else FileNotXlsx
    if not data.startswith(ZIP_MAGIC):
        raise FileNotXlsx
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise FileNotXlsx from error


def _inflate(data: bytes, entry: zipfile.ZipInfo, left: int, extent: _Extent) -> int:
    """The real size of an entry. Raises FileTooLargeInside before it passes `left`."""
    size = 0
    read = _measure(extent) if entry.filename.endswith(".xml") else _refuse_sheets()
    try:
        for piece in _pieces(data, entry):
            size += len(piece)
            if size > left:
                raise FileTooLargeInside
            read(piece)
        read(b"")
    except (zlib.error, struct.error, expat.ExpatError, ValueError, IndexError) as error:
        raise FileUnreadable from error
    return size


def _measure(extent: _Extent) -> Callable[[bytes], object]:
    parser = expat.ParserCreate()
    parser.StartElementHandler = extent.start
    return lambda piece: parser.Parse(piece, not piece)


def _refuse_sheets() -> Callable[[bytes], object]:
    """A sheet under another name than .xml would be read without having been measured."""
    tail = b""

    def read(piece: bytes) -> None:
        nonlocal tail
        if SHEET_TAG in tail + piece:
            raise FileUnreadable
        tail = piece[-len(SHEET_TAG) :]

    return read


def _pieces(data: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    magic, name_length, extra_length = LOCAL_HEADER.unpack_from(data, entry.header_offset)
    if magic != ZIP_MAGIC or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FileUnreadable
    start = entry.header_offset + LOCAL_HEADER.size + name_length + extra_length
    raw = data[start : start + entry.compress_size]
    slices = (raw[i : i + SLICE_BYTES] for i in range(0, len(raw), SLICE_BYTES))
    return slices if entry.compress_type == zipfile.ZIP_STORED else _inflated(slices)


def _inflated(slices: Iterator[bytes]) -> Iterator[bytes]:
    """Never more than `PIECE_BYTES` of output at a time, however well it was packed."""
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    for feed in slices:
        while feed and not inflate.eof:
            if piece := inflate.decompress(feed, PIECE_BYTES):
                yield piece
            feed = inflate.unconsumed_tail
    if rest := inflate.flush():
        yield rest
    if not inflate.eof:
        raise FileUnreadable
