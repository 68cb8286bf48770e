"""Index candidates by person, and store the time and the account of a confirmation."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("ALTER TABLE candidates ADD COLUMN confirmed_at timestamptz, ADD COLUMN confirmed_by text")
    op.execute("CREATE INDEX candidates_person ON candidates (person_key)")


def downgrade() -> None:
    op.execute("DROP INDEX candidates_person")
    op.execute("ALTER TABLE candidates DROP COLUMN confirmed_by, DROP COLUMN confirmed_at")
