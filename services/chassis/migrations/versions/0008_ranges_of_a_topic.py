"""A range that a restore has left behind ends with its topic: a later record is one of a topic made anew."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE abandoned_records ADD COLUMN last_at timestamptz")
