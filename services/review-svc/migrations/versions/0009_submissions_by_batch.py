"""Find the submissions of a batch by the start of its number (A12, A23)."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX submission_lines_batch ON submission_lines (batch_no text_pattern_ops)")
