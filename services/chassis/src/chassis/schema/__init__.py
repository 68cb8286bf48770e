"""Tables as SQLModel declares them, and Alembic; only `migrate` imports this in a service."""

from chassis.schema import key_columns
from chassis.schema.grants import RoleUnusable
from chassis.schema.migrations import migrate, migrate_now, script_of, sqlalchemy_url
from chassis.schema.tables import instant

__all__ = [
    "RoleUnusable",
    "instant",
    "key_columns",
    "migrate",
    "migrate_now",
    "script_of",
    "sqlalchemy_url",
]
