"""Reads the zip archive of a workbook. Refuses a file that is no xlsx, is too large inside, or is damaged (F077)."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from member_svc.domain.roster.refused_files import FileEncrypted, FileNotXlsx, FileTooLargeInside, FileUnreadable

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC = b"PK\x03\x04"
ENTRY_MAGIC = b"PK\x01\x02"
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")

MOST_FILE_BYTES = 20 * 1024 * 1024
MOST_INFLATED_BYTES = 200 * 1024 * 1024
MOST_ENTRIES = 1000
SLICE_BYTES = 64 * 1024
PIECE_BYTES = 256 * 1024
#: An archive with one of these parts is a binary workbook (xlsb) or an OpenDocument file.
OTHER_WORKBOOKS = {"xl/workbook.bin", "content.xml"}
RELATIONS = "_rels/.rels"
LOCAL_HEADER = struct.Struct("<4s22xHH")


def inflated_size(data: bytes) -> int:
    """The inflated size that the archive declares. Raises FileNotXlsx, FileEncrypted or FileTooLargeInside."""
    entries = entries_of(data)
    names = {entry.filename for entry in entries}
    if ("xl/workbook.xml" not in names and RELATIONS not in names) or names & OTHER_WORKBOOKS:
        raise FileNotXlsx
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileEncrypted
    declared = sum(entry.file_size for entry in entries)
    if declared > MOST_INFLATED_BYTES or len(entries) > MOST_ENTRIES:
        raise FileTooLargeInside
    return declared


def entries_of(data: bytes) -> list[zipfile.ZipInfo]:
    """The entries of the archive. Raises FileEncrypted, FileNotXlsx or FileTooLargeInside."""
    if data.startswith(OLE_MAGIC):
        raise FileEncrypted if ENCRYPTED_STREAM in data else FileNotXlsx
    if not data.startswith(ZIP_MAGIC):
        raise FileNotXlsx
    # Count the entries before ZipFile parses them, because a file of 20 MB can have hundreds of thousands of entries.
    # The count that the archive declares is possibly false.
    if data.count(ENTRY_MAGIC) > MOST_ENTRIES:
        raise FileTooLargeInside
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.infolist()
    except Exception as error:
        # For a damaged directory, zipfile raises struct.error, ValueError, OverflowError and others.
        raise FileNotXlsx from error


class Archive:
    """Finds the parts of a workbook (the files in its archive) by name. As in Excel, upper and lower case are the same.

    One limit applies to the inflated bytes of all parts together.
    """

    def __init__(self, data: bytes) -> None:
        inflated_size(data)
        self._data = data
        self._entries = {_key(entry.filename): entry for entry in entries_of(data)}
        self._remaining = MOST_INFLATED_BYTES

    def __contains__(self, name: str) -> bool:
        return _key(name) in self._entries

    def pieces(self, name: str) -> Iterator[bytes]:
        """A part in pieces. Raises FileUnreadable if the part is missing or damaged.

        Raises FileTooLargeInside if this part and the parts read before have more inflated bytes than allowed.
        """
        entry = self._entries.get(_key(name))
        if entry is None:
            raise FileUnreadable
        crc = 0
        try:
            for piece in _pieces(self._data, entry):
                self._remaining -= len(piece)
                if self._remaining < 0:
                    raise FileTooLargeInside
                crc = zlib.crc32(piece, crc)
                yield piece
        except (zlib.error, struct.error, ValueError, OverflowError) as error:
            raise FileUnreadable from error
        if crc != entry.CRC:
            raise FileUnreadable


def _key(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _pieces(data: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    magic, name_length, extra_length = LOCAL_HEADER.unpack_from(data, entry.header_offset)
    if magic != ZIP_MAGIC or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FileUnreadable
    start = entry.header_offset + LOCAL_HEADER.size + name_length + extra_length
    end = min(start + entry.compress_size, len(data))
    slices = (data[i : min(i + SLICE_BYTES, end)] for i in range(start, end, SLICE_BYTES))
    return slices if entry.compress_type == zipfile.ZIP_STORED else _inflated(slices)


def _inflated(slices: Iterator[bytes]) -> Iterator[bytes]:
    """Inflated pieces of at most `PIECE_BYTES`, however high the compression ratio is."""
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    for feed in slices:
        while feed and not inflate.eof:
            if piece := inflate.decompress(feed, PIECE_BYTES):
                yield piece
            feed = inflate.unconsumed_tail
    if tail := inflate.flush():
        yield tail
    if not inflate.eof:
        raise FileUnreadable
