"""The results of an import: its counts, the reasons for rejected rows, and the error if no row was imported."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from enrollctl.errors import Failure

#: For each reason, at most this many row numbers are shown.
NAMED = 5
#: member-svc adds a note with this code to every import. The note contains the counts. The report has the counts as
#: figures, so it leaves this note out.
ROWS_COUNTED = "ROWS_COUNTED"


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for rejected rows: heading, code, member-svc's sentence, and the numbers of the rows in the sheet."""

    column: str
    code: str
    message: str
    rows: tuple[int, ...]

    @property
    def where(self) -> str:
        more = ", …" if len(self.rows) > NAMED else ""
        return ", ".join(str(row) for row in self.rows[:NAMED]) + more

    def sentence(self) -> str:
        return f"{len(self.rows):,} × 【{self.column}】{self.message} ({self.code}; rows {self.where})"


def reasons_of(rejected: Sequence[dict[str, Any]]) -> list[Reason]:
    """Group the errors of rejected rows by column and code; the most frequent reason comes first."""
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    messages: dict[tuple[str, str], str] = {}
    for error in rejected:
        key = (error["column"], error["code"])
        rows[key].append(error["row"])
        messages.setdefault(key, error["message"])
    found = [Reason(*key, messages[key], tuple(numbers)) for key, numbers in rows.items()]
    return sorted(found, key=lambda reason: -len(reason.rows))


def figures_of_import(imported: dict[str, Any], rejected: list[dict[str, Any]], elsewhere: int) -> dict[str, Any]:
    """The counts of the import, every error of every rejected row, and the number of people already in other units.

    `notes` are member-svc's sentences about the workbook, for example about sheets and columns that were not read.
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
    """Every row was rejected. `found` contains the counts and the rejected rows, for the report."""

    def __init__(self, found: dict[str, Any]) -> None:
        self.found = found
        reasons = "\n".join(f"  {reason.sentence()}" for reason in reasons_of(found["rejected"]))
        notes = "".join(f"  {note}\n" for note in found["notes"])
        super().__init__(
            f"Nothing was imported: member-svc rejected all {found['rows']:,} rows of the roster.\n{reasons}\n{notes}"
            "Correct these rows and run the demo again; --report FILE lists every one of them."
        )
