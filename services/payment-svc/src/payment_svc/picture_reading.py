"""A picture is decoded to its last byte, in memory that its size bounds."""

import io
from typing import TYPE_CHECKING, Final

from payment_svc.attachment import JPEG, PNG
from payment_svc.unreadable import Fault, Unreadable

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


def read_picture(data: bytes, media_type: str) -> None:
    """Raises Unreadable, or whatever Pillow raises."""
    if media_type == PNG:
        # Every chunk up to the last and its checksum; `load` forgives a lost ending.
        _begun(data, PNG).verify()
    picture = _begun(data, media_type)
    large = bool(picture.info.get("progressive")) and picture.width * picture.height > SURE_OF_PROGRESSIVE
    # Reads the whole stream of a JPEG, but keeps an eighth of each side; a PNG is not concerned.
    picture.draft("L", (1, 1))
    try:
        picture.load()
    except OSError as error:
        # A decoder that ran out of memory looks like damage to Pillow.
        raise Unreadable(Fault.TOO_MANY_PIXELS if large else Fault.DAMAGED) from error


def _begun(data: bytes, media_type: str) -> "ImageFile":
    """The picture with nothing decoded but its heading, which tells a size within bounds."""
    from PIL import Image

    # Sizes are bounded here.
    Image.MAX_IMAGE_PIXELS = None
    kinds = KINDS[media_type]
    picture = Image.open(io.BytesIO(data), formats=kinds[:1])
    if picture.format not in kinds:
        raise Unreadable(Fault.DAMAGED)
    if picture.width * picture.height > MOST_PIXELS[media_type]:
        raise Unreadable(Fault.TOO_MANY_PIXELS)
    if min(picture.size) < LEAST_SIDE:
        raise Unreadable(Fault.TOO_SMALL)
    return picture
