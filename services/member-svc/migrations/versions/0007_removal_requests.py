"""Add `removal_id` to `members`: the removal request that enrollment-svc has not decided yet (A57)."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE members ADD COLUMN removal_id uuid, ADD COLUMN removal_requested_at timestamptz")
