"""Stores an answer's role and union. If the account's role or union has changed, the answer is not returned again."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE idempotency_keys ADD COLUMN given_to text")
