"""Adds person keys to parts, so that the checks of a person can be found.

Parts that were stored before this migration have no person keys.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """ALTER TABLE check_parts ADD COLUMN person_keys text[] NOT NULL DEFAULT '{}',
               ADD COLUMN asked_at timestamptz, ADD COLUMN checked_at timestamptz"""
    )
    op.execute("CREATE INDEX check_parts_people ON check_parts USING gin (person_keys)")
