"""Add `stopped`: a move that its job gave up frees the unit and can be continued."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE unit_moves ADD COLUMN stopped boolean NOT NULL DEFAULT false")
