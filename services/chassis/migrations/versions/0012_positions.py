"""The inbox stores the last record's id, partition and offset, and the range of sequence numbers that were missing.

Dead letters in states that block no key have an index of their own.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """ALTER TABLE inbox_positions
               ADD COLUMN last_id uuid,
               ADD COLUMN partition integer,
               ADD COLUMN record_offset bigint,
               ADD COLUMN gap_first bigint,
               ADD COLUMN gap_last bigint"""
    )
    op.execute("CREATE INDEX dead_letters_apart ON dead_letters (id) WHERE state IN ('refused', 'held', 'unknown')")
