"""The function that the child process of `opening.py` runs. It checks an attachment."""

from collections.abc import Iterator
from typing import Any, Final

from payment_svc.attachments.pdf_reading import read_pdf
from payment_svc.attachments.picture_reading import read_picture
from payment_svc.attachments.unreadable import Fault, Unreadable
from payment_svc.domain.attachment import PDF

FUNCTION: Final = "payment_svc.attachments.reader:opened"


def opened(data: bytes, media_type: str) -> Iterator[dict[str, Any]]:
    """Yields `{"fault": …}` once. The fault is null if the file is readable.

    A MemoryError is raised again, so that the sandbox reports it.
    """
    try:
        read_pdf(data) if media_type == PDF else read_picture(data, media_type)
    except MemoryError:
        raise
    except Unreadable as unreadable:
        yield {"fault": unreadable.fault.value}
    except Exception:
        # A broken file can make the parsers raise any kind of exception.
        yield {"fault": Fault.DAMAGED.value}
    else:
        yield {"fault": None}
