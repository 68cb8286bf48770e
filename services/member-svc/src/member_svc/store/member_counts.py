"""The counts of listed members by union. A trigger of `members` stores each change of a count as a row of its own
(`MemberCountChangeRow`).
"""

from chassis.sql import Connection, Statement

#: The seconds between two runs of the job that adds the stored changes to the counts, so that a count never reads many
#: changes.
FOLD_EVERY_S = 600.0

FOLD = Statement(
    """WITH changes AS (DELETE FROM member_count_changes RETURNING *)
       INSERT INTO member_counts AS c (union_id, document_type, people, with_card)
       SELECT union_id, document_type, sum(people), sum(with_card) FROM changes
       GROUP BY union_id, document_type ORDER BY union_id, document_type
       ON CONFLICT (union_id, document_type) DO UPDATE
       SET people = c.people + excluded.people, with_card = c.with_card + excluded.with_card"""
)


async def fold(connection: Connection) -> None:
    """Add all committed changes to the counts, and delete the changes. Readers see the same sums before and after."""
    await FOLD.execute(connection)
