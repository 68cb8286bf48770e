"""What the sandbox's child runs: an attachment's bytes in, out comes why a person could not read it, or nothing."""

from collections.abc import Iterator
from typing import Any, Final

from payment_svc.attachments.pdf_reading import read_pdf
from payment_svc.attachments.picture_reading import read_picture
from payment_svc.attachments.unreadable import Fault, Unreadable
from payment_svc.domain.attachment import PDF

FUNCTION: Final = "payment_svc.attachments.reader:opened"


def opened(data: bytes, media_type: str) -> Iterator[dict[str, Any]]:
    """{fault: …} or {fault: null}. A lack of memory is the sandbox's to tell."""
    try:
        read_pdf(data) if media_type == PDF else read_picture(data, media_type)
    except MemoryError:
        raise
    except Unreadable as unreadable:
        yield {"fault": unreadable.fault.value}
    except Exception:
        # Parsers raise whatever a broken file makes them trip over.
        yield {"fault": Fault.DAMAGED.value}
    else:
        yield {"fault": None}
