"""Add the union of the account that requested a cancellation. It may differ from the batch's union."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE card_cancellations ADD COLUMN requested_by_union_id uuid")
