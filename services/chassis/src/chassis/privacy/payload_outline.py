"""The outline of a payload (its structure without values), and a masked view for operators."""

import hashlib
import re
from typing import Any, Final

import orjson
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from chassis.privacy.masking import mask_name
from contracts.event import Event
from contracts.fields import SealedBlock

#: The strings that stay readable in a payload that does not fit its contract: ids, instants, dates, masked words.
PLAIN: Final = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})?)?|[^*\s]{0,4}\*+[^*\s]{0,4}",
    re.IGNORECASE,
)
FIELD_NAME: Final = re.compile(r"[A-Za-z_]\w{0,60}", re.ASCII)
#: A number of this size or more has so many digits that it is possibly a document number or a phone number.
LONG_NUMBER: Final = 10**7
#: Values below this level of a payload are not read. The word `deep` replaces them, so that no payload exhausts
#: Python's stack.
DEEPEST: Final = 32
DEEP: Final = "deep"
SHOWN_HEADERS: Final = re.compile(r"ce_\w+|content-type|traceparent|ue_\w+")


def shape_of(payload: bytes | None) -> str:
    """A hash of the payload's structure (field names and JSON types, no values), equal for equal structures."""
    if payload is None:
        return "no value"
    try:
        outline = _outline(orjson.loads(payload))
    except orjson.JSONDecodeError:
        return "no json"
    return hashlib.sha256(outline.encode()).hexdigest()[:8]


def _outline(value: Any, depth: int = 0) -> str:
    if depth >= DEEPEST and isinstance(value, dict | list):
        return DEEP
    if isinstance(value, dict):
        return "{" + ",".join(f"{name}:{_outline(value[name], depth + 1)}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + "|".join(sorted({_outline(one, depth + 1) for one in value})) + "]"
    return type(value).__name__


def masked(payload: bytes | None, kind: type[Event] | None) -> Any:
    """The payload without values that could identify a person.

    A payload that fits its contract has personal data only in sealed blocks, so only the sealed blocks are left out. In
    any other payload, ids, instants, dates, masked words and small numbers stay as they are. All other texts are
    masked.
    """
    try:
        body = orjson.loads(payload or b"")
    except orjson.JSONDecodeError:
        return {"unreadable_bytes": len(payload or b"")}
    try:
        fits = kind.model_validate(body) if kind is not None else None
    except ValueError:
        fits = None
    return _mask(body) if fits is None else _without_sealed(fits)


def _without_sealed(value: Any) -> Any:
    if isinstance(value, SealedBlock):
        return {"sealed_for": sorted(value.keys)}
    if isinstance(value, BaseModel):
        return {name: _without_sealed(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, list | tuple):
        return [_without_sealed(one) for one in value]
    return to_jsonable_python(value)


def _mask(value: Any, depth: int = 0) -> Any:
    if depth >= DEEPEST and isinstance(value, dict | list):
        return DEEP
    if isinstance(value, dict):
        return {
            name if FIELD_NAME.fullmatch(name) else mask_name(name): (
                "(sealed)" if name == "sealed" else _mask(one, depth + 1)
            )
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [_mask(one, depth + 1) for one in value]
    if isinstance(value, str):
        return value if PLAIN.fullmatch(value) else f"{mask_name(value[:4])} ({len(value)} characters)"
    if isinstance(value, int | float) and abs(value) >= LONG_NUMBER:
        return "(long number)"
    return value


def masked_headers(headers: list[Any]) -> list[list[str]]:
    """The headers as an operator sees them. Headers of the envelope keep their values, if these are ASCII. All other
    values are replaced by their lengths.
    """
    return [
        [name, value if SHOWN_HEADERS.fullmatch(name) and value.isascii() else f"({len(value)} characters)"]
        for name, value in headers
    ]
