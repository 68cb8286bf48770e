"""Open letters of a place are read in the order of their arrival; a long queue is released without sorting it anew."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP INDEX dead_letters_open")
    op.execute("CREATE INDEX dead_letters_open ON dead_letters (topic, key, id) WHERE state IN ('failed', 'parked')")
