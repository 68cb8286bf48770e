"""The reader of attachments refuses files that a person could not open later. So it decodes pictures and opens PDFs."""

import io
import struct
import zlib
from dataclasses import replace
from functools import cache

import pytest
from PIL import Image
from pypdf import PdfWriter

from chassis.files import MIB
from payment_svc.attachments.opening import (
    LIMITS,
    FileNotOpenedSafely,
    FileUnreadable,
    PictureTooLarge,
    require_readable,
)
from payment_svc.attachments.pdf_reading import MOST_PAGES
from payment_svc.attachments.reader import opened
from payment_svc.attachments.unreadable import Fault
from payment_svc.domain.attachment import FileTypeNotAllowed, attachment_of, sniff
from support.voucher_files import pdf, photo, picture, scanned_pdf


def fault_of(content: bytes) -> str | None:
    media_type, _ = sniff(content)
    [record] = opened(content, media_type)
    return record["fault"]  # type: ignore[no-any-return]


def two_in_one() -> bytes:
    """A phone's JPEG that contains a second picture."""
    target = io.BytesIO()
    first, second = (Image.new("RGB", (100, 100), color) for color in ("red", "blue"))
    first.save(target, "MPO", save_all=True, append_images=[second])
    return target.getvalue()


def cmyk() -> bytes:
    target = io.BytesIO()
    Image.new("CMYK", (100, 100)).save(target, "JPEG")
    return target.getvalue()


