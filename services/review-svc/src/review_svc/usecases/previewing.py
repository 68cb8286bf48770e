"""Computes the content of the dialog 提交参保批次确认, without locks and without changes (F238, F243)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from chassis.domain import Forbidden
from chassis.sql import Connection
from contracts.fields import Shares
from contracts.words import Channel, EnrollmentType
from review_svc.domain.line_refusals import NothingStaged
from review_svc.domain.lines import Reviewer
from review_svc.store import lines as store
from review_svc.usecases.pricing import priced, total
from review_svc.usecases.submitting import state_after_submission

if TYPE_CHECKING:
    import asyncpg


@dataclass(frozen=True, slots=True)
class PreviewedSubmission:
    """`heads_by_channel` contains every channel, even a channel with 0 heads.

    `settles_start`: True if the submission would fix the start of the cover and the price of at least one line (A01).
    """

    year: int
    lines: int
    heads: int
    heads_by_channel: Mapping[Channel, int]
    fee: Shares
    settles_start: bool


async def preview(
    connection: Connection,
    line_ids: Sequence[UUID] | None,
    enrollment_type: EnrollmentType,
    reviewer: Reviewer,
    now: datetime,
) -> PreviewedSubmission:
    """The heads and money of the submission. Raises the same refusals as `submit_to_center`, except TotalChanged."""
    rows = await _rows(connection, line_ids, enrollment_type, reviewer)
    state_after_submission(rows, reviewer, enrollment_type)
    lines = priced(rows, now)
    heads, fee = total(lines)
    by_channel = {channel: sum(row["heads"] for row in rows if row["channel"] == channel) for channel in Channel}
    return PreviewedSubmission(
        year=rows[0]["year"],
        lines=len(lines),
        heads=heads,
        heads_by_channel=by_channel,
        fee=fee,
        settles_start=any(line.settled for line in lines),
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
