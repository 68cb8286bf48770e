"""Store with each entry of a line's history the id of the command, job or event that it follows from."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE line_history ADD COLUMN cause_id uuid")
