"""The time when a part was given up, so that its check can end."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE check_parts ADD COLUMN given_up_at timestamptz")


def downgrade() -> None:
    op.execute("ALTER TABLE check_parts DROP COLUMN given_up_at")
