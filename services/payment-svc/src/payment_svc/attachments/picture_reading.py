"""A picture is decoded to its last byte, in memory that its size bounds.

Where a JPEG's data end too early or make no sense, libjpeg paints gray and warns, and Pillow passes no warning on.
What can be seen from outside is how much of the data it took: none may be missing, and none may be left.
"""

import io
from typing import TYPE_CHECKING, Final

from payment_svc.attachments.jpeg_scans import Scans, scans_of
from payment_svc.attachments.unreadable import Fault, Unreadable
from payment_svc.domain.attachment import JPEG, PNG

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

#: A person must be able to read it.
LEAST_SIDE: Final = 50
#: A JPEG is read at an eighth of its size; a PNG is decoded whole, four bytes a pixel.
MOST_PIXELS: Final = {JPEG: 64_000_000, PNG: 40_000_000}
#: Of a progressive JPEG the decoder keeps up to six bytes a pixel: above this, it may not fit.
SURE_OF_PROGRESSIVE: Final = 24_000_000
#: Pillow's names; a telephone's JPEG with a second picture inside is an MPO.
KINDS: Final = {JPEG: ("JPEG", "MPO"), PNG: ("PNG",)}
#: libjpeg looks so far ahead of what it decodes, and more may not stand in for lost data.
LOOKAHEAD: Final = b"\x7f" * 16
#: What may be left behind the last block of a picture.
MOST_LEFT: Final = 64
BLOCK: Final = 4096


def read_picture(data: bytes, media_type: str) -> None:
    """Raises Unreadable, or whatever Pillow raises."""
    if media_type == JPEG:
        _read_jpeg(data)
        return
    # Every chunk up to the last and its checksum; `load` forgives a lost ending.
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
    """Without its end marker, before which libjpeg would make up what is missing."""
    end = scans.scans[0].end
    source = io.BytesIO(data[:end] + LOOKAHEAD if scans.has_end else data)
    picture = _begun(source, JPEG)
    picture.decodermaxblock = BLOCK
    _decode(picture)
    left = data[source.tell() : end]
    # Zeros before an end marker fill a file up to a round size; zeros without one are a file that was never written.
    if len(left) > MOST_LEFT and (not scans.has_end or left.strip(b"\0")):
        raise Unreadable(Fault.DAMAGED)


def _decode(picture: "ImageFile") -> None:
    large = bool(picture.info.get("progressive")) and picture.width * picture.height > SURE_OF_PROGRESSIVE
    # Reads the whole stream of a JPEG, but keeps an eighth of each side; a PNG is not concerned.
    picture.draft("L", (1, 1))
    try:
        picture.load()
    except OSError as error:
        # A decoder that ran out of memory looks like damage to Pillow.
        raise Unreadable(Fault.TOO_MANY_PIXELS if large else Fault.DAMAGED) from error


def _begun(source: io.BytesIO, media_type: str) -> "ImageFile":
    """The picture with nothing decoded but its heading, which tells a size within bounds."""
    from PIL import Image

    # Sizes are bounded here.
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
