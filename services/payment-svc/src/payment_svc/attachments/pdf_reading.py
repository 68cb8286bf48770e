"""A PDF is opened, its pages are counted, and what each of them draws must be there."""

import io
from typing import TYPE_CHECKING, Final

from payment_svc.attachments.unreadable import Fault, Unreadable
from payment_svc.domain.attachment import pdf_beginning

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MOST_PAGES: Final = 50


def read_pdf(data: bytes) -> None:
    """Raises Unreadable, or whatever pypdf raises."""
    start = pdf_beginning(data)
    try:
        # Whoever puts bytes in front of a PDF seldom moves the places that it names.
        _read_pages(data[start:])
    except Unreadable:
        raise
    except Exception:
        if not start:
            raise
        _read_pages(data)


def _read_pages(data: bytes) -> None:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        _decrypt(reader)
    pages = 0
    for page in reader.pages:
        pages += 1
        if pages > MOST_PAGES:
            raise Unreadable(Fault.TOO_MANY_PAGES)
        _read_page(page)
    if not pages:
        raise Unreadable(Fault.NO_PAGES)


def _decrypt(reader: "PdfReader") -> None:
    """A password that only keeps others from changing the file does not keep them from reading it."""
    from pypdf import PasswordType

    try:
        known = reader.decrypt("")
    except NotImplementedError:
        # Protected by a certificate, or in a way that no reader knows.
        known = PasswordType.NOT_DECRYPTED
    if known is PasswordType.NOT_DECRYPTED:
        raise Unreadable(Fault.LOCKED)


def _read_page(page: "PageObject") -> None:
    from pypdf.generic import IndirectObject, NullObject, StreamObject

    if (contents := page.get("/Contents")) is not None:
        pieces = contents if isinstance(contents, list) else [page.raw_get("/Contents")]
        for piece in pieces:
            stream = piece.get_object() if isinstance(piece, IndirectObject) else piece
            if not isinstance(stream, StreamObject | NullObject):
                raise Unreadable(Fault.DAMAGED)
            if isinstance(stream, StreamObject):
                stream.get_data()
    resources = page.get("/Resources") or {}
    drawn = resources.get("/XObject") or {}
    for name in drawn:
        # A scan is a page with one picture: its bytes must be there. They are not decoded, which could take any memory.
        if not isinstance(drawn[name], StreamObject):
            raise Unreadable(Fault.DAMAGED)
