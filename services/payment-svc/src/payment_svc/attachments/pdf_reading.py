"""Checks that a PDF opens without a password, has 1 to 50 pages, and contains the text and pictures of its pages."""

import io
from typing import TYPE_CHECKING, Final

from payment_svc.attachments.unreadable import Fault, Unreadable
from payment_svc.domain.attachment import pdf_beginning

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MOST_PAGES: Final = 50


def read_pdf(data: bytes) -> None:
    """Raises Unreadable, or any error of pypdf, if a person could not read the PDF."""
    start = pdf_beginning(data)
    try:
        # If other bytes come before `%PDF-`, the offsets in the PDF usually still count from `%PDF-`. In some files
        # they count from the beginning of the file. So if reading from `%PDF-` fails, the whole file is read.
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
    """Raises Unreadable if the PDF cannot be opened without a password.

    A password that only forbids changes is allowed.
    """
    from pypdf import PasswordType

    try:
        password_type = reader.decrypt("")
    except NotImplementedError:
        # The file is encrypted with a certificate, or by a method that pypdf does not know.
        password_type = PasswordType.NOT_DECRYPTED
    if password_type is PasswordType.NOT_DECRYPTED:
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
        # A scanned page is one picture, so the bytes of the picture must exist. The picture is not decoded, because
        # decoding could need any amount of memory.
        if not isinstance(drawn[name], StreamObject):
            raise Unreadable(Fault.DAMAGED)
