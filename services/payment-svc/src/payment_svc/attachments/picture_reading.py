"""Checks that a picture is complete and undamaged, with limited memory.

If the data of a JPEG end too early or are damaged, libjpeg makes the missing part gray and only warns, and Pillow hides
the warning. So this module adds a check. A scan is one pass over the picture. In a JPEG with one scan, the decoder must
have read all data, because it leaves data unread after a damaged place. In a JPEG with several scans, the file must
contain all scans.
"""

import io
from typing import TYPE_CHECKING, Final

from payment_svc.attachments.jpeg_scans import Scans, scans_of
from payment_svc.attachments.unreadable import Fault, Unreadable
from payment_svc.domain.attachment import JPEG, PNG

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

#: The least width and height in pixels. A person cannot read a smaller picture.
LEAST_SIDE: Final = 50
#: Larger pictures could exceed the memory limit. The limit of a JPEG is higher than that of a PNG, because a JPEG is
#: decoded at an eighth of its width and height. A PNG is decoded in full, with four bytes per pixel.
MOST_PIXELS: Final = {JPEG: 64_000_000, PNG: 40_000_000}
#: A progressive JPEG needs up to six bytes per pixel. If it has more pixels than this, it can exceed the memory limit.
#: So if a progressive JPEG of this size cannot be decoded, it is reported as too large, not as damaged.
MOST_PROGRESSIVE_PIXELS: Final = 24_000_000
#: Pillow's format names. MPO is a JPEG that contains a second picture. Phones make such files.
KINDS: Final = {JPEG: ("JPEG", "MPO"), PNG: ("PNG",)}
#: These bytes are appended to the data of a scan, because libjpeg reads up to 16 bytes beyond the data that it decodes.
#: If more than 16 bytes were appended, libjpeg would decode them in place of missing picture data and would not report
#: an error.
LOOKAHEAD: Final = b"\x7f" * 16
#: A picture counts as damaged if the decoder leaves more than this many bytes unread.
MOST_UNREAD: Final = 64
BLOCK: Final = 4096


def read_picture(data: bytes, media_type: str) -> None:
    """Raises Unreadable, or any error of Pillow, if the picture is not complete."""
    if media_type == JPEG:
        _read_jpeg(data)
        return
    # `verify` checks every chunk and its checksum, up to the last chunk. `load` alone accepts a file without its end.
    _open(io.BytesIO(data), PNG).verify()
    _decode(_open(io.BytesIO(data), PNG))


def _read_jpeg(data: bytes) -> None:
    scans = scans_of(data)
    if scans.has_one_scan:
        _read_one_scan(data, scans)
        return
    _decode(_open(io.BytesIO(data), JPEG))
    if not scans.are_complete:
        raise Unreadable(Fault.DAMAGED)


def _read_one_scan(data: bytes, scans: Scans) -> None:
    """Decode a JPEG with one scan. If the file has an end marker, the marker is cut off first.

    If data are missing but the file has the end marker, libjpeg makes the missing part gray. Without the marker, Pillow
    raises an error.
    """
    end = scans.scans[0].end
    source = io.BytesIO(data[:end] + LOOKAHEAD if scans.has_end else data)
    picture = _open(source, JPEG)
    picture.decodermaxblock = BLOCK
    _decode(picture)
    unread = data[source.tell() : end]
    # Unread zeros before an end marker only fill the file up to a round size. But if a file ends with zeros and has no
    # end marker, the file was not written completely.
    if len(unread) > MOST_UNREAD and (not scans.has_end or unread.strip(b"\0")):
        raise Unreadable(Fault.DAMAGED)


def _decode(picture: "ImageFile") -> None:
    large = bool(picture.info.get("progressive")) and picture.width * picture.height > MOST_PROGRESSIVE_PIXELS
    # After this call, the decoder still reads all data of a JPEG, but makes a picture of an eighth of its width and
    # height. For a PNG the call does nothing.
    picture.draft("L", (1, 1))
    try:
        picture.load()
    except OSError as error:
        # Pillow raises the same error when the decoder runs out of memory and when the data are damaged.
        raise Unreadable(Fault.TOO_MANY_PIXELS if large else Fault.DAMAGED) from error


def _open(source: io.BytesIO, media_type: str) -> "ImageFile":
    """The picture with only its header decoded.

    Raises Unreadable if the picture has another type, or is too small or too large.
    """
    from PIL import Image

    # Pillow's own limit is switched off, because the size is checked below.
    Image.MAX_IMAGE_PIXELS = None
    kinds = KINDS[media_type]
    picture = Image.open(source, formats=kinds[:1])
    if picture.format not in kinds:
        raise Unreadable(Fault.DAMAGED)
    if picture.width * picture.height > MOST_PIXELS[media_type]:
        raise Unreadable(Fault.TOO_MANY_PIXELS)
    if min(picture.size) < LEAST_SIDE:
        raise Unreadable(Fault.TOO_SMALL)
    return picture
