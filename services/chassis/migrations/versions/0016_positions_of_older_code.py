"""Clears the id, partition and offset of a position that a release before 0012 has moved.

During a rolling upgrade the old release writes beside the new one. The old release changes only `last`, so the other
columns would describe an older record. Without an id, a record with the same number counts as a duplicate.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """CREATE FUNCTION forget_older_record() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN NEW.last_id := NULL; NEW.partition := NULL; NEW.record_offset := NULL; RETURN NEW; END $$"""
    )
    op.execute(
        """CREATE TRIGGER inbox_positions_of_older_code BEFORE UPDATE ON inbox_positions FOR EACH ROW
           WHEN (NEW.last IS DISTINCT FROM OLD.last AND NEW.last_id IS NOT DISTINCT FROM OLD.last_id
                 AND NEW.partition IS NOT DISTINCT FROM OLD.partition
                 AND NEW.record_offset IS NOT DISTINCT FROM OLD.record_offset)
           EXECUTE FUNCTION forget_older_record()"""
    )
