"""What an import did with its rows; why rows were rejected, by reason; an import of which nothing came about."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from enrollctl.errors import Failure

#: So many row numbers are named for a reason.
NAMED = 5
#: member-svc's note that every import has.
ROWS_COUNTED = "ROWS_COUNTED"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why rows were rejected: the heading, the code and member-svc's sentence, and the rows by the sheet's numbers."""

    column: str
    code: str
    message: str
    rows: tuple[int, ...]

    @property
    def where(self) -> str:
        more = ", …" if len(self.rows) > NAMED else ""
        return ", ".join(str(row) for row in self.rows[:NAMED]) + more

    def told(self) -> str:
        return f"{len(self.rows):,} × 【{self.column}】{self.message} ({self.code}; rows {self.where})"


def reasons_of(rejected: Sequence[dict[str, Any]]) -> list[Reason]:
    """The most frequent reason first. `rejected` are errors as the import's report has them."""
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    messages: dict[tuple[str, str], str] = {}
    for error in rejected:
        key = (error["column"], error["code"])
        rows[key].append(error["row"])
        messages.setdefault(key, error["message"])
    found = [Reason(*key, messages[key], tuple(numbers)) for key, numbers in rows.items()]
    return sorted(found, key=lambda reason: -len(reason.rows))


def of_import(imported: dict[str, Any], rejected: list[dict[str, Any]], elsewhere: int) -> dict[str, Any]:
    """The import's own figures, every error of every rejected row, and how many people other units have already.

    `notes` are member-svc's sentences about the workbook, such as sheets and columns that were not read.
    """
    counts = imported["counts"]
    return {
        "rows": counts["rows"],
        "imported": counts["created"],
        "updated": counts["updated"],
        "unchanged": counts["unchanged"],
        "in_other_units": elsewhere,
        "rejected_rows": counts["rejected"],
        "rejected": rejected,
        "notes": [note["message"] for note in imported["reading"]["notes"] if note["code"] != ROWS_COUNTED],
    }


class NothingImported(Failure):
    """Every row was rejected. `found` is what there is to report: the counts and the rejected rows."""

    def __init__(self, found: dict[str, Any]) -> None:
        self.found = found
        reasons = "\n".join(f"  {reason.told()}" for reason in reasons_of(found["rejected"]))
        notes = "".join(f"  {note}\n" for note in found["notes"])
        super().__init__(
            f"Nothing was imported: member-svc rejected all {found['rows']:,} rows of the roster.\n{reasons}\n{notes}"
            "Correct these rows and run the demo again; --report FILE lists every one of them."
        )
