"""The refusal of an upload of registry records. Uses only the standard library."""

from typing import Any


class RecordsRefused(Exception):
    """`message` says what to do and quotes no record. If one line is the cause, `detail` holds its number."""

    def __init__(self, code: str, message: str, **detail: Any) -> None:
        super().__init__(message)
        self.code, self.message, self.detail = code, message, detail
