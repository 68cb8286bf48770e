"""The content of a pack as typed objects. It is read only after the hashes have shown that no document was altered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson
from pydantic import TypeAdapter, ValidationError

from enrollctl.evidence.documents.audit import AuditEntry, BlockEntry, ChainAbout
from enrollctl.evidence.documents.batch import ApprovalEntry, BatchAbout, LineEntry, PersonEntry
from enrollctl.evidence.documents.center import SubmissionEntry, VoucherEntry
from enrollctl.evidence.documents.events import EventEntry, EventsAbout
from enrollctl.evidence.documents.paths import (
    APPROVALS,
    AUDITED,
    BATCH,
    EVENTS,
    PEOPLE,
    SUBMISSIONS,
    TYPES,
    VOUCHERS,
    audit_path,
    chain_path,
)


class Unfit(Exception):
    """A document does not have the fields of its format. The text names the document."""


@dataclass(frozen=True, slots=True)
class ServiceAudit:
    """The audit rows of one service, and the blocks of its chain, which prove that the rows are unchanged.

    `about` is None if the service has no rows.
    """

    rows: Sequence[AuditEntry]
    about: ChainAbout | None
    blocks: Sequence[BlockEntry]


@dataclass(frozen=True, slots=True)
class Contents:
    batch: BatchAbout
    lines: Sequence[LineEntry]
    people: Sequence[PersonEntry]
    approvals: Sequence[ApprovalEntry]
    submissions: Sequence[SubmissionEntry]
    vouchers: Sequence[VoucherEntry]
    events: Sequence[EventEntry]
    ranges: EventsAbout
    audit: Mapping[str, ServiceAudit]


def read_contents(members: Mapping[str, bytes]) -> Contents:
    """Parse all documents of a pack. `members`: path → content. Raises Unfit."""
    rows: dict[str, Any] = {}
    abouts: dict[str, Any] = {}
    for path in TYPES:
        rows[path], abouts[path] = _read(path, members)
    audit = {
        service: ServiceAudit(rows[audit_path(service)], abouts[chain_path(service)], rows[chain_path(service)])
        for service in AUDITED
    }
    return Contents(
        batch=cast(BatchAbout, abouts[BATCH]),
        lines=rows[BATCH],
        people=rows[PEOPLE],
        approvals=rows[APPROVALS],
        submissions=rows[SUBMISSIONS],
        vouchers=rows[VOUCHERS],
        events=rows[EVENTS],
        ranges=cast(EventsAbout, abouts[EVENTS]),
        audit=audit,
    )


def _read(path: str, members: Mapping[str, bytes]) -> tuple[list[Any], Any]:
    row_type, about_type = TYPES[path]
    try:
        content = orjson.loads(members[path])
        rows = TypeAdapter(list[row_type]).validate_python(content["rows"])  # type: ignore[valid-type]
        about = about_type.model_validate(content["about"]) if about_type and content["about"] else None
    except KeyError:
        raise Unfit(f"{path} is missing: the pack is not complete") from None
    except (ValidationError, orjson.JSONDecodeError, TypeError) as error:
        raise Unfit(f"{path} does not have the fields of its format ({type(error).__name__})") from None
    return rows, about
