"""Values that once broke real systems, for every parameter and every field."""

import random
from copy import deepcopy
from typing import Any

#: Values for addresses, already percent-encoded.
IN_ADDRESSES = (
    "a%00b", "%00", "%ff", "%ED%A0%80", "9999-12-31", "0001-01-01", "99999999999999999999", "-1", "0", "2147483648",
    "9223372036854775807", "9223372036854775808", "1e309", "NaN", "a" * 300, "%F0%9F%98%80", "%EE%80%80", "'--",
    "%25%5F", "true", "null", "2024-02-30", "%0A", "-0", "1.0", "%E2%80%8B", "{}", "[]", "%D9%A1%D9%A2",
)  # fmt: skip
#: Values of JSON fields.
IN_BODIES: tuple[Any, ...] = (
    "a\x00b", "\ud800", "9999-12-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", 10**19, -(10**19),
    2**31, 2**63, -1, 0, 1.5, 1e308, "", " ", "a" * 20_000, "😀", "\ue000", "\u200b", None, True, [], {}, [[[[]]]],
    {"a": "\x00"}, "=1+1", "%_\\", "١٢", "1" * 5000,
)  # fmt: skip
#: Whole bodies, as bytes.
BODIES = (
    b"", b"{", b"[]", b"null", b'"a"', b"[" * 5000, b'{"a":NaN}', b"\xff\xfe", b'{"a":' + b"9" * 5000 + b"}", b"\x00",
)  # fmt: skip


def spoiled(body: Any, chance: random.Random) -> Any:
    """A copy in which one field, at any depth, is replaced."""
    body = deepcopy(body)
    places = list(_places(body))
    if not places:
        return chance.choice(IN_BODIES)
    holder, key = chance.choice(places)
    holder[key] = chance.choice(IN_BODIES)
    return body


def _places(value: Any) -> Any:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in entries:
        yield value, key
        yield from _places(one)
