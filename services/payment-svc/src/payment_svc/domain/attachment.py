"""The attachment of a voucher. Its content decides its type, and its file name is made safe (F274, F276)."""

import hashlib
from dataclasses import dataclass, field

from chassis.domain import Refusal
from chassis.normalization import display_text
from payment_svc.domain.foreign_files import PROGRAMS, conversion_advice

MOST_BYTES = 10 * 1024 * 1024
LONGEST_NAME = 120

JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"
#: First bytes → media type and extension. The file name and the declared type are not trusted.
SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\xff\xd8\xff", JPEG, ".jpg"),
    (b"\x89PNG\r\n\x1a\n", PNG, ".png"),
    (b"%PDF-", PDF, ".pdf"),
)
#: A byte order mark, a line break or mail headers can come before `%PDF-`. Like PDF readers, this service finds `%PDF-`
#: if it begins within this many bytes.
PDF_BEGINS_WITHIN = 1024
#: The extension of each type, and the endings that a file name of this type can have.
ENDINGS = {".jpg": (".jpg", ".jpeg"), ".png": (".png",), ".pdf": (".pdf",)}
#: Path separators, and characters with a special meaning in file systems and shells.
UNSAFE = frozenset('<>:"|?*/\\')


class FileTypeNotAllowed(Refusal):
    code = "FILE_TYPE_NOT_ALLOWED"
    status = 422
    message = "缴费凭证只支持 JPG、PNG 或 PDF 文件，请按文件实际内容检查后重新上传"


class FileTooLarge(Refusal):
    code = "FILE_TOO_LARGE"
    status = 413
    message = "缴费凭证文件不能超过 10 MB，请压缩或重新拍照后上传"


class FileEmpty(Refusal):
    code = "FILE_EMPTY"
    status = 422
    message = "上传的文件是空的，请重新选择"


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    media_type: str
    content: bytes = field(repr=False)
    sha256: str

    @property
    def size(self) -> int:
        return len(self.content)


def attachment_of(name: str | None, content: bytes) -> Attachment:
    """The attachment of an uploaded file. Raises FileEmpty, FileTooLarge or FileTypeNotAllowed."""
    if not content:
        raise FileEmpty
    if len(content) > MOST_BYTES:
        raise FileTooLarge(most_bytes=MOST_BYTES)
    media_type, extension = sniff(content)
    return Attachment(safe_name(name or "", extension), media_type, content, hashlib.sha256(content).hexdigest())


def sniff(content: bytes) -> tuple[str, str]:
    """Find out the media type and the extension by the first bytes.

    Raises FileTypeNotAllowed for a type that is not allowed. If the file is a picture of such a type, the message says
    how to convert it.
    """
    for signature, media_type, extension in SIGNATURES:
        if content.startswith(signature):
            return media_type, extension
    if advice := conversion_advice(content):
        raise FileTypeNotAllowed(advice)
    if pdf_beginning(content) >= 0 and not content.startswith(PROGRAMS):
        return PDF, ".pdf"
    raise FileTypeNotAllowed


def pdf_beginning(content: bytes) -> int:
    """The offset of the PDF header `%PDF-`, or -1 if the header is not near the beginning of the file."""
    return content.find(b"%PDF-", 0, PDF_BEGINS_WITHIN + len(b"%PDF-") - 1)


def safe_name(name: str, extension: str) -> str:
    """The file name without folders, and without control characters, direction marks and path characters.

    The ending of the new name fits the content. If no character remains, the name is 缴费凭证.
    """
    file_name = name.replace("\\", "/").rsplit("/", 1)[-1]
    allowed = "".join(c for c in display_text(file_name) if c not in UNSAFE and not "\ud800" <= c <= "\udfff")
    stem, dot, ending = allowed.strip(" .").rpartition(".")
    if not dot or f".{ending.lower()}" not in ENDINGS[extension]:
        # Append the extension. Otherwise a person who downloads a picture named program.exe would save it as a program.
        stem, ending = f"{stem}{dot}{ending}", extension.removeprefix(".")
    return f"{stem[: LONGEST_NAME - len(ending) - 1].strip(' .') or '缴费凭证'}.{ending}"
