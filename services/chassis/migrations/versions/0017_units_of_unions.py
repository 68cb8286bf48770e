"""Adds the tables for the units of unions. A long list of units comes in parts (ADR 0014)."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """CREATE TABLE tree_units (
               node_id           uuid NOT NULL,
               unit_id           uuid NOT NULL,
               part              integer NOT NULL,
               name              text NOT NULL,
               organization_code text,
               credit_code       text,
               PRIMARY KEY (node_id, unit_id))"""
    )
    op.execute(
        """CREATE TABLE tree_unit_parts (
               node_id  uuid NOT NULL,
               part     integer NOT NULL,
               version  bigint NOT NULL,
               PRIMARY KEY (node_id, part))"""
    )
