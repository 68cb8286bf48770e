"""Counts the searches by document number of each account on each day."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """CREATE TABLE number_searches (
               account    text NOT NULL,
               on_day     date NOT NULL,
               number_key text NOT NULL,
               found      boolean NOT NULL DEFAULT false,
               PRIMARY KEY (account, on_day, number_key))"""
    )
