"""Add `reading` to `imports`: the sealed description of the uploaded workbook."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE imports ADD COLUMN reading bytea")
