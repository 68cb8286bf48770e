"""Notices to the handlers of a union. A fact gets one notice, even if several events report it (D06)."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from chassis.database import UnitOfWork
from contracts.notices import EnrollmentNotice
from contracts.words import NoticeKind, Role
from enrollment_svc.domain.batches.notices import text_of
from enrollment_svc.store import notices

if TYPE_CHECKING:
    import asyncpg

NAMESPACE = uuid5(NAMESPACE_URL, "urn:union-enrollment:enrollment-notices")


async def publish_once(kind: NoticeKind, line: "asyncpg.Record", fact: str, at: datetime, work: UnitOfWork) -> None:
    """Publish a notice, unless it was published before.

    `fact` becomes a part of the notice id. Example: two lines of a batch are returned. `fact` contains the line id, so
    each line gets its own notice.
    """
    notice_id = uuid5(NAMESPACE, f"{kind.value}|{line['batch_no']}|{fact}")
    if not await notices.first_time(work.connection, notice_id):
        return
    work.emit(
        [
            EnrollmentNotice(
                notice_id=notice_id,
                kind=kind,
                union_id=line["union_id"],
                role=Role.HANDLER,
                about=line["batch_no"],
                text=text_of(kind, line["batch_no"], line["unit_name"]),
                at=at,
            )
        ]
    )
