"""Add indexes for lists of a large city: the latest check of a union, and the latest lines of all unions."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX check_sets_union ON check_sets (union_id)")
    op.execute("CREATE INDEX lines_latest ON lines (submitted_at DESC, line_id)")
