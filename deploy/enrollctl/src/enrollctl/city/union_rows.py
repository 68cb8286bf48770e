"""Makes the rows of one grassroots union in all services: members, candidates, checks, and lines of each year."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid5

import orjson

from chassis.domain import SHANGHAI
from chassis.normalization import text_key
from chassis.privacy import RowCipher
from contracts.words import CardStatus, Channel, EmploymentStatus, EnrollmentType, Term
from enrollctl.city import tables as to
from enrollctl.city.layout import CityUnion, CityUnit, Layout, Reached
from enrollctl.city.people import CityPerson
from enrollctl.city.tables import Rows

PLAN, PLAN_NAME = "A", "A类会员专享基本保障"
#: The shares of one person's fee for a whole year, in fen.
CITY_FEN, DISTRICT_FEN = 1300, 1300
#: How many people a part of an event has at most, and how many members a row of member-svc's `line_parts` has at most.
PART, PROTECTED_PART = 500, 100
CARD_RAW = {CardStatus.NORMAL: "1", CardStatus.SEALED: "2", None: None}
EMPLOYMENT_RAW = {
    EmploymentStatus.EMPLOYED: "10",
    EmploymentStatus.RETIRED: "20",
    EmploymentStatus.DECEASED: "30",
    EmploymentStatus.UNCLEAR: "90",
}
HANDLER = "city-handler"


@dataclass(frozen=True, slots=True)
class UnionRows:
    """Adds the rows of grassroots unions."""

    layout: Layout
    cipher: RowCipher
    rows: Rows

    def add(self, union: CityUnion, people: Sequence[CityPerson]) -> None:
        """Add a union's people and lines."""
        of_units = _by_unit(union, people)
        self._add_check(union, of_units)
        for unit, members in of_units:
            self._add_members(union, unit, members)
        for year in self.layout.years:
            self._add_batch(union, year, of_units)

    def _add_members(self, union: CityUnion, unit: CityUnit, people: Sequence[CityPerson]) -> None:
        joined, removed = date(self.layout.years[0], 1, 2), at_noon(self.layout.today - timedelta(days=7))
        at, rows = self._imported_at(), self.rows
        rows.add(
            to.IMPORTS, self.layout.id_of("import", unit.unit_id), union.union_id, unit.unit_id, "applied", True,
            HANDLER, 10_000, 1, "changed", len(people), len(people), len(people), len(people), at, at, at, at,
        )  # fmt: skip
        members, candidates, statuses = rows.of[to.MEMBERS], rows.of[to.CANDIDATES], rows.of[to.STATUSES]
        for one in people:
            removed_at = removed if one.removed else None
            members.append((
                one.member_id, one.member_no, union.union_id, unit.unit_id, one.person_key, one.document.value,
                one.masked_name, one.masked_number, one.name_key, one.mobile_key, one.card_key, one.sealed,
                one.card_sealed, joined, at, at, removed_at,
            ))  # fmt: skip
            candidates.append((
                one.member_id, union.union_id, unit.unit_id, one.person_key, one.member_no, one.document.value,
                one.masked_name, one.masked_number, one.sealed, one.name_key, one.card_key is not None,
                one.channel and one.channel.value, removed_at, at,
            ))  # fmt: skip
            checked = self._checked_at()
            statuses.append((
                one.member_id, one.card and one.card.value, CARD_RAW[one.card], checked, one.employment.value,
                EMPLOYMENT_RAW[one.employment], checked,
            ))  # fmt: skip

    def _add_check(self, union: CityUnion, of_units: Sequence[tuple[CityUnit, Sequence[CityPerson]]]) -> None:
        job_id, at, rows = self.layout.id_of("check", union.index), self._checked_at(), self.rows
        rows.add(to.CHECK_JOBS, job_id, union.union_id, "import", at)
        for unit, members in of_units:
            parts = [members[start : start + PART] for start in range(0, len(members), PART)]
            rows.add(
                to.CHECK_SETS, job_id, unit.unit_id, union.union_id, "import", at, None, len(parts), len(members),
                len(parts), len(members), at,
            )  # fmt: skip
            for index, part in enumerate(parts):
                rows.add(
                    to.CHECK_PARTS, self.layout.id_of("check part", unit.unit_id, index), job_id, union.union_id,
                    unit.unit_id, index, len(parts), len(part),
                    [_person_hash(one.person_key) for one in part], at, at, orjson.dumps(_tally(part)).decode(), at, at,
                )  # fmt: skip

    def _add_batch(
        self, union: CityUnion, year: int, of_units: Sequence[tuple[CityUnit, Sequence[CityPerson]]]
    ) -> None:
        reached = self.layout.reached(union.index, year)
        if reached is Reached.NOT_SUBMITTED:
            return
        day, batch_no = self.layout.submitted_on(union.index, year), self.layout.batch_no(union.index, year)
        kind = enrollment_type(day)
        added = False
        for unit, members in of_units:
            for channel in Channel:
                people = [one for one in members if one.submitted and one.channel is channel]
                if people:
                    line = Line(self.layout, union, unit, channel, year, day, batch_no, kind, reached, people)
                    line.add(self.rows, self.cipher)
                    added = True
        if added:
            self.rows.add(
                to.BATCHES, batch_no, union.union_id, union.name, year, PLAN, PLAN_NAME, kind.value, day, at_noon(day)
            )
            if not reached.is_over:
                self.rows.add(to.PLAN_LOCKS, union.union_id, year, PLAN)

    def _imported_at(self) -> datetime:
        return at_noon(date(self.layout.years[0], 1, 2))

    def _checked_at(self) -> datetime:
        return at_noon(self.layout.today - timedelta(days=2))


