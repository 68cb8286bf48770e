"""Converts uploaded registry records, CSV or JSON, to rows for PostgreSQL's COPY, one row at a time."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, TypeAlias

import orjson

from simulator.fingerprints import Fingerprints
from simulator.refusals import Refused
from simulator.registries.csv_records import COLUMNS, CsvRecords
from simulator.registries.refused_records import RecordsRefused
from simulator.registries.words import CARD_CODES, EMPLOYMENT_CODES

#: (fingerprint of the document number, card code, employment code, index of the row in the upload)
Row: TypeAlias = tuple[bytes, str | None, str | None, int]

MAX_JSON_BYTES = 64 * 1024 * 1024


async def csv_rows(chunks: AsyncIterator[bytes], fingerprints: Fingerprints) -> AsyncIterator[Row]:
    """Convert a CSV. Raises Refused at the first bad line; the refusal names the number of this line."""
    records = CsvRecords()
    try:
        async for chunk in chunks:
            for record in records.feed(chunk):
                yield fingerprints.number(record.number), record.card, record.employment, record.line
        for record in records.end():
            yield fingerprints.number(record.number), record.card, record.employment, record.line
    except RecordsRefused as refusal:
        raise Refused(422, refusal.code, refusal.message, **refusal.detail) from None


async def json_rows(chunks: AsyncIterator[bytes], fingerprints: Fingerprints) -> AsyncIterator[Row]:
    """Convert a JSON list of objects with the fields of COLUMNS."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > MAX_JSON_BYTES:
            raise Refused(413, "RECORDS_TOO_LARGE", "a JSON upload has at most 64 MiB: send CSV", bytes=MAX_JSON_BYTES)
    for place, record in enumerate(_json_list(bytes(body)), start=1):
        yield _row(record, place, fingerprints)


def _json_list(body: bytes) -> Iterable[Mapping[str, Any]]:
    try:
        records = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(422, "RECORDS_UNREADABLE", "the body is no JSON") from error
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise Refused(422, "RECORDS_UNREADABLE", "the body is no list of objects", columns=list(COLUMNS))
    return records


def _row(record: Mapping[str, Any], place: int, fingerprints: Fingerprints) -> Row:
    number, card, employment = (str(record.get(name) or "").strip() for name in COLUMNS)
    if not number:
        raise Refused(422, "RECORD_NUMBER_MISSING", f"record {place} has no id_number", line=place)
    try:
        return fingerprints.number(number), CARD_CODES[card], EMPLOYMENT_CODES[employment], place
    except KeyError as error:
        message = f"record {place} has an unknown status word"
        words = {"card_status": list(CARD_CODES), "employment_status": list(EMPLOYMENT_CODES)}
        raise Refused(422, "STATUS_WORD_UNKNOWN", message, line=place, words=words) from error
