"""Index the people of lines by person key."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX line_people_person ON line_people (person_key)")