@dataclass(frozen=True, slots=True)
class Line:
    """The people of one unit and channel in a batch."""

    layout: Layout
    union: CityUnion
    unit: CityUnit
    channel: Channel
    year: int
    day: date
    batch_no: str
    kind: EnrollmentType
    reached: Reached
    people: Sequence[CityPerson]

    @property
    def line_id(self) -> UUID:
        return self.layout.id_of("line", self.year, self.unit.unit_id, self.channel.value)

    @property
    def heads(self) -> int:
        """How many people are in the line now: 0 if the line was returned or withdrawn."""
        return 0 if self.reached.is_over else len(self.people)

    @property
    def submission_no(self) -> str | None:
        if not self.reached.in_submission:
            return None
        district, _ = self.layout.place_of(self.union.index)
        return submission_no(district, self.year, self.kind, self.reached)

    @property
    def money(self) -> tuple[int, int, int]:
        return self.heads * CITY_FEN, self.heads * DISTRICT_FEN, 0

    def add(self, rows: Rows, cipher: RowCipher) -> None:
        self._add_enrollments(rows)
        self._add_reviewed(rows, cipher)
        self._add_protected(rows)

    def _add_enrollments(self, rows: Rows) -> None:
        at, reached = at_noon(self.day), self.reached
        state = reached.value if reached.is_over else "completed" if reached.in_submission else "in_review"
        decided = at + timedelta(days=3) if state != "in_review" else None
        chain = [{"union_id": str(union.union_id), "name": union.name} for union in self._chain()]
        rows.add(
            to.LINES, self.line_id, self.batch_no, self.union.union_id, self.unit.unit_id, self.unit.name, self.year,
            self.channel.value, Term.FULL_YEAR.value, self.day + timedelta(days=1), date(self.year, 12, 31), CITY_FEN,
            DISTRICT_FEN, 0, len(self.people), self.heads, *self.money, orjson.dumps(chain).decode(), 1, state,
            self.submission_no, at, HANDLER, decided, decided or at,
        )  # fmt: skip
        rows.add(to.HISTORY, self.line_id, at, "submitted", HANDLER, len(self.people))
        if decided:
            rows.add(to.HISTORY, self.line_id, decided, state, "city-reviewer", len(self.people))
        enrolled, line_id = rows.of[to.ENROLLMENTS], self.line_id
        person_state = reached.value if reached.is_over else "held"
        for one in self.people:
            enrolled.append((
                line_id, one.member_id, self.year, one.person_key, one.member_no, one.document.value, one.masked_name,
                one.masked_number, one.sealed, one.card and one.card.value, one.employment.value, False, 1,
                person_state,
            ))  # fmt: skip

    def _add_reviewed(self, rows: Rows, cipher: RowCipher) -> None:
        at, reached, line_id = at_noon(self.day), self.reached, self.line_id
        chain = self._chain()
        step = 0 if reached.is_over or reached is Reached.AT_STREET else 1
        state = (
            reached.value
            if reached.is_over
            else "completed" if reached.in_submission else "staged" if reached is Reached.STAGED else "pending"
        )  # fmt: skip
        parts = [self.people[start : start + PART] for start in range(0, len(self.people), PART)]
        rows.add(
            to.REVIEW_LINES, line_id, self.batch_no, self.union.union_id, self.union.name, self.unit.unit_id,
            self.unit.name, self.year, PLAN, PLAN_NAME, self.kind.value, self.channel.value, Term.FULL_YEAR.value,
            self.day + timedelta(days=1), date(self.year, 12, 31), CITY_FEN, DISTRICT_FEN, 0, len(self.people),
            self.heads, *self.money, [union.union_id for union in chain], [union.name for union in chain], step,
            chain[step].union_id, state, step > 0, len(parts), len(parts), len(self.people), self.submission_no, at,
            HANDLER, self.union.union_id, at, text_key(self.unit.name),
        )  # fmt: skip
        rows.add(to.REVIEW_HISTORY, line_id, at, HANDLER, self.union.union_id, "submitted", "{}")
        if reached.in_submission:
            sent = orjson.dumps({"submission_no": self.submission_no}).decode()
            rows.add(to.REVIEW_HISTORY, line_id, at, "city-reviewer", chain[-1].union_id, "completed", sent)
            rows.add(
                to.DUE_LINES, self.submission_no, 1, line_id, self.batch_no, self.union.union_id, self.unit.unit_id,
                self.heads, *self.money,
            )  # fmt: skip
        for number, part in enumerate(parts):
            content = orjson.dumps([[one.name, one.number, one.mobile] for one in part])
            rows.add(
                to.REVIEW_PARTS, line_id, number, len(part), [one.member_id for one in part],
                [one.member_no for one in part], [one.person_key for one in part],
                [one.document.value for one in part], [one.masked_name for one in part],
                [one.masked_number for one in part], [False] * len(part),
                cipher.seal_bytes(content, uuid5(line_id, str(number))),
            )  # fmt: skip

    def _add_protected(self, rows: Rows) -> None:
        """Add rows of member-svc with the members whom the line protects from removal."""
        reached, line_id = self.reached, self.line_id
        state = "ended" if reached.is_over else "completed" if reached.in_submission else "under_review"
        rows.add(to.BATCH_LINES, line_id, state, self.submission_no)
        for start in range(0, len(self.people), PROTECTED_PART):
            ids = [one.member_id for one in self.people[start : start + PROTECTED_PART]]
            part, within = divmod(start, PART)
            rows.add(to.PROTECTED, line_id, part, within // PROTECTED_PART, ids)

    def _chain(self) -> tuple[CityUnion, CityUnion]:
        district, street = self.layout.place_of(self.union.index)
        return self.layout.street(district, street), self.layout.district(district)


def at_noon(day: date) -> datetime:
    return datetime.combine(day, time(12), SHANGHAI)


def enrollment_type(day: date) -> EnrollmentType:
    """The enrollment type on a day. In these cities, centralized enrollment (集中参保) is open in January only."""
    return EnrollmentType.CENTRALIZED if day.month == 1 else EnrollmentType.IMMEDIATE


def submission_no(district: int, year: int, kind: EnrollmentType, reached: Reached) -> str:
    """The number of a district's submission. A district has one for the lines of each year, type and `reached`."""
    order = list(Reached).index(reached)
    day = submission_day(year, kind) + timedelta(days=order)
    return f"CB{day:%Y%m%d}{9000 + district}"


def submission_day(year: int, kind: EnrollmentType) -> date:
    return date(year, 2, 2) if kind is EnrollmentType.CENTRALIZED else date(year, 3, 10)


def _by_unit(union: CityUnion, people: Sequence[CityPerson]) -> list[tuple[CityUnit, Sequence[CityPerson]]]:
    """The people of each unit, in even shares. Units without members, which a small union can have, are left out."""
    count = len(union.units)
    starts = [len(people) * index // count for index in range(count + 1)]
    units = zip(union.units, starts, starts[1:], strict=False)
    return [(unit, people[start:end]) for unit, start, end in units if start < end]


def _tally(part: Sequence[CityPerson]) -> dict[str, Counter[str]]:
    return {
        "card": Counter(one.card.value if one.card else "-" for one in part),
        "employment": Counter(one.employment.value for one in part),
    }


def _person_hash(person_key: str) -> int:
    """The first 64 bits of the person key, as `status_checker.parts.person_hash` makes them."""
    return int.from_bytes(bytes.fromhex(person_key[:16]), signed=True)
