"""Adds the time when a part was given up. A check can then end although some parts have no answer."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE check_parts ADD COLUMN given_up_at timestamptz")


def downgrade() -> None:
    op.execute("ALTER TABLE check_parts DROP COLUMN given_up_at")
