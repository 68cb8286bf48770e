"""Move the units listed in records of the tree into the table of units (ADR 0014)."""

from alembic import op

from chassis.messaging import tree_units

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(tree_units.FILL)
