"""What the dialog 提交参保批次确认 states; nothing is locked or written (F238, F243)."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.domain import Forbidden
from chassis.sql import Connection
from contracts.words import Channel, EnrollmentType
from review_svc.answers import Preview
from review_svc.domain.line_refusals import NothingStaged
from review_svc.domain.lines import Reviewer
from review_svc.store import lines as store
from review_svc.usecases.pricing import priced, total
from review_svc.usecases.submitting import may_go

if TYPE_CHECKING:
    import asyncpg


async def preview(
    connection: Connection,
    line_ids: Sequence[UUID] | None,
    enrollment_type: EnrollmentType,
    reviewer: Reviewer,
    now: datetime,
) -> Preview:
    """Heads and money that would go. Raises what the submission itself would."""
    rows = await _rows(connection, line_ids, enrollment_type, reviewer)
    may_go(rows, reviewer, enrollment_type)
    going = priced(rows, now)
    heads, fee = total(going)
    by_channel = {channel: sum(row["heads"] for row in rows if row["channel"] == channel) for channel in Channel}
    return Preview(
        enrollment_type=enrollment_type,
        year=rows[0]["year"],
        lines=len(going),
        heads=heads,
        service_card=by_channel[Channel.SERVICE_CARD],
        social_security_card=by_channel[Channel.SOCIAL_SECURITY_CARD],
        fee=fee,
        settles_start=any(line.settled for line in going),
    )


async def _rows(
    connection: Connection, line_ids: Sequence[UUID] | None, enrollment_type: EnrollmentType, reviewer: Reviewer
) -> "list[asyncpg.Record]":
    if not line_ids:
        rows = await store.staged(connection, reviewer.union_id, enrollment_type.value)
        if not rows:
            raise NothingStaged
        return rows
    rows = await store.find_all(connection, line_ids)
    if len(rows) != len(set(line_ids)):
        raise Forbidden
    return rows
