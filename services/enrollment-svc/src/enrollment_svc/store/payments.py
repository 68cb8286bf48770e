"""What the topics tell of payments, and where that leaves a line."""

from collections.abc import Sequence
from datetime import datetime

from chassis.sql import Connection

#: Lines with what is known of their submission; a line that left 已完成 has no part in it any more (A53).
PAID_LINES = """lines l
    LEFT JOIN center_answers a
        ON a.submission_no = l.submission_no AND a.answer = 'confirmed' AND l.state = 'completed'
    LEFT JOIN settled_submissions s ON s.submission_no = l.submission_no AND l.state = 'completed'"""
#: `domain.payments.PaymentState` of a line of PAID_LINES. Confirmation and payment may be told in either order.
PAYMENT = """CASE WHEN l.state <> 'completed' THEN NULL WHEN s.settled_at IS NOT NULL THEN 'settled'
                  WHEN a.answered_at IS NULL THEN 'awaiting_confirmation'
                  WHEN l.district_fen + l.unit_fen = 0 THEN 'nothing_due' ELSE 'payable' END"""


async def settle(connection: Connection, submission_nos: Sequence[str], at: datetime) -> None:
    """These submissions are paid in full; the first word of it counts."""
    await connection.execute(
        """INSERT INTO settled_submissions (submission_no, settled_at)
           SELECT no, $2 FROM unnest($1::text[]) AS no ORDER BY no
           ON CONFLICT (submission_no) DO NOTHING""",
        sorted(set(submission_nos)),
        at,
    )
