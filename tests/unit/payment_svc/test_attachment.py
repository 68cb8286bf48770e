"""Attachments: the type comes from the content, and names are made harmless (F274, F276)."""

import hashlib

import pytest

from payment_svc.domain.attachment import (
    LONGEST_NAME,
    MOST_BYTES,
    FileEmpty,
    FileTooLarge,
    FileTypeNotAllowed,
    attachment_of,
    safe_name,
)

JPEG, PNG, PDF = b"\xff\xd8\xff\xe0 jpeg", b"\x89PNG\r\n\x1a\n png", b"%PDF-1.7 pdf"


@pytest.mark.row("F274", "F276")
@pytest.mark.parametrize(
    ("content", "media_type", "name"),
    [
        (JPEG, "image/jpeg", "凭证.exe.jpg"),
        (PNG, "image/png", "凭证.exe.png"),
        (PDF, "application/pdf", "凭证.exe.pdf"),
    ],
)
def test_content_decides_the_type_and_the_ending_of_the_name(content: bytes, media_type: str, name: str) -> None:
    given = attachment_of("凭证.exe", content)
    assert (given.media_type, given.name, given.size) == (media_type, name, len(content))
    assert given.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.row("F274")
@pytest.mark.parametrize("content", [b"MZ\x90\x00", b"\x7fELF", b"PK\x03\x04", b"<svg/>", b"GIF89a"])
def test_executable_named_jpg_is_refused(content: bytes) -> None:
    with pytest.raises(FileTypeNotAllowed):
        attachment_of("凭证.jpg", content)


def test_empty_and_oversized_files_are_refused() -> None:
    with pytest.raises(FileEmpty):
        attachment_of("a.jpg", b"")
    with pytest.raises(FileTooLarge):
        attachment_of("a.jpg", JPEG + bytes(MOST_BYTES))
    attachment_of("a.jpg", JPEG + bytes(MOST_BYTES - len(JPEG)))


@pytest.mark.row("F276")
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        (r"C:\fakepath\凭证 1.jpg", "凭证 1.jpg"),
        ("a\x00b\r\n.jpg", "ab.jpg"),
        ("gpj.\u202eexe.jpg", "gpj.exe.jpg"),
        ('<b>"x"|?*.jpg', "bx.jpg"),
        ("...", "缴费凭证.jpg"),
        ("", "缴费凭证.jpg"),
        ("五月.JPEG", "五月.JPEG"),
        ("五月", "五月.jpg"),
        ("王\ue863的凭证\u200b（一）.jpg", "王\ue863的凭证（一）.jpg"),
        ("\ufeff 五月\ud800.jpg", "五月.jpg"),
    ],
)
def test_path_and_control_characters_are_stripped(name: str, shown: str) -> None:
    assert safe_name(name, ".jpg") == shown


def test_long_name_keeps_an_extension() -> None:
    name = safe_name("长" * 300 + ".jpg", ".jpg")
    assert len(name) == LONGEST_NAME
    assert name.endswith(".jpg")
