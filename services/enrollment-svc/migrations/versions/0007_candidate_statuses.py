"""Move the registries' answers into a narrow table: those stored in `candidates`, and those that arrived before their
candidate (`early_statuses`). Drop the columns that say in which list a candidate is, because queries compute it now.

Stop every replica of the former release first: its statements name the columns and the table that are dropped here.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATUSES = """card_status, card_raw, card_checked_at, employment_status, employment_raw, employment_checked_at,
              card_source, employment_source"""
# The fill factors leave room on each page. So if a row of statuses is updated by a new check, or a candidate is
# confirmed, the new version of the row fits on the same page and no index changes. `candidates` needs less room than
# before, because answers no longer update it.
STATEMENTS = [
    """CREATE TABLE candidate_statuses (
           member_id             uuid PRIMARY KEY,
           card_status           text,
           card_raw              text,
           card_checked_at       timestamptz,
           employment_status     text,
           employment_raw        text,
           employment_checked_at timestamptz,
           card_source           text,
           employment_source     text
       ) WITH (fillfactor = 90)""",
    f"""INSERT INTO candidate_statuses (member_id, {STATUSES})
        SELECT member_id, {STATUSES} FROM candidates
        WHERE num_nonnulls(card_status, card_checked_at, employment_status, employment_checked_at) > 0""",  # noqa: S608
    f"""INSERT INTO candidate_statuses (member_id, {STATUSES}) SELECT member_id, {STATUSES} FROM early_statuses
        ON CONFLICT (member_id) DO NOTHING""",  # noqa: S608 - the names above
    "DROP TABLE early_statuses",
    """ALTER TABLE candidates
           DROP COLUMN standing, DROP COLUMN standing_confirmed, DROP COLUMN to_confirm,
           DROP COLUMN card_status, DROP COLUMN card_raw, DROP COLUMN card_checked_at, DROP COLUMN card_source,
           DROP COLUMN employment_status, DROP COLUMN employment_raw, DROP COLUMN employment_checked_at,
           DROP COLUMN employment_source""",
    "ALTER TABLE candidates SET (fillfactor = 90)",
]


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
