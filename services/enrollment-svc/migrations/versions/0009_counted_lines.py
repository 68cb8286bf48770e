"""Add to the index of the latest lines all columns from which the enrollments of a city are counted."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP INDEX lines_latest")
    op.execute(
        """CREATE INDEX lines_latest ON lines (submitted_at DESC, line_id)
           INCLUDE (year, channel, state, heads, submitted_heads)"""
    )
