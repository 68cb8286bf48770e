"""Runs Alembic migrations and grants rights on tables. A service imports this package only for `migrate`."""

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
