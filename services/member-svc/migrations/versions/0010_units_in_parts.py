"""Add the version of a union's units, and whether they are published in parts."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """ALTER TABLE unions
               ADD COLUMN units_version bigint NOT NULL DEFAULT 0,
               ADD COLUMN units_in_parts boolean NOT NULL DEFAULT false"""
    )
