"""Submissions to the center that are paid, and the payment state of a line."""

from collections.abc import Sequence
from datetime import datetime

from chassis.sql import Connection, Statement

#: Lines with the center's confirmation and the payment of their submission to the center. Only 已完成 lines have a
#: confirmation or a payment (A53).
PAID_LINES = """lines AS l
    LEFT JOIN center_answers AS a
        ON a.submission_no = l.submission_no AND a.answer = 'confirmed' AND l.state = 'completed'
    LEFT JOIN settled_submissions AS s ON s.submission_no = l.submission_no AND l.state = 'completed'"""
#: The `domain.batches.payments.PaymentState` of a line. A paid line is 已缴费 even before the confirmation arrives.
PAYMENT = """CASE WHEN l.state <> 'completed' THEN NULL WHEN s.settled_at IS NOT NULL THEN 'settled'
                  WHEN a.answered_at IS NULL THEN 'awaiting_confirmation'
                  WHEN l.district_fen + l.unit_fen = 0 THEN 'nothing_due' ELSE 'payable' END"""
SETTLE = Statement(
    """INSERT INTO settled_submissions (submission_no, settled_at)
       SELECT no, :at FROM unnest(:submission_nos::text[]) AS no ORDER BY no
       ON CONFLICT (submission_no) DO NOTHING"""
)


async def settle(connection: Connection, submission_nos: Sequence[str], at: datetime) -> None:
    """Record that these submissions are paid in full. If a payment is reported twice, the first time stays."""
    await SETTLE.execute(connection, submission_nos=sorted(set(submission_nos)), at=at)
