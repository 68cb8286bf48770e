"""Create the tables of unions and units, members, imports, and batch lines: a line under review prevents removals."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE unions (
    union_id uuid PRIMARY KEY, name text NOT NULL, union_type text NOT NULL, parent_id uuid, path uuid[] NOT NULL,
    active boolean NOT NULL, has_reviewer boolean NOT NULL,
    version integer NOT NULL, changed_at timestamptz NOT NULL);
CREATE INDEX unions_parent ON unions (parent_id);
CREATE TABLE units (
    unit_id uuid PRIMARY KEY, union_id uuid NOT NULL, position integer NOT NULL, name text NOT NULL,
    organization_code text, credit_code text);
CREATE INDEX units_union ON units (union_id);
CREATE SEQUENCE member_numbers START 7000000001;
CREATE TABLE members (
    member_id uuid PRIMARY KEY, member_no text NOT NULL, union_id uuid NOT NULL, unit_id uuid NOT NULL,
    person_key text NOT NULL, document_type text NOT NULL, masked_name text NOT NULL, masked_number text NOT NULL,
    name_key text NOT NULL, mobile_key text, card_key text, sealed bytea NOT NULL, card_sealed bytea,
    tag text, joined_on date, created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
    removed_at timestamptz,
    CONSTRAINT members_member_no UNIQUE (member_no),
    CONSTRAINT members_unit_person UNIQUE (unit_id, person_key));
CREATE INDEX members_person ON members (person_key);
CREATE INDEX members_name ON members (name_key);
CREATE INDEX members_union_no ON members (union_id, member_no) WHERE removed_at IS NULL;
CREATE INDEX members_card ON members (card_key) WHERE card_key IS NOT NULL;
CREATE TABLE imports (
    import_id uuid PRIMARY KEY, union_id uuid NOT NULL, unit_id uuid NOT NULL, state text NOT NULL,
    check_on_import boolean NOT NULL, created_by text NOT NULL, inflated_bytes bigint NOT NULL,
    attempt integer NOT NULL DEFAULT 0, planned text, sheet text, failure jsonb,
    total integer NOT NULL DEFAULT 0, done integer NOT NULL DEFAULT 0,
    row_count integer NOT NULL DEFAULT 0, created integer NOT NULL DEFAULT 0, updated integer NOT NULL DEFAULT 0,
    unchanged integer NOT NULL DEFAULT 0, rejected integer NOT NULL DEFAULT 0, warnings integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL, checked_at timestamptz, confirmed_at timestamptz, applied_at timestamptz);
CREATE INDEX imports_union ON imports (union_id, created_at);
CREATE TABLE import_files (import_id uuid, piece integer, sealed bytea NOT NULL, PRIMARY KEY (import_id, piece));
ALTER TABLE import_files ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE TABLE import_rows (
    import_id uuid, row_no integer, outcome text NOT NULL, warned boolean NOT NULL, unit_id uuid,
    masked_name text NOT NULL, masked_number text NOT NULL, faults jsonb, PRIMARY KEY (import_id, row_no));
CREATE TABLE import_people (
    import_id uuid, row_no integer, unit_id uuid NOT NULL, person_key text NOT NULL, member_id uuid NOT NULL,
    document_type text NOT NULL, name_key text NOT NULL, mobile_key text, card_key text,
    sealed bytea NOT NULL, card_sealed bytea, tag text, joined_on date, PRIMARY KEY (import_id, row_no));
CREATE TABLE import_parts (
    import_id uuid, purpose text, unit_id uuid, part_index integer, part_count integer NOT NULL,
    row_nos integer[] NOT NULL, applied_at timestamptz, PRIMARY KEY (import_id, purpose, unit_id, part_index));
CREATE TABLE batch_lines (line_id uuid PRIMARY KEY, state text NOT NULL, submission_no text);
CREATE INDEX batch_lines_submission ON batch_lines (submission_no);
CREATE TABLE line_members (
    line_id uuid, member_id uuid, returned boolean NOT NULL, PRIMARY KEY (line_id, member_id));
CREATE INDEX line_members_member ON line_members (member_id);
CREATE TABLE rejected_lines (submission_no text, line_id uuid, PRIMARY KEY (submission_no, line_id));
"""


def upgrade() -> None:
    # The driver executes one statement per call. Every statement in STATEMENTS ends with a semicolon at a line's end.
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
