"""The time of a skipped range's last record: a later record belongs to a topic that was deleted and created again."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE abandoned_records ADD COLUMN last_at timestamptz")
