"""Checks that a picture decodes to its last byte, in memory that depends on its size only.

If the data of a JPEG end too early or are damaged, libjpeg fills the rest with gray and only warns, and Pillow hides
the warning. So this module checks how much of the data the decoder has read: none may be missing, and none may be left.
"""

import io
from typing import TYPE_CHECKING, Final

from payment_svc.attachments.jpeg_scans import Scans, scans_of
from payment_svc.attachments.unreadable import Fault, Unreadable
from payment_svc.domain.attachment import JPEG, PNG

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

#: In pixels: smaller pictures are not readable for a person.
LEAST_SIDE: Final = 50
#: A JPEG is decoded at an eighth of its size; a PNG is decoded in full, with four bytes per pixel.
MOST_PIXELS: Final = {JPEG: 64_000_000, PNG: 40_000_000}
#: For a progressive JPEG the decoder needs up to six bytes per pixel: a larger one may exceed the memory limit.
SURE_OF_PROGRESSIVE: Final = 24_000_000
#: Pillow's format names. A phone's JPEG with a second picture inside is an MPO.
KINDS: Final = {JPEG: ("JPEG", "MPO"), PNG: ("PNG",)}
#: libjpeg reads this many bytes ahead. Appending more could hide lost data.
LOOKAHEAD: Final = b"\x7f" * 16
#: The maximum number of bytes that may be left after the last block of a picture.
MOST_LEFT: Final = 64
BLOCK: Final = 4096


def read_picture(data: bytes, media_type: str) -> None:
    """Raises Unreadable, or any error of Pillow."""
    if media_type == JPEG:
        _read_jpeg(data)
        return
    # `verify` checks every chunk and its checksum up to the last one; `load` alone accepts a file without its end.
    _begun(io.BytesIO(data), PNG).verify()
    _decode(_begun(io.BytesIO(data), PNG))


def _read_jpeg(data: bytes) -> None:
    scans = scans_of(data)
    if scans.is_one_piece:
        _read_one_piece(data, scans)
        return
    _decode(_begun(io.BytesIO(data), JPEG))
    if not scans.are_whole:
        raise Unreadable(Fault.DAMAGED)


def _read_one_piece(data: bytes, scans: Scans) -> None:
    """Decode the data without the end marker: at an end marker, libjpeg would invent the missing blocks."""
    end = scans.scans[0].end
    source = io.BytesIO(data[:end] + LOOKAHEAD if scans.has_end else data)
    picture = _begun(source, JPEG)
    picture.decodermaxblock = BLOCK
    _decode(picture)
    left = data[source.tell() : end]
    # Zeros before an end marker are padding to a round size. Zeros without an end marker are an incomplete file.
    if len(left) > MOST_LEFT and (not scans.has_end or left.strip(b"\0")):
        raise Unreadable(Fault.DAMAGED)


def _decode(picture: "ImageFile") -> None:
    large = bool(picture.info.get("progressive")) and picture.width * picture.height > SURE_OF_PROGRESSIVE
    # The decoder reads the whole stream of a JPEG, but stores an eighth of each side. A PNG ignores this call.
    picture.draft("L", (1, 1))
    try:
        picture.load()
    except OSError as error:
        # Pillow raises the same error when the decoder runs out of memory and when the data are damaged.
        raise Unreadable(Fault.TOO_MANY_PIXELS if large else Fault.DAMAGED) from error


def _begun(source: io.BytesIO, media_type: str) -> "ImageFile":
    """The picture with only its header decoded. Raises Unreadable if its size is out of bounds."""
    from PIL import Image

    # Pillow's own limit is switched off: the size is checked below.
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