def huge_png(side: int) -> bytes:
    """A few bytes that declare a picture of side × side pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    pixels = zlib.compress(bytes(1024 * 1024), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def without_pages() -> bytes:
    target = io.BytesIO()
    PdfWriter().write(target)
    return target.getvalue()


def shifted(content: bytes, lead: bytes) -> bytes:
    """The PDF with the bytes `lead` in front. The offsets in its table are increased by the length of `lead`."""
    start = int(content.rsplit(b"startxref", 1)[1].split()[0])
    head, table = content[:start], content[start:]
    lines = table.split(b"\n")
    moved = [
        b"%010d" % (int(line[:10]) + len(lead)) + line[10:] if line.rstrip().endswith(b" n") else line for line in lines
    ]
    moved[moved.index(b"startxref") + 1] = str(start + len(lead)).encode()
    return lead + head + b"\n".join(moved)


@pytest.mark.row("F274")
@pytest.mark.parametrize(
    "content",
    [
        pytest.param(photo(), id="photo"),
        pytest.param(picture(progressive=True), id="progressive"),
        pytest.param(cmyk(), id="cmyk"),
        pytest.param(two_in_one(), id="two pictures"),
        pytest.param(photo() + b"tail", id="photo with a tail"),
        pytest.param(photo()[:-2] + b"\xff" * 3 + b"\xff\xd9", id="photo with fill bytes"),
        pytest.param(photo()[:-2] + bytes(3000) + b"\xff\xd9", id="photo filled up with zeros"),
        pytest.param(picture(size=(399, 301), restart_marker_blocks=3), id="photo with restarts"),
        pytest.param(picture("PNG"), id="png"),
        pytest.param(pdf(), id="pdf"),
        pytest.param(scanned_pdf(), id="scan"),
        pytest.param(pdf(MOST_PAGES), id="as many pages as may be"),
        pytest.param(b"\xef\xbb\xbf" + pdf(), id="byte order mark"),
        pytest.param(b"\r\n" + pdf(), id="line break"),
        pytest.param(b" " * 1023 + pdf(), id="1,023 bytes before"),
        pytest.param(shifted(pdf(), b"junk\n"), id="junk that the places count"),
        pytest.param(pdf(owner="secret"), id="changes need a password"),
        pytest.param(pdf(owner="secret", algorithm="RC4-128"), id="changes need a password, old"),
    ],
)
def test_readable_files_pass(content: bytes) -> None:
    assert fault_of(content) is None


@pytest.mark.row("F274")
@pytest.mark.parametrize(
    ("content", "fault"),
    [
        pytest.param(b"\xff\xd8\xff", Fault.DAMAGED, id="three bytes"),
        pytest.param(b"\xff\xd8\xff\xe0" + b"MZ" * 500, Fault.DAMAGED, id="program behind a signature"),
        pytest.param(b"\xff\xd8\xff" + pdf(), Fault.DAMAGED, id="pdf behind a signature"),
        pytest.param(b"\x89PNG\r\n\x1a\n", Fault.DAMAGED, id="png signature"),
        pytest.param(picture("PNG").replace(b"IDAT", b"IDAX"), Fault.DAMAGED, id="png without pixels"),
        pytest.param(picture(size=(1, 1)), Fault.TOO_SMALL, id="one pixel"),
        pytest.param(picture("PNG", size=(49, 200)), Fault.TOO_SMALL, id="narrow"),
        pytest.param(huge_png(60_000), Fault.TOO_MANY_PIXELS, id="bomb"),
        pytest.param(huge_png(6_000), Fault.DAMAGED, id="fewer pixels than declared"),
        pytest.param(pdf(user="secret"), Fault.LOCKED, id="password"),
        pytest.param(pdf(user="secret", algorithm="RC4-40"), Fault.LOCKED, id="password, old"),
        pytest.param(without_pages(), Fault.NO_PAGES, id="no pages"),
        pytest.param(pdf(MOST_PAGES + 1), Fault.TOO_MANY_PAGES, id="a book"),
        pytest.param(b"%PDF-1.7 <html>", Fault.DAMAGED, id="heading only"),
    ],
)
def test_each_kind_of_unreadable_file_has_its_fault(content: bytes, fault: Fault) -> None:
    assert fault_of(content) == fault


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "PDF", "progressive"])
@pytest.mark.parametrize("kept", [0.05, 0.2, 0.5, 0.8, 0.95, -30, -8])
def test_file_that_was_cut_is_damaged(kind: str, kept: float) -> None:
    size = (400, 300)
    whole = {
        "PDF": scanned_pdf(),
        "PNG": picture("PNG", size),
        "JPEG": picture(size=size),
        "progressive": picture(size=size, progressive=True),
    }[kind]
    cut = whole[: int(len(whole) * kept)] if kept > 0 else whole[: int(kept)]
    assert fault_of(cut) in {Fault.DAMAGED, Fault.NO_PAGES}


def spoiled(kind: str, **options: object) -> bytes:
    """A photo that has lost a part, in a file that looks complete."""
    whole = noise(**options)
    half = len(whole) // 2
    return {
        "ends early": whole[:half] + b"\xff\xd9",
        "ends early, then goes on": whole[:half] + b"\xff\xd9" + whole[half:],
        "was never written to its end": whole[:half] + bytes(len(whole) - half),
        "lost a part": whole[:half] + whole[half + 3000 :],
        "lost its beginning": whole[: len(whole) // 10] + b"\xff\xd9",
    }[kind]


@cache
def _grain() -> Image.Image:
    return Image.effect_noise((400, 300), 60).convert("RGB")


def noise(**options: object) -> bytes:
    target = io.BytesIO()
    _grain().save(target, "JPEG", **options)
    return target.getvalue()


@pytest.mark.row("F274")
@pytest.mark.parametrize("options", [{}, {"quality": 30}, {"restart_marker_blocks": 5}, {"optimize": True}])
@pytest.mark.parametrize(
    "kind", ["ends early", "ends early, then goes on", "was never written to its end", "lost a part"]
)
def test_photo_of_which_a_part_is_lost_is_damaged(kind: str, options: dict[str, object]) -> None:
    """libjpeg paints the lost part gray, and Pillow reports no error."""
    assert fault_of(noise(**options)) is None
    assert fault_of(spoiled(kind, **options)) == Fault.DAMAGED


@pytest.mark.parametrize("kind", ["was never written to its end", "lost its beginning"])
def test_progressive_photo_of_which_the_details_are_lost_is_damaged(kind: str) -> None:
    assert fault_of(spoiled(kind, progressive=True)) == Fault.DAMAGED


@pytest.mark.row("F274")
@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "兼容性最佳"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "兼容性最佳"),
        (b"\0\0\0\x1cftypavif", "AVIF"),
        (picture("WEBP"), "WEBP"),
        (picture("GIF"), "GIF"),
        (picture("BMP"), "BMP"),
        (picture("TIFF"), "TIFF"),
        (b"<html><body>%PDF</body></html>", "只支持"),
        (b"\x7fELF" + bytes(60) + pdf(), "只支持"),
        (b"MZ" + bytes(60) + pdf(), "只支持"),
        (b" " * 1024 + pdf(), "只支持"),
    ],
)
def test_other_kinds_are_refused_with_advice(content: bytes, word: str) -> None:
    with pytest.raises(FileTypeNotAllowed) as refused:
        sniff(content)
    assert word in refused.value.text


async def test_files_are_opened_in_a_child_process_with_limits() -> None:
    await require_readable(attachment_of("a.jpg", photo()))
    await require_readable(attachment_of("a.pdf", b"\xef\xbb\xbf" + pdf(owner="secret")))
    with pytest.raises(FileUnreadable):
        await require_readable(attachment_of("a.jpg", photo()[:200]))


async def test_file_that_takes_too_much_memory_is_refused() -> None:
    with pytest.raises(FileNotOpenedSafely):
        await require_readable(
            attachment_of("a.png", picture("PNG", (4000, 4000))), replace(LIMITS, memory_bytes=80 * MIB)
        )


async def test_progressive_picture_that_does_not_fit_is_to_be_made_smaller() -> None:
    picture_444 = picture(size=(8064, 6048), quality=20, progressive=True, subsampling=0)
    with pytest.raises(PictureTooLarge):
        await require_readable(attachment_of("a.jpg", picture_444))


async def test_photo_of_48_megapixels_passes_within_the_limit() -> None:
    await require_readable(attachment_of("a.jpg", picture(size=(8064, 6048), quality=40)))
