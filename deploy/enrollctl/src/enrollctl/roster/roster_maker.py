"""Makes rosters. Rows are made again whenever they are read, so that 100,000 rows need no memory."""

import random
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate

from contracts.words import DocumentType
from enrollctl.roster.case import Case
from enrollctl.roster.cases import CASES, GOOD
from enrollctl.roster.columns import (
    COLUMNS,
    DOCUMENT_TYPE,
    JOINED_ON,
    MOBILE,
    NAME,
    NUMBER,
    SERVICE_CARD,
    TAG,
    UNIT,
    Cell,
)
from enrollctl.roster.expected import Expected, expect
from enrollctl.roster.people import People, Person
from enrollctl.roster.rows import Record, Row

#: The most rows that an import accepts.
MOST_ROWS = 100_000
#: A roster of this size or more contains every case at least once, unless it is `plain`.
ROWS_FOR_EVERY_CASE = 2 * len(CASES)
_BLANK_SHARE = 0.004
#: The number of earlier people from which duplicates are chosen.
_REMEMBERED = 64


@dataclass(frozen=True)
class Roster:
    """A made-up roster. It stores its arguments and no rows, because equal arguments give equal rows."""

    size: int
    seed: int
    plain: bool = False
    units: Sequence[str] = ()

    def rows(self) -> Iterator[Row]:
        return _RosterMaker(self).rows()

    def records(self) -> Iterator[Record]:
        """The records to load into the registries."""
        return (row.record for row in self.rows() if row.record is not None)

    @cached_property
    def expected(self) -> Expected:
        return expect(self.rows())


def make_roster(rows: int, seed: int, *, plain: bool = False, units: Sequence[str] = ()) -> Roster:
    """A roster with `rows` rows. The same arguments give the same roster.

    `plain`: all people are ready after the check, in the social-security-card channel. `units`: names for the column
    单位, which a joint union needs. Without `units` the column is empty. Raises ValueError if `rows` is out of range.
    """
    if not 1 <= rows <= MOST_ROWS:
        raise ValueError(f"a roster has 1 to {MOST_ROWS} rows, not {rows}")
    return Roster(rows, seed, plain, tuple(units))


class _RosterMaker:
    """One pass over a roster."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._dice = random.Random(f"roster/{roster.seed}/{roster.size}/{roster.plain}")  # noqa: S311 - reproducible
        self._people = People(roster.seed)
        self._imported: deque[tuple[Case, Person, str | None]] = deque(maxlen=_REMEMBERED)
        self._rejected: deque[Person] = deque(maxlen=_REMEMBERED)

    def rows(self) -> Iterator[Row]:
        sheet_row = 1
        blanks = self._blanks()
        for index, case in enumerate(self._cases()):
            sheet_row += 1
            if index in blanks:
                sheet_row += 1
            yield self._row(index, sheet_row, case)

    def _blanks(self) -> set[int]:
        """The indexes of the rows that follow a blank row. Data and blank rows together are at most `MOST_ROWS`."""
        size = self._roster.size
        if self._roster.plain or size < 10:
            return set()
        count = min(max(1, int(size * _BLANK_SHARE)), MOST_ROWS - size)
        return set(self._dice.sample(range(1, size), count))

    def _cases(self) -> Iterator[Case]:
        size = self._roster.size
        if self._roster.plain:
            yield from (GOOD for _ in range(size))
            return
        cases_by_index = self._every_case_once()
        totals = list(accumulate(case.weight for case in CASES))
        for index in range(size):
            yield cases_by_index.get(index) or self._dice.choices(CASES, cum_weights=totals)[0]

    def _every_case_once(self) -> dict[int, Case]:
        """Row index → case, for every case once. Cases that need earlier rows come last."""
        size = self._roster.size
        if size < ROWS_FOR_EVERY_CASE:
            return {}
        cases = self._dice.sample(CASES, len(CASES))
        cases.sort(key=lambda case: case.needs_earlier_rows)
        return dict(zip(sorted(self._dice.sample(range(1, size), len(CASES))), cases, strict=True))

    def _row(self, index: int, sheet_row: int, case: Case) -> Row:
        if case.repeats_imported:
            return self._duplicate(sheet_row, case) if self._imported else self._row(index, sheet_row, GOOD)
        second_try = case.repeats_rejected and self._rejected
        person = self._rejected.popleft() if second_try else self._person(index, case)
        cells = self._cells(person, self._unit())
        unit = cells[UNIT]
        if case.spoil:
            case.spoil(cells)
        if not case.faults:
            self._imported.append((case, person, unit if isinstance(unit, str) else None))
        elif case.name == "mobile_malformed":
            self._rejected.append(person)
        return Row(sheet_row, tuple(cells[column] for column in COLUMNS), case, person)

    def _duplicate(self, sheet_row: int, case: Case) -> Row:
        """A row that repeats an imported person in the same unit."""
        first, person, unit = self._dice.choice(self._imported)
        cells = self._cells(person, unit)
        if case.spoil:
            case.spoil(cells)
        case = replace(case, document=first.document, service_card=first.service_card)
        return Row(sheet_row, tuple(cells[column] for column in COLUMNS), case, person)

    def _person(self, index: int, case: Case) -> Person:
        return self._people.make(
            index,
            case.document,
            retired=case.retired and case.document is DocumentType.RESIDENT_ID,
            service_card=case.service_card,
            ends_with_x=case.ends_with_x,
        )

    def _unit(self) -> str | None:
        return self._dice.choice(self._roster.units) if self._roster.units else None

    def _cells(self, person: Person, unit: str | None) -> dict[str, Cell]:
        return {
            NAME: person.name,
            DOCUMENT_TYPE: person.document.label,
            NUMBER: person.number,
            MOBILE: person.mobile,
            TAG: person.tag,
            UNIT: unit,
            JOINED_ON: person.joined_on.isoformat(),
            SERVICE_CARD: person.service_card,
        }
