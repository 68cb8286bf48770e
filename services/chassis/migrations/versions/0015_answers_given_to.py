"""Stores with the answer to a command the role and the union of the account. If the role or the union has changed, the
stored answer is not returned again.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE idempotency_keys ADD COLUMN given_to text")
