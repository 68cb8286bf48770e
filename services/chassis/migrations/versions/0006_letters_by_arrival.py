"""An index of a key's open dead letters by arrival, so that a long queue is not sorted again for each replay."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP INDEX dead_letters_open")
    op.execute("CREATE INDEX dead_letters_open ON dead_letters (topic, key, id) WHERE state IN ('failed', 'parked')")
