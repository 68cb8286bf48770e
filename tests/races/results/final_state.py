"""Reads the data of all subjects from every store after a round of races. A subject is the person of one race."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from contracts.topics import UNIONS
from faults.checks.stores import Store
from faults.platform.platform import Platform
from races.results import statements as sql
from races.subjects import Subject

#: A row that a statement returns.
Row = Any
RowsById = dict[str, Row]


@dataclass
class FinalState:
    """One person's data in every store: memberships by member id, lines by line id, and every other row by its id or
    number, such as a submission by its submission number.
    """

    members: RowsById = field(default_factory=dict)
    candidates: RowsById = field(default_factory=dict)
    lines: RowsById = field(default_factory=dict)
    reviewed: RowsById = field(default_factory=dict)
    submissions: RowsById = field(default_factory=dict)
    center: RowsById = field(default_factory=dict)
    dues: RowsById = field(default_factory=dict)
    vouchers: RowsById = field(default_factory=dict)
    center_vouchers: RowsById = field(default_factory=dict)
    rates: RowsById = field(default_factory=dict)
    #: Submissions that are paid in full according to enrollment-svc.
    settled: set[str] = field(default_factory=set)
    #: Removals that were refused. A notice told this to the union.
    refusals: set[str] = field(default_factory=set)
    unions: RowsById = field(default_factory=dict)
    #: Service → the unions of `unions`, as they are in the service's copy of the tree.
    copies: dict[str, RowsById] = field(default_factory=dict)
    #: Line → the submissions that contain or contained it, the oldest number first.
    sent: dict[str, list[Row]] = field(default_factory=dict)

    def held(self) -> list[Row]:
        """Lines in which the person is enrolled, according to enrollment-svc."""
        return [line for line in self.lines.values() if line["held"]]


@dataclass
class StoreReader:
    """Reads all stores for many subjects at once."""

    platform: Platform

    def final_states_of(self, subjects: Sequence[Subject]) -> list[FinalState]:
        """The data of each subject, in order. Raises KeyError if a subject is not in member-svc."""
        ids = [UUID(one.member_id) for one in subjects]
        members = self._of("member-svc").rows(sql.MEMBERS, ids)
        keys = {row["subject"]: row["person_key"] for row in members}
        people = {key: FinalState() for key in keys.values()}
        for row in members:
            people[row["person_key"]].members[row["member_id"]] = row
        self._fill_people(people)
        self._fill_money(people.values())
        found = [people[keys[one.member_id]] for one in subjects]
        self._fill_rest(subjects, found)
        return found

    def open_checks(self) -> Iterable[str]:
        """Checks that still wait for an answer."""
        for service, statement in (("enrollment-svc", sql.CHECKS_OPEN), ("status-checker", sql.PARTS_OPEN)):
            if count := self._of(service).value(statement):
                yield f"{service} waits for {count} answers of the registries"

    def _of(self, service: str) -> Store:
        return self.platform.store(service)

    def _fill_people(self, people: Mapping[str, FinalState]) -> None:
        keys = list(people)
        for row in self._of("enrollment-svc").rows(sql.CANDIDATES, keys):
            people[row["person_key"]].candidates[row["member_id"]] = row
        for row in self._of("enrollment-svc").rows(sql.ENROLLED, keys):
            people[row["person_key"]].lines[row["line_id"]] = row
        for row in self._of("review-svc").rows(sql.REVIEWED, keys):
            people[row["person_key"]].reviewed[row["line_id"]] = row

    def _fill_money(self, people: Iterable[FinalState]) -> None:
        final_states = list(people)
        of_line = defaultdict(list)
        lines = [UUID(line_id) for one in final_states for line_id in one.reviewed]
        for row in self._of("review-svc").rows(sql.SUBMISSIONS, lines):
            of_line[row["line_id"]].append(row)
        numbers = sorted({row["submission_no"] for rows in of_line.values() for row in rows})
        money: dict[str, dict[str, list[Row]]] = {
            name: defaultdict(list) for name in ("dues", "vouchers", "center", "center_vouchers")
        }
        asked = (("dues", "payment-svc", sql.DUES), ("vouchers", "payment-svc", sql.VOUCHERS))
        for name, service, statement in asked:
            _group(money[name], self._of(service).rows(statement, numbers))
        _group(money["center"], self.platform.simulator.rows(sql.CENTER, numbers))
        _group(money["center_vouchers"], self.platform.simulator.rows(sql.CENTER_VOUCHERS, numbers))
        settled = {row[0] for row in self._of("enrollment-svc").rows(sql.SETTLED, numbers)}
        for one in final_states:
            one.sent = {
                line_id: sorted(of_line[line_id], key=lambda row: row["submission_no"]) for line_id in one.reviewed
            }
            one.submissions = {row["submission_no"]: row for rows in one.sent.values() for row in rows}
            one.settled = settled & one.submissions.keys()
            for number in one.submissions:
                one.dues.update((number, row) for row in money["dues"][number])
                one.center.update((number, row) for row in money["center"][number])
                one.vouchers |= {row["voucher_id"]: row for row in money["vouchers"][number]}
                one.center_vouchers |= {row["voucher_id"]: row for row in money["center_vouchers"][number]}

    def _fill_rest(self, subjects: Sequence[Subject], found: Sequence[FinalState]) -> None:
        ids = sorted({union_id for one in subjects for union_id in one.union_ids})
        unions = _by_union(self._of("member-svc").rows(sql.UNIONS, [UUID(one) for one in ids]))
        copies = {name: _by_union(self._of(name).rows(sql.COPIES, ids)) for name in UNIONS.consumers}
        refusals = {row[0] for row in self._of("member-svc").rows(sql.REFUSALS)}
        rates = {row["plan"]: row for row in self._of("enrollment-svc").rows(sql.RATES, [one.plan for one in subjects])}
        for subject, final in zip(subjects, found, strict=True):
            final.refusals, final.rates = refusals, rates
            final.unions = {one: unions[one] for one in subject.union_ids if one in unions}
            final.copies = {
                name: {one: copy[one] for one in final.unions if one in copy} for name, copy in copies.items()
            }


def _group(into: dict[str, list[Row]], rows: Iterable[Row]) -> None:
    for row in rows:
        into[row["submission_no"]].append(row)


def _by_union(rows: Iterable[Row]) -> RowsById:
    return {row["union"]: row for row in rows}
