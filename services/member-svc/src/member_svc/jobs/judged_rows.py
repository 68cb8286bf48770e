"""Prepares judged rows for the database: adds keys, encrypts, masks, and compares them with the members (A58, A59)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import compress
from typing import Any, get_args, get_type_hints
from uuid import UUID

import orjson

from chassis.database import Tools
from chassis.privacy import mask_name, mask_number
from chassis.routes import number_key
from member_svc.domain.people import PLAIN, ExistingMembership, PlainValues, StagedPerson, differs
from member_svc.domain.roster import headings
from member_svc.domain.roster.row_codes import RowCode
from member_svc.domain.roster.row_faults import RowFault
from member_svc.domain.states import RowOutcome
from member_svc.jobs.member_ids import new_member_ids
from member_svc.roster.judging import JudgedPerson, RejectedRow
from member_svc.roster.reading import JudgedRows
from member_svc.store.import_rows import ReportPortion, ReportRow
from member_svc.store.staged_people import StagedPortion

OTHER_UNIT = RowFault(
    headings.NUMBER,
    RowCode.OTHER_UNIT,
    "已在其他单位登记；如已调入本单位，请会员联系原单位在会员管理中删除后转入，未转出前两单位均可办理",
)
#: The plain values that are dates. The child process sends a date as a text.
DATES = frozenset(name for name, kind in get_type_hints(PlainValues).items() if date in get_args(kind))


@dataclass(slots=True)
class CheckedPeople:
    """Valid rows of one unit, and their values in the report.

    `warnings`: the warnings of each row that has any, by the row's index in the lists.
    """

    staged: StagedPortion
    masked_names: list[str]
    masked_numbers: list[str]
    numbers: list[str]
    warnings: dict[int, list[RowFault]]

    @property
    def person_keys(self) -> list[str]:
        return self.staged.lists["person_key"]


@dataclass(slots=True)
class CheckedRows:
    """`originals`: the sealed cells of the rejected rows, for the error workbook."""

    people: list[CheckedPeople]
    rejected: list[ReportRow]
    originals: list[tuple[int, bytes]]

    @property
    def person_keys(self) -> list[str]:
        return [key for some in self.people for key in some.person_keys]


@dataclass(slots=True)
class Report:
    """The report of checked rows, with the expected outcomes.

    The actual outcomes are decided when the import is applied.
    """

    rows: list[ReportRow]
    portions: list[ReportPortion] = field(default_factory=list)


class RowPreparation:
    """Prepares the judged rows of one import. It works on lists, because an object for each person is slow."""

    def __init__(self, import_id: UUID, tools: Tools) -> None:
        self._import_id = import_id
        self._row_cipher = tools.row_cipher
        self._index = tools.index
        self._days: dict[str | None, date | None] = {None: None}

    def checked(self, rows: JudgedRows) -> CheckedRows:
        return CheckedRows(
            [self._people(unit_id, people) for unit_id, people in rows.people],
            [self._rejected(row) for row in rows.rejected],
            [(row.row_no, self._original(row)) for row in rows.rejected],
        )

    def report(self, rows: CheckedRows, by_person: Mapping[str, Sequence[ExistingMembership]]) -> Report:
        """The report of the rows. Sets the expected outcomes of the staged people, too."""
        report = Report(list(rows.rejected))
        for people in rows.people:
            self._compare(people, by_person)
            report.rows += self._warned(people)
            if portion := _portion(people):
                report.portions.append(portion)
        return report

    def _people(self, unit_id: UUID, people: Sequence[JudgedPerson]) -> CheckedPeople:
        row_no, types, numbers, names, mobiles, cards, warnings, *plain = map(list, zip(*people, strict=True))
        index = self._index
        member_ids = new_member_ids(len(people))
        name_keys, written_keys = index.names_and_written_keys(names)
        rows = map(orjson.dumps, zip(names, numbers, mobiles, strict=True))
        lists: dict[str, list[Any]] = {
            "row_no": row_no,
            "member_id": member_ids,
            "document_type": types,
            "person_key": index.person_keys(types, numbers),
            "name_key": name_keys,
            "name_written_key": written_keys,
            "mobile_key": self._keys("mobile", mobiles),
            "card_key": self._keys("card", cards),
            "sealed": self._row_cipher.seal_each(rows, member_ids),
            "card_sealed": self._cards(cards, member_ids),
            "outcome": [RowOutcome.CREATED.value] * len(people),
        }
        for name, values in zip(PLAIN.names, plain, strict=True):
            lists[name] = self._dates(values) if name in DATES else values
        warned = {place: [RowFault(*one) for one in some] for place, some in enumerate(warnings) if some}
        masked = list(map(mask_name, names)), list(map(mask_number, numbers))
        return CheckedPeople(StagedPortion(unit_id, lists), *masked, numbers, warned)

    def _keys(self, purpose: str, texts: list[str | None]) -> list[str | None]:
        """The key of each text. The key of None is None."""
        if None not in texts:
            return list(self._index.of_each(purpose, texts))  # type: ignore[arg-type]
        keys = iter(self._index.of_each(purpose, [text for text in texts if text is not None]))
        return [None if text is None else next(keys) for text in texts]

    def _cards(self, cards: list[str | None], member_ids: list[UUID]) -> list[bytes | None]:
        seal = self._row_cipher.seal_bytes
        return [
            None if card is None else seal(card.encode(), member_id)
            for card, member_id in zip(cards, member_ids, strict=True)
        ]

    def _dates(self, texts: list[str | None]) -> list[date | None]:
        for text in set(texts) - self._days.keys():
            self._days[text] = date.fromisoformat(str(text))
        return list(map(self._days.__getitem__, texts))

    def _rejected(self, row: RejectedRow) -> ReportRow:
        key = number_key(self._index, row.number) if row.is_findable else None
        masked = mask_name(row.name) if row.name else "", mask_number(row.number)
        return _report_row(row.row_no, RowOutcome.REJECTED.value, None, masked, row.faults, key)

    def _original(self, row: RejectedRow) -> bytes:
        return self._row_cipher.seal_bytes(orjson.dumps(row.original), self._import_id)

    def _compare(self, people: CheckedPeople, by_person: Mapping[str, Sequence[ExistingMembership]]) -> None:
        """Set the outcomes and warnings of the people who are members in any unit."""
        if by_person.keys().isdisjoint(people.person_keys):
            return
        staged = people.staged
        for place, key in enumerate(people.person_keys):
            if key in by_person:
                own, elsewhere = _own_and_elsewhere(by_person[key], staged.unit_id)
                staged.lists["outcome"][place] = _outcome(staged.person(place), own).value
                if elsewhere:
                    people.warnings.setdefault(place, []).append(OTHER_UNIT)

    def _warned(self, people: CheckedPeople) -> list[ReportRow]:
        lists = people.staged.lists
        return [
            _report_row(
                lists["row_no"][place],
                lists["outcome"][place],
                people.staged.unit_id,
                (people.masked_names[place], people.masked_numbers[place]),
                warnings,
                number_key(self._index, people.numbers[place]),
            )
            for place, warnings in sorted(people.warnings.items())
        ]


def _portion(people: CheckedPeople) -> ReportPortion | None:
    """The report of the people without warnings. None if every person has a warning."""
    lists = people.staged.lists
    clean = (lists["row_no"], lists["outcome"], people.masked_names, people.masked_numbers, lists["person_key"])
    if people.warnings:
        chosen = [place not in people.warnings for place in range(len(people.numbers))]
        clean = tuple(list(compress(values, chosen)) for values in clean)  # type: ignore[assignment]
    return ReportPortion(people.staged.unit_id, *clean) if clean[0] else None


def _report_row(
    row_no: int,
    outcome: str,
    unit_id: UUID | None,
    masked: tuple[str, str],
    faults: Sequence[tuple[str, str, str]],
    number_key: str | None,
) -> ReportRow:
    fault_objects = [{"column": column, "code": code, "message": message} for column, code, message in faults]
    warned = outcome != RowOutcome.REJECTED.value
    return ReportRow(row_no, outcome, warned, unit_id, *masked, fault_objects, number_key)


def _own_and_elsewhere(
    memberships: Sequence[ExistingMembership], unit_id: UUID
) -> tuple[ExistingMembership | None, bool]:
    """The person as a member of this unit, if any, and whether the person is a member of another unit, too. Being a
    removed member of another unit does not count.
    """
    own = next((one for one in memberships if one.unit_id == unit_id), None)
    return own, any(one.unit_id != unit_id and not one.removed for one in memberships)


def _outcome(person: StagedPerson, own: ExistingMembership | None) -> RowOutcome:
    if own is None or own.removed or own.removal_pending:
        return RowOutcome.CREATED
    return RowOutcome.UPDATED if differs(person, own) else RowOutcome.UNCHANGED
