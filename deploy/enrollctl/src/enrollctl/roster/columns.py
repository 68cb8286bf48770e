"""The columns of the import template, named by their headings in member-svc (A18, A58)."""

from datetime import date
from typing import TypeAlias

from member_svc.domain.roster.headings import (
    COLUMNS,
    DOCUMENT_TYPE,
    JOINED_ON,
    MOBILE,
    NAME,
    NUMBER,
    SERVICE_CARD,
    TAG,
    UNIT,
)

__all__ = [
    "COLUMNS",
    "DOCUMENT_TYPE",
    "JOINED_ON",
    "MOBILE",
    "NAME",
    "NUMBER",
    "SERVICE_CARD",
    "TAG",
    "UNIT",
    "Cell",
]

#: Text, a number cell, a date cell, or nothing in the cell.
Cell: TypeAlias = str | float | date | None
