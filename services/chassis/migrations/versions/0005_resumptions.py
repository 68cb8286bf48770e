"""A paused subscriber looks several times a second for the act that resumes it; acts are many, these are few."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX acts_subscriber_resumed ON acts (id) WHERE name = 'subscriber_resumed'")
