"""Adds, for each key, a count of the records that arrive after a record with a higher number."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE inbox_positions ADD COLUMN regressions bigint NOT NULL DEFAULT 0")
