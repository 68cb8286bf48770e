"""Declarations of tables with SQLModel: functions for columns, and the tables that every service has."""

from chassis.tables.chassis_tables import AuditChainRow, AuditLogRow
from chassis.tables.columns import column, counter, key, moment, reference, serial

__all__ = ["AuditChainRow", "AuditLogRow", "column", "counter", "key", "moment", "reference", "serial"]
