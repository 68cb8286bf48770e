"""The time of a skipped range's last record. A record with a later time belongs to a topic that was created again."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE abandoned_records ADD COLUMN last_at timestamptz")
