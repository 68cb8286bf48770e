"""Store the people of a line in parts, as they arrive: one row per part and not per person.

The stored people of a line become parts of 500, in the order of their member ids: the order in which the former release
sent them to the center. The numbers of these parts are negative, so that no part of the line that arrives later has the
same number. A migration has no keys and cannot encrypt, so each person keeps an encrypted block of their own.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE line_parts (
    line_id uuid NOT NULL, number integer NOT NULL, people integer NOT NULL,
    member_ids uuid[] NOT NULL, member_nos text[] NOT NULL, person_keys text[] NOT NULL, document_types text[] NOT NULL,
    masked_names text[] NOT NULL, masked_numbers text[] NOT NULL, confirmed_by_hand boolean[] NOT NULL,
    sealed bytea, sealed_people bytea[],
    PRIMARY KEY (line_id, number),
    CONSTRAINT line_parts_aligned CHECK (people = ALL (ARRAY[
        cardinality(member_ids), cardinality(member_nos), cardinality(person_keys), cardinality(document_types),
        cardinality(masked_names), cardinality(masked_numbers), cardinality(confirmed_by_hand)])),
    CONSTRAINT line_parts_sealed CHECK (num_nonnulls(sealed, sealed_people) = 1));
ALTER TABLE line_parts
    ALTER COLUMN member_ids SET STORAGE EXTERNAL, ALTER COLUMN sealed SET STORAGE EXTERNAL,
    ALTER COLUMN sealed_people SET STORAGE EXTERNAL;
CREATE TABLE marked_people (
    line_id uuid NOT NULL, member_id uuid NOT NULL, state text NOT NULL DEFAULT 'in', flag text,
    PRIMARY KEY (line_id, member_id));
INSERT INTO line_parts (line_id, number, people, member_ids, member_nos, person_keys, document_types, masked_names,
                        masked_numbers, confirmed_by_hand, sealed_people)
    SELECT line_id, number, count(*), array_agg(member_id ORDER BY member_id), array_agg(member_no ORDER BY member_id),
           array_agg(person_key ORDER BY member_id), array_agg(document_type ORDER BY member_id),
           array_agg(masked_name ORDER BY member_id), array_agg(masked_number ORDER BY member_id),
           array_agg(confirmed_by_hand ORDER BY member_id), array_agg(sealed ORDER BY member_id)
    FROM (SELECT *, ((row_number() OVER of_line - 1) / 500 - (count(*) OVER whole_line + 499) / 500)::integer AS number
          FROM line_people
          WINDOW whole_line AS (PARTITION BY line_id), of_line AS (PARTITION BY line_id ORDER BY member_id)) AS numbered
    GROUP BY line_id, number;
INSERT INTO marked_people (line_id, member_id, state, flag)
    SELECT line_id, member_id, state, flag FROM line_people WHERE state <> 'in' OR flag IS NOT NULL;
DROP TABLE line_people;
CREATE INDEX line_parts_people ON line_parts USING gin (person_keys);
"""


def upgrade() -> None:
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
