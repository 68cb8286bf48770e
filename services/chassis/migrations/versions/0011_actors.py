"""The name of each account, as its last token states it, and in the audit log as it was then. Names are sealed."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """CREATE TABLE actors (
               account  text PRIMARY KEY,
               sealed   bytea,
               name_key text,
               scope_id uuid,
               seen_at  timestamptz NOT NULL DEFAULT now())"""
    )
    op.execute("ALTER TABLE acts ADD COLUMN actor_sealed bytea")
