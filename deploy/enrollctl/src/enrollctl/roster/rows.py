"""A row of a made-up roster, and the registries' record of its person."""

from dataclasses import dataclass

from enrollctl.roster.case import Case
from enrollctl.roster.columns import Cell
from enrollctl.roster.people import Person
from enrollctl.roster.standing import Standing, standing


@dataclass(frozen=True, slots=True)
class Record:
    """A person's statuses in the registries, in the manual's words; "-" means that a registry has no record."""

    id_number: str
    card_status: str
    employment_status: str


@dataclass(frozen=True, slots=True)
class Row:
    """A data row. `sheet_row`: its number in the sheet, where the heading is row 1 and blank rows count.

    `cells` are in the order of COLUMNS.
    """

    sheet_row: int
    cells: tuple[Cell, ...]
    case: Case
    person: Person

    @property
    def standing(self) -> Standing:
        """The list in which the person must be if the row is imported."""
        case = self.case
        return standing(case.document, self.person.service_card is not None, case.card, case.employment)

    @property
    def record(self) -> Record | None:
        """The record to load into the registries. None if the row is rejected or its case loads no record."""
        if self.case.faults or self.case.card is None or self.case.employment is None:
            return None
        return Record(self.person.number, self.case.card, self.case.employment)
