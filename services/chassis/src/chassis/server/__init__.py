"""The HTTP layer around the routes: it checks every request, sets limits, and gives all errors one shape."""

from chassis.server import body_limit, incoming
from chassis.server.addresses import TrustedProxies, caller_address
from chassis.server.body_limit import BodyLimit, BodyTooLarge
from chassis.server.error_responses import (
    FORM,
    AddressUnknown,
    ContentEncodingUnsupported,
    FormUnreadable,
    MediaTypeUnsupported,
    answer,
    is_encoded,
    json_answer,
    media_type_of,
    refusal_answer,
)
from chassis.server.incoming import BodyUnreadable, refuse_unfit
from chassis.server.protocol import ShapedProtocol, Timeouts

__all__ = [
    "FORM",
    "AddressUnknown",
    "BodyLimit",
    "BodyTooLarge",
    "BodyUnreadable",
    "ContentEncodingUnsupported",
    "FormUnreadable",
    "MediaTypeUnsupported",
    "ShapedProtocol",
    "Timeouts",
    "TrustedProxies",
    "answer",
    "body_limit",
    "caller_address",
    "incoming",
    "is_encoded",
    "json_answer",
    "media_type_of",
    "refusal_answer",
    "refuse_unfit",
]
