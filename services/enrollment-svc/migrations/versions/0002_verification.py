"""Add sources of statuses, due times of checks, confirmed statuses, and corrections of the calendar."""

from alembic import op

revision = "0002"
down_revision = "0001"

# A person who is a member of several units has a row in each. The partial index finds the rows in which the person is
# confirmed. An update of a status changes no column of this index, so PostgreSQL can keep the new version of the row on
# the same page.
UP = """
ALTER TABLE candidates
    ADD COLUMN card_source       text,
    ADD COLUMN employment_source text,
    ADD COLUMN promised_at       timestamptz,
    ADD COLUMN confirmed_raw     text;
CREATE INDEX candidates_confirmed ON candidates (union_id, person_key) WHERE confirmed_years <> '{}';

ALTER TABLE early_statuses
    ADD COLUMN card_source       text,
    ADD COLUMN employment_source text;

ALTER TABLE working_days
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN reason  text
"""
DOWN = """
ALTER TABLE working_days DROP COLUMN reason, DROP COLUMN version;
ALTER TABLE early_statuses DROP COLUMN employment_source, DROP COLUMN card_source;
DROP INDEX candidates_confirmed;
ALTER TABLE candidates
    DROP COLUMN confirmed_raw, DROP COLUMN promised_at, DROP COLUMN employment_source, DROP COLUMN card_source
"""


def upgrade() -> None:
    _run(UP)


def downgrade() -> None:
    _run(DOWN)


def _run(script: str) -> None:
    for statement in script.split(";\n"):
        op.execute(statement)
