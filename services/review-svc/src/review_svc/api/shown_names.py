"""The names of people, in full or masked, as the caller is allowed to see them (A29, A61).

A *part* is up to 500 people of a line. Their names and numbers are stored as one encrypted block.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from chassis.web import ReadContext
from review_svc.store.people import PartKey
from review_svc.usecases.sealed_parts import names_of

if TYPE_CHECKING:
    import asyncpg


async def name_reader(parts: Iterable[PartKey], read: ReadContext) -> Callable[[Any], str]:
    """Returns a function that gives the name of the person in a row. The person must be in one of `parts`.

    If the caller is allowed to see full names, all names of `parts` are decrypted first. A row must have `masked_name`,
    `line_id`, `number` and `position`. By `line_id` and `number` the part is found, and by `position` the person in it.
    """
    if not read.shows_names:
        return lambda row: str(row["masked_name"])
    return (await names_of(read.connection, parts, read.row_cipher)).of


async def with_shown_names(rows: Sequence["asyncpg.Record"], read: ReadContext) -> list[dict[str, Any]]:
    """The rows of one page, each with the additional key `name`."""
    shown_name = await name_reader((PartKey(row["line_id"], row["number"]) for row in rows), read)
    return [dict(row) | {"name": shown_name(row)} for row in rows]
