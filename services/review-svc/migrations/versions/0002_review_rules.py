"""Add the start rule, the half-year rate, flags of people, the center's feedback, and indexes for lists of the city."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE lines
    ADD COLUMN start_rule text NOT NULL DEFAULT 'submit_next_day', ADD COLUMN half_year_from text,
    ADD COLUMN half_year_city_fen bigint, ADD COLUMN half_year_district_fen bigint,
    ADD COLUMN half_year_unit_fen bigint, ADD COLUMN settled_at timestamptz,
    ADD COLUMN flagged integer NOT NULL DEFAULT 0;
CREATE INDEX lines_listed ON lines (state, submitted_at);
CREATE INDEX lines_chain ON lines USING gin (chain);
ALTER TABLE line_people ADD COLUMN flag text;
ALTER TABLE submissions ADD COLUMN feedback_result text, ADD COLUMN feedback_text text;
CREATE TABLE vouchers (
    voucher_id uuid NOT NULL, submission_no text NOT NULL, PRIMARY KEY (voucher_id, submission_no));
"""


def upgrade() -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
