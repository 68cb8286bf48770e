"""An index that finds resume commands.

A paused subscriber searches the long audit log for them several times a second.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX acts_subscriber_resumed ON acts (id) WHERE name = 'subscriber_resumed'")
