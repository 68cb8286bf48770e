"""Makes forged records: copies of a true record, with a sequence number far ahead."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from faults.pair.records import Raw

#: The difference between the forged sequence number and the true number.
AHEAD = 1_000
UNKNOWN = b"invented.v9"
STRANGER = b"/a-stranger"


def forged(true: Raw, *, source: bytes | None = None, kind: bytes | None = None) -> Raw:
    """A copy of `true` with a new id and a sequence number that is AHEAD higher.

    `source` and `kind` replace the record's source and type; None = as in `true`.
    """
    headers = dict(true.headers)
    headers["ce_id"] = str(uuid4()).encode()
    headers["ce_sequence"] = str(int(headers["ce_sequence"]) + AHEAD).encode()
    headers["ce_source"] = source or headers["ce_source"]
    headers["ce_type"] = kind or headers["ce_type"]
    return replace(true, headers=list(headers.items()))


def all_kinds(true: Raw) -> list[Raw]:
    """Four forged copies: with a foreign source or the owner's source, each with a known and with an unknown type."""
    return [forged(true, source=source, kind=kind) for source in (STRANGER, None) for kind in (None, UNKNOWN)]


def without_a_source(true: Raw) -> Raw:
    """A forged copy without a source header."""
    one = forged(true)
    return replace(one, headers=[(name, value) for name, value in one.headers if name != "ce_source"])


def last_of_each_key(records: Sequence[Raw], most: int, planted: Sequence[str]) -> list[Raw]:
    """For at most `most` keys, the newest record of the key that was not planted by the rig."""
    last = {one.key: one for one in records if one.headers and id_of(one) not in planted}
    return [last[key] for key in sorted(last, key=lambda key: key or b"")[:most]]


def id_of(record: Raw) -> str:
    return dict(record.headers)["ce_id"].decode()
