"""Encrypts and decrypts the personal data of a part of a line. All people of a part are in one block (ADR 0004)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import orjson
from pydantic import TypeAdapter, ValidationError

from chassis.privacy import RowCipher
from chassis.sql import Connection
from contracts.parts import into_parts
from review_svc.store import people
from review_svc.store.people import PartKey

if TYPE_CHECKING:
    import asyncpg

#: How many blocks are in memory at once. A block has about 30 KB.
BLOCKS_AT_ONCE = 20


#: Name, document number and mobile of each person of a part.
PersonalRows = list[tuple[str, str, str | None]]
ROWS = TypeAdapter(PersonalRows)


class RowsInvalid(ValueError):
    """A sealed block does not contain one valid row for each person of the event. The error's text quotes no row."""


def seal(rows: bytes, people_count: int, part: PartKey, row_cipher: RowCipher) -> bytes:
    """Encrypt the personal data of a part for the database. `rows`: JSON, `[[name, document_number, mobile], …]`.

    The block can be decrypted only as the block of the same line and part. Raises RowsInvalid if there is not one valid
    row for each of `people_count` people.
    """
    try:
        valid = len(ROWS.validate_json(rows)) == people_count
    except ValidationError:
        valid = False
    if not valid:
        raise RowsInvalid(f"part {part.number} of line {part.line_id}: not one valid row for each of {people_count}")
    return row_cipher.seal_bytes(rows, _owner(part))


def unseal(part: "asyncpg.Record", row_cipher: RowCipher) -> PersonalRows:
    """The personal data of a part, in the order of its people. Raises Unreadable.

    `part`: a row of `people.blocks`, `people.find` or `people.find_sent`.
    """
    if part["sealed"] is not None:
        owner = _owner(PartKey(part["line_id"], part["number"]))
        rows: PersonalRows = orjson.loads(row_cipher.unseal_bytes(part["sealed"], owner))
        return rows
    blocks = zip(part["sealed_people"], part["member_ids"], strict=True)
    return [orjson.loads(row_cipher.unseal_bytes(block, member_id)) for block, member_id in blocks]


def unseal_number(part: "asyncpg.Record", row_cipher: RowCipher) -> str:
    """The document number of the person whom `people.find` or `people.find_sent` found."""
    _, number, _ = unseal(part, row_cipher)[int(part["position"]) - 1]
    return number


class Names:
    """The full names of the people of some parts."""

    def __init__(self, of_part: dict[PartKey, list[str]]) -> None:
        self._of_part = of_part

    def of(self, row: Any) -> str:
        """The name of a person. `row` has `line_id`, `number` and `position`."""
        part, position = PartKey(row["line_id"], row["number"]), int(row["position"])
        return self._of_part[part][position - 1]


async def names_of(connection: Connection, parts: Iterable[PartKey], row_cipher: RowCipher) -> Names:
    """Decrypt the given parts, and keep only the names."""
    found: dict[PartKey, list[str]] = {}
    for keys in into_parts(sorted(set(parts)), most_people=BLOCKS_AT_ONCE):
        for part in await people.blocks(connection, keys):
            found[PartKey(part["line_id"], part["number"])] = [name for name, _, _ in unseal(part, row_cipher)]
    return Names(found)


def sent_people(
    part: "asyncpg.Record", returned: set[tuple[UUID, UUID]], row_cipher: RowCipher
) -> list[dict[str, Any]]:
    """The people of a part as they are sent to the center, without the returned ones."""
    line_id = part["line_id"]
    listed = zip(part["member_ids"], part["document_types"], unseal(part, row_cipher), strict=True)
    return [
        {
            "line_id": line_id,
            "member_id": member_id,
            "name": name,
            "document_type": document_type,
            "document_number": document_number,
            "mobile": mobile,
        }
        for member_id, document_type, (name, document_number, mobile) in listed
        if (line_id, member_id) not in returned
    ]


def _owner(part: PartKey) -> UUID:
    return uuid5(part.line_id, str(part.number))
