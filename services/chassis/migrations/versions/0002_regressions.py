"""Counts, for each key, records that arrive after a later one, in addition to records that never arrive."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE inbox_positions ADD COLUMN regressions bigint NOT NULL DEFAULT 0")
