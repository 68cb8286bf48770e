"""Registry records as they are loaded: CSV or JSON in, rows for COPY out, a row at a time."""

import codecs
import csv
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import orjson

from simulator.fingerprints import Fingerprints
from simulator.refusals import Refused
from simulator.registries.words import CARD_CODES, EMPLOYMENT_CODES

#: (number's fingerprint, card code, employment code, place in the upload)
Row: TypeAlias = tuple[bytes, str | None, str | None, int]

COLUMNS = ("id_number", "card_status", "employment_status")
MAX_JSON_BYTES = 64 * 1024 * 1024


async def csv_rows(chunks: AsyncIterator[bytes], fingerprints: Fingerprints) -> AsyncIterator[Row]:
    """Read a CSV with the headings of COLUMNS in any order. Refused at the first bad line, by its number."""
    order: Sequence[int] | None = None
    line_no = 0
    async for lines in _lines(chunks):
        for cells in csv.reader(lines):
            line_no += 1
            if not any(cell.strip() for cell in cells):
                continue
            if order is None:
                order = _order(cells)
                continue
            if len(cells) <= max(order):
                raise Refused(422, "RECORD_SHORT", f"line {line_no} has {len(cells)} cells", line=line_no)
            yield _row([cells[at] for at in order], line_no, fingerprints)
    if order is None:
        raise Refused(422, "RECORDS_EMPTY", "the upload has no heading line", columns=list(COLUMNS))


async def json_rows(chunks: AsyncIterator[bytes], fingerprints: Fingerprints) -> AsyncIterator[Row]:
    """Read a JSON list of objects with the fields of COLUMNS."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > MAX_JSON_BYTES:
            raise Refused(413, "RECORDS_TOO_LARGE", "a JSON upload has at most 64 MiB: send CSV", bytes=MAX_JSON_BYTES)
    for place, record in enumerate(_json_list(bytes(body)), start=1):
        yield _row([str(record.get(name) or "") for name in COLUMNS], place, fingerprints)


def _json_list(body: bytes) -> Iterable[Mapping[str, Any]]:
    try:
        records = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(422, "RECORDS_UNREADABLE", "the body is no JSON") from error
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise Refused(422, "RECORDS_UNREADABLE", "the body is no list of objects", columns=list(COLUMNS))
    return records


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[list[str]]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    rest = ""
    try:
        async for chunk in chunks:
            *lines, rest = (rest + decoder.decode(chunk)).split("\n")
            yield lines
        yield [rest + decoder.decode(b"", final=True)]
    except UnicodeDecodeError as error:
        raise Refused(422, "RECORDS_UNREADABLE", "the CSV is not UTF-8") from error


def _order(heading: Sequence[str]) -> Sequence[int]:
    names = [cell.strip() for cell in heading]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise Refused(422, "COLUMNS_MISSING", f"the heading line lacks {', '.join(missing)}", columns=missing)
    return [names.index(name) for name in COLUMNS]


def _row(cells: Sequence[str], place: int, fingerprints: Fingerprints) -> Row:
    number, card, employment = (cell.strip() for cell in cells)
    if not number:
        raise Refused(422, "RECORD_NUMBER_MISSING", f"record {place} has no id_number", line=place)
    try:
        return fingerprints.number(number), CARD_CODES[card], EMPLOYMENT_CODES[employment], place
    except KeyError as error:
        message = f"record {place} has an unknown status word"
        words = {"card_status": list(CARD_CODES), "employment_status": list(EMPLOYMENT_CODES)}
        raise Refused(422, "STATUS_WORD_UNKNOWN", message, line=place, words=words) from error
