"""The refusal of an upload of registry records. Standard library only."""

from typing import Any


class RecordsRefused(Exception):
    """`message` says what to do and quotes no record; `detail` holds the line, if one line is the cause."""

    def __init__(self, code: str, message: str, **detail: Any) -> None:
        super().__init__(message)
        self.code, self.message, self.detail = code, message, detail
