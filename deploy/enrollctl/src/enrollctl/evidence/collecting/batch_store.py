"""Reads the batch, its lines and its people from enrollment-svc."""

import orjson

from chassis.privacy import RowCipher
from chassis.sql import Connection, Statement
from enrollctl.errors import Failure
from enrollctl.evidence.collecting.stores import fee_of, fields_of
from enrollctl.evidence.documents.batch import BatchAbout, LineEntry, PersonEntry, Reviewer
from enrollctl.evidence.list_search import person_digest

BATCH = Statement(
    """SELECT batch_no, union_id, union_name, year, plan, plan_name, enrollment_type, numbered_on, submitted_at
       FROM batches WHERE batch_no = :batch_no"""
)
LINES = Statement("SELECT * FROM lines WHERE batch_no = :batch_no ORDER BY submitted_at, line_id")
#: Everybody who was submitted, including people who were returned later.
PEOPLE = Statement(
    """SELECT line_id, member_id, document_type, masked_name, masked_number, sealed, confirmed_by_hand, e.state, reason
       FROM enrollments AS e JOIN lines AS l USING (line_id)
       WHERE l.batch_no = :batch_no ORDER BY l.submitted_at, line_id, member_no, member_id"""
)
COPIED = (
    "line_id", "unit_id", "unit_name", "organization_code", "credit_code", "channel", "term", "start_on", "end_on",
    "submitted_heads", "heads", "round", "replaces", "state", "submission_no", "submitted_at", "submitted_by",
    "decided_at",
)  # fmt: skip


async def batch_of(connection: Connection, batch_no: str) -> BatchAbout:
    """The batch. Raises Failure if it does not exist."""
    row = await BATCH.fetchrow(connection, batch_no=batch_no)
    if row is None:
        raise Failure(f"enrollment-svc has no batch {batch_no}; batch numbers look like CB202405100001")
    return BatchAbout(**row)


async def lines_of(connection: Connection, batch_no: str) -> list[LineEntry]:
    return [
        LineEntry(
            **fields_of(row, *COPIED),
            rate=fee_of(row, "rate_"),
            fee=fee_of(row),
            chain=[Reviewer(union_id=step["union_id"], name=step["name"]) for step in _json(row["chain"])],
        )
        for row in await LINES.fetch(connection, batch_no=batch_no)
    ]


async def people_of(connection: Connection, batch_no: str, cipher: RowCipher, list_key: str) -> list[PersonEntry]:
    """The people of the batch, with masked names and numbers. Document numbers are decrypted only to hash them."""
    return [
        PersonEntry(
            number=number,
            digest=person_digest(
                list_key, row["document_type"], cipher.unseal(row["sealed"], row["member_id"]).document_number
            ),
            **fields_of(
                row, "line_id", "document_type", "masked_name", "masked_number", "confirmed_by_hand", "state", "reason"
            ),
        )
        for number, row in enumerate(await PEOPLE.fetch(connection, batch_no=batch_no), 1)
    ]


def _json(value: object) -> list[dict[str, str]]:
    """The content of a jsonb value, which this connection reads as text."""
    return list(orjson.loads(str(value)))
