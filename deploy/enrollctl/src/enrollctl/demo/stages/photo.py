"""The photo of a voucher that the demo uploads: a real picture, so that the service can open it."""

import struct
import zlib

WIDTH, HEIGHT = 240, 120


def voucher_photo(mark: str) -> bytes:
    """A PNG of gray stripes. The file contains `mark` as a comment, so that each mark makes a different file."""
    row = b"\0" + bytes(255 if x // 12 % 2 else 160 for x in range(WIDTH))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", header),
            _chunk(b"tEXt", b"Comment\0" + mark.encode("latin-1")),
            _chunk(b"IDAT", zlib.compress(row * HEIGHT)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
