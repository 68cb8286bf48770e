"""Store the members of a batch line in parts of up to 100, and returned members in a table of their own."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE line_parts (
    line_id uuid NOT NULL, part_index integer NOT NULL, number integer NOT NULL, member_ids uuid[] NOT NULL,
    PRIMARY KEY (line_id, part_index, number));
CREATE TABLE returned_members (line_id uuid NOT NULL, member_id uuid NOT NULL, PRIMARY KEY (line_id, member_id));
INSERT INTO line_parts (line_id, part_index, number, member_ids)
    SELECT line_id, -1, n / 100, array_agg(member_id ORDER BY n)
    FROM (SELECT line_id, member_id,
                 (row_number() OVER (PARTITION BY line_id ORDER BY member_id) - 1)::integer AS n
          FROM line_members) AS numbered
    GROUP BY line_id, n / 100;
INSERT INTO returned_members (line_id, member_id) SELECT line_id, member_id FROM line_members WHERE returned;
DROP TABLE line_members;
CREATE INDEX line_parts_members ON line_parts USING gin (member_ids) WITH (fastupdate = off);
"""


def upgrade() -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
