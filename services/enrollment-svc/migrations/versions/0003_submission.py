"""Add splits of districts, windows, published notices, flagged people, and indexes for the enrollment query."""

from alembic import op

revision = "0003"
down_revision = "0002"

# enrollments_gone_back finds a person's returned and withdrawn enrollments; enrollments_city_key finds the live one. A
# submission adds only live enrollments, so it writes nothing to enrollments_gone_back.
UP = """
ALTER TABLE rates
    ADD COLUMN second_level_fen bigint NOT NULL DEFAULT 0,
    ADD COLUMN half_year_from   text;

CREATE TABLE rate_uses (
    year     integer NOT NULL,
    plan     text NOT NULL,
    union_id uuid NOT NULL,
    first_at timestamptz NOT NULL,
    PRIMARY KEY (year, plan, union_id)
);

CREATE TABLE enrollment_windows (
    year            integer NOT NULL,
    enrollment_type text NOT NULL,
    opens_on        date NOT NULL,
    closes_on       date NOT NULL,
    version         integer NOT NULL,
    set_at          timestamptz NOT NULL,
    PRIMARY KEY (year, enrollment_type)
);

CREATE TABLE notices_told (
    notice_id uuid PRIMARY KEY
);

ALTER TABLE enrollments ADD COLUMN flagged text;
CREATE INDEX enrollments_gone_back ON enrollments (person_key) WHERE state <> 'held';

ALTER TABLE lines ADD COLUMN start_rule text NOT NULL DEFAULT 'submit_next_day'
"""
DOWN = """
ALTER TABLE lines DROP COLUMN start_rule;
DROP INDEX enrollments_gone_back;
ALTER TABLE enrollments DROP COLUMN flagged;
DROP TABLE notices_told;
DROP TABLE enrollment_windows;
DROP TABLE rate_uses;
ALTER TABLE rates DROP COLUMN half_year_from, DROP COLUMN second_level_fen
"""


def upgrade() -> None:
    _run(UP)


def downgrade() -> None:
    _run(DOWN)


def _run(script: str) -> None:
    for statement in script.split(";\n"):
        op.execute(statement)
