"""Adds the encrypted names of accounts.

For each account, its last name is stored. In each row of the audit log, the name at the time of the row is stored.
"""

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
