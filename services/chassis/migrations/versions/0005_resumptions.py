"""An index for the resume command, which a paused subscriber looks for several times a second in a long audit log."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX acts_subscriber_resumed ON acts (id) WHERE name = 'subscriber_resumed'")
