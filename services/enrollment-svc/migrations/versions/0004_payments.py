"""Add the submissions that are paid in full, so that a unit sees the payment of its batches."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("CREATE TABLE settled_submissions (submission_no text PRIMARY KEY, settled_at timestamptz NOT NULL)")


def downgrade() -> None:
    op.execute("DROP TABLE settled_submissions")
