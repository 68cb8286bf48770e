"""Why an upload of registry records is refused. Standard library only."""

from typing import Any


class RecordsRefused(Exception):
    """`message` says what to do and repeats nothing of a record; `detail` has the line where one is to blame."""

    def __init__(self, code: str, message: str, **detail: Any) -> None:
        super().__init__(message)
        self.code, self.message, self.detail = code, message, detail
