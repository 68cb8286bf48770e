"""Store the valid rows of an import in portions, and add `left_out` to the parts of an import.

A portion is one row of `import_people`. It has up to 500 roster rows of one unit, with a list for each column.
`left_out`: the roster rows of a part whose people were members already when the part was applied.

Replicas of the former release write the former table, so they must be stopped first.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

#: The lists of long values are not compressed, because encrypted data and keys do not get shorter.
STATEMENTS = """
ALTER TABLE import_people RENAME TO import_people_by_row;
ALTER TABLE import_people_by_row RENAME CONSTRAINT import_people_pkey TO import_people_by_row_pkey;
CREATE TABLE import_people (
    import_id uuid, unit_id uuid, last_row integer, row_no integer[] NOT NULL, outcome text[] NOT NULL,
    person_key text[] NOT NULL, member_id uuid[] NOT NULL, document_type text[] NOT NULL, name_key text[] NOT NULL,
    mobile_key text[] NOT NULL, card_key text[] NOT NULL, sealed bytea[] NOT NULL, card_sealed bytea[] NOT NULL,
    tag text[] NOT NULL, joined_on date[] NOT NULL, name_written_key text[] NOT NULL,
    PRIMARY KEY (import_id, unit_id, last_row));
ALTER TABLE import_people
    ALTER COLUMN person_key SET STORAGE EXTERNAL, ALTER COLUMN member_id SET STORAGE EXTERNAL,
    ALTER COLUMN name_key SET STORAGE EXTERNAL, ALTER COLUMN mobile_key SET STORAGE EXTERNAL,
    ALTER COLUMN card_key SET STORAGE EXTERNAL, ALTER COLUMN sealed SET STORAGE EXTERNAL,
    ALTER COLUMN card_sealed SET STORAGE EXTERNAL, ALTER COLUMN name_written_key SET STORAGE EXTERNAL;
INSERT INTO import_people
    SELECT import_id, unit_id, max(row_no), array_agg(row_no ORDER BY row_no), array_agg(outcome ORDER BY row_no),
           array_agg(person_key ORDER BY row_no), array_agg(member_id ORDER BY row_no),
           array_agg(document_type ORDER BY row_no), array_agg(name_key ORDER BY row_no),
           array_agg(mobile_key ORDER BY row_no), array_agg(card_key ORDER BY row_no),
           array_agg(sealed ORDER BY row_no), array_agg(card_sealed ORDER BY row_no), array_agg(tag ORDER BY row_no),
           array_agg(joined_on ORDER BY row_no), array_agg(name_written_key ORDER BY row_no)
    FROM (SELECT p.*, r.outcome,
                 (row_number() OVER (PARTITION BY p.import_id, p.unit_id ORDER BY p.row_no) - 1) / 500 AS portion
          FROM import_people_by_row AS p LEFT JOIN import_rows AS r USING (import_id, row_no)) AS rows
    GROUP BY import_id, unit_id, portion;
ALTER TABLE import_parts ADD COLUMN left_out integer[] NOT NULL DEFAULT '{}';
UPDATE import_parts AS t SET left_out = ARRAY(
    SELECT row_no FROM import_people_by_row AS p WHERE p.import_id = t.import_id AND p.row_no = ANY(t.row_nos))
WHERE purpose = 'created' AND applied_at IS NOT NULL;
DROP TABLE import_people_by_row;
"""


def upgrade() -> None:
    # The driver executes one statement per call. Every statement in STATEMENTS ends with a semicolon at a line's end.
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
