"""Makes pictures and PDFs that tests upload with a payment.

With some arguments the file will be refused, for example if a password is needed to open a PDF.
"""

import io
from functools import cache
from uuid import uuid4

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject


def picture(kind: str = "JPEG", size: tuple[int, int] = (120, 80), **options: object) -> bytes:
    """A small real picture with a gradient; `options` are those of Pillow's writer."""
    target = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(target, kind, **options)
    return target.getvalue()


@cache
def _photo() -> bytes:
    return picture()


def photo(mark: bytes | None = None) -> bytes:
    """A JPEG that contains the mark as a comment. Without a mark, each call gives a different file."""
    mark = uuid4().bytes if mark is None else mark
    start, rest = _photo()[:2], _photo()[2:]
    return start + b"\xff\xfe" + (len(mark) + 2).to_bytes(2, "big") + mark + rest


def pdf(pages: int = 1, *, user: str | None = None, owner: str | None = None, algorithm: str = "AES-256") -> bytes:
    """Pages with one drawn line each; `user` is the password to open the file, `owner` the password to change it."""
    writer = PdfWriter()
    for _ in range(pages):
        page = writer.add_blank_page(200, 100)
        stream = DecodedStreamObject()
        stream.set_data(b"10 10 m 190 90 l S\n" * 50)
        page[NameObject("/Contents")] = writer._add_object(stream)
    if user is not None or owner is not None:
        writer.encrypt(user or "", owner, algorithm=algorithm)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def scanned_pdf() -> bytes:
    """A PDF as scanners and phones make it: its pages are pictures."""
    target = io.BytesIO()
    first, second = (Image.effect_noise((200, 300), sigma).convert("RGB") for sigma in (20, 60))
    first.save(target, "PDF", save_all=True, append_images=[second])
    return target.getvalue()
