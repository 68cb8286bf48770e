"""Refuses unreadable attachments. Before an attachment is stored, a child process with limits opens it."""

import asyncio
from weakref import WeakKeyDictionary

import structlog

from chassis.domain import Refusal
from chassis.files import MIB, Limits, SandboxFailed, first_record
from chassis.web import refuses
from payment_svc.attachments.pdf_reading import MOST_PAGES
from payment_svc.attachments.picture_reading import LEAST_SIDE
from payment_svc.attachments.reader import FUNCTION
from payment_svc.attachments.unreadable import Fault
from payment_svc.domain.attachment import Attachment

log = structlog.get_logger()

LIMITS = Limits(memory_bytes=240 * MIB, cpu_s=20, wall_s=40.0, record_bytes=1024, output_bytes=4096)
#: How many child processes one replica runs at the same time. Further uploads wait until one of them has ended.
AT_ONCE = 2


class FileUnreadable(Refusal):
    code = "FILE_UNREADABLE"
    status = 422
    message = "文件已损坏或不完整，无法打开，请在电脑或手机上确认能打开后重新上传，或重新拍照、截图后上传"


class FileEncrypted(Refusal):
    code = "FILE_ENCRYPTED"
    status = 422
    message = "PDF设置了打开密码，请另存为无密码的PDF后上传"


class PdfWithoutPages(Refusal):
    code = "PDF_WITHOUT_PAGES"
    status = 422
    message = "PDF中没有可以查看的页面，请重新导出PDF，或截图后上传"


class PdfTooLong(Refusal):
    code = "PDF_TOO_LONG"
    status = 422
    message = f"PDF超过{MOST_PAGES}页，请只保留缴费凭证所在的页面后上传"


class PictureTooSmall(Refusal):
    code = "PICTURE_TOO_SMALL"
    status = 422
    message = f"图片太小（长和宽均须不少于{LEAST_SIDE}像素），看不清内容，请上传原图或重新拍照"


class PictureTooLarge(Refusal):
    code = "PICTURE_TOO_LARGE"
    status = 422
    message = "图片的像素过多，无法打开，请缩小图片、重新拍照或截图后上传"


class FileNotOpenedSafely(Refusal):
    """The child process ran out of memory or time, or crashed. The cause is probably the file."""

    code = "FILE_NOT_OPENED_SAFELY"
    status = 422
    message = "文件无法安全打开，请用看图软件另存为普通的JPG、PNG或PDF，或截图后上传"


REFUSALS: dict[Fault, type[Refusal]] = {
    Fault.DAMAGED: FileUnreadable,
    Fault.LOCKED: FileEncrypted,
    Fault.NO_PAGES: PdfWithoutPages,
    Fault.TOO_MANY_PAGES: PdfTooLong,
    Fault.TOO_SMALL: PictureTooSmall,
    Fault.TOO_MANY_PIXELS: PictureTooLarge,
}

_gates: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore]" = WeakKeyDictionary()


@refuses(*REFUSALS.values(), FileNotOpenedSafely)
async def require_readable(attachment: Attachment, limits: Limits = LIMITS) -> None:
    """Raises a refusal of this module if the attachment cannot be read."""
    async with _gates.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)):
        try:
            answer = await first_record(FUNCTION, attachment.content, limits=limits, media_type=attachment.media_type)
        except SandboxFailed as failure:
            log.warning("attachment_child_failed", reason=failure.reason.value, detail=failure.detail)
            raise FileNotOpenedSafely from failure
    if answer["fault"]:
        raise REFUSALS[Fault(answer["fault"])]
