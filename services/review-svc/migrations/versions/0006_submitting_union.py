"""Add the union of the account that submitted a line. It may differ from the line's own union."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE lines ADD COLUMN submitted_by_union_id uuid")
