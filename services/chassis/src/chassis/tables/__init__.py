"""Declarations of tables with SQLModel: functions for columns, and the tables of every service."""

from chassis.tables.columns import column, counter, key, moment, reference, serial

__all__ = ["column", "counter", "key", "moment", "reference", "serial"]
