"""Add `stopped` to `unit_moves`. It is true if the job gave up the move: the unit can move again, and a retry of the
job continues the move.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE unit_moves ADD COLUMN stopped boolean NOT NULL DEFAULT false")
