"""Copy the units of the stored `UnionChanged` records into the table `tree_units` (ADR 0014)."""

from alembic import op

from chassis.messaging import tree_units

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(tree_units.FILL)
