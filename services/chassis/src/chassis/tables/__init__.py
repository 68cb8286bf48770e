"""Tables as SQLModel declares them: the helpers for columns, and the tables that every service has."""

from chassis.tables.columns import column, counter, key, moment, reference, serial

__all__ = ["column", "counter", "key", "moment", "reference", "serial"]
