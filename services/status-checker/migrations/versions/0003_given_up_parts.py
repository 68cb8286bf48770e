"""A part that was given up lets its check end."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE check_parts ADD COLUMN given_up_at timestamptz")


def downgrade() -> None:
    op.execute("ALTER TABLE check_parts DROP COLUMN given_up_at")
