"""Replace two indexes of `members` on person keys by one, and add a small one for the members of a unit."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE members ADD CONSTRAINT members_person_unit UNIQUE (person_key, unit_id)")
    op.execute("CREATE INDEX members_unit ON members (unit_id)")
    op.execute("ALTER TABLE members DROP CONSTRAINT members_unit_person")
    op.execute("DROP INDEX members_person")
