"""Add `stopped` to `unit_moves`: its job gave up the move. The unit is free again, and the move can be continued."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE unit_moves ADD COLUMN stopped boolean NOT NULL DEFAULT false")
