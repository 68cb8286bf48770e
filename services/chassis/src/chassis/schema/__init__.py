"""Alembic and the rights on tables; only `migrate` imports this in a service."""

from chassis.schema import key_columns
from chassis.schema.grants import RoleUnusable
from chassis.schema.migrations import migrate, migrate_now, script_of, sqlalchemy_url

__all__ = [
    "RoleUnusable",
    "key_columns",
    "migrate",
    "migrate_now",
    "script_of",
    "sqlalchemy_url",
]
