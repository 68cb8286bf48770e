"""Reads the data of all subjects from every store after a round."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from contracts.topics import UNIONS
from faults.checks.stores import Store
from faults.city.world import City
from races.results import statements as sql
from races.subjects import Subject

#: A record of a statement.
Row = Any
By = dict[str, Row]


@dataclass
class Ends:
    """One person's data in every store: memberships by member id, lines by line id, other rows by their own number."""

    members: By = field(default_factory=dict)
    candidates: By = field(default_factory=dict)
    lines: By = field(default_factory=dict)
    reviewed: By = field(default_factory=dict)
    submissions: By = field(default_factory=dict)
    center: By = field(default_factory=dict)
    dues: By = field(default_factory=dict)
    vouchers: By = field(default_factory=dict)
    center_vouchers: By = field(default_factory=dict)
    rates: By = field(default_factory=dict)
    #: Submissions that are paid in full according to enrollment-svc.
    settled: set[str] = field(default_factory=set)
    #: Removals that were refused, with a notice.
    refusals: set[str] = field(default_factory=set)
    unions: By = field(default_factory=dict)
    #: Service → the same unions in its copy of the tree.
    copies: dict[str, By] = field(default_factory=dict)
    #: Submissions that contain or contained each line, the oldest number first.
    sent: dict[str, list[Row]] = field(default_factory=dict)

    def held(self) -> list[Row]:
        """Lines in which the person is enrolled, according to enrollment-svc."""
        return [line for line in self.lines.values() if line["held"]]


@dataclass
class Books:
    """Reads all stores for many subjects at once."""

    city: City

    def ends_of(self, subjects: Sequence[Subject]) -> list[Ends]:
        """The data of each subject, in order. Raises KeyError for a subject that member-svc does not have."""
        ids = [UUID(one.member_id) for one in subjects]
        members = self._of("member-svc").rows(sql.MEMBERS, ids)
        keys = {row["subject"]: row["person_key"] for row in members}
        people = {key: Ends() for key in keys.values()}
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
        return self.city.store(service)

    def _fill_people(self, people: Mapping[str, Ends]) -> None:
        keys = list(people)
        for row in self._of("enrollment-svc").rows(sql.CANDIDATES, keys):
            people[row["person_key"]].candidates[row["member_id"]] = row
        for row in self._of("enrollment-svc").rows(sql.ENROLLED, keys):
            people[row["person_key"]].lines[row["line_id"]] = row
        for row in self._of("review-svc").rows(sql.REVIEWED, keys):
            people[row["person_key"]].reviewed[row["line_id"]] = row

    def _fill_money(self, people: Iterable[Ends]) -> None:
        ends = list(people)
        of_line = defaultdict(list)
        lines = [UUID(line_id) for one in ends for line_id in one.reviewed]
        for row in self._of("review-svc").rows(sql.SUBMISSIONS, lines):
            of_line[row["line_id"]].append(row)
        numbers = sorted({row["submission_no"] for rows in of_line.values() for row in rows})
        money: dict[str, dict[str, list[Row]]] = {
            name: defaultdict(list) for name in ("dues", "vouchers", "center", "center_vouchers")
        }
        asked = (("dues", "payment-svc", sql.DUES), ("vouchers", "payment-svc", sql.VOUCHERS))
        for name, service, statement in asked:
            _group(money[name], self._of(service).rows(statement, numbers))
        _group(money["center"], self.city.simulator.rows(sql.CENTER, numbers))
        _group(money["center_vouchers"], self.city.simulator.rows(sql.CENTER_VOUCHERS, numbers))
        settled = {row[0] for row in self._of("enrollment-svc").rows(sql.SETTLED, numbers)}
        for one in ends:
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

    def _fill_rest(self, subjects: Sequence[Subject], found: Sequence[Ends]) -> None:
        ids = sorted({union_id for one in subjects for union_id in one.union_ids})
        unions = _by_union(self._of("member-svc").rows(sql.UNIONS, [UUID(one) for one in ids]))
        copies = {name: _by_union(self._of(name).rows(sql.COPIES, ids)) for name in UNIONS.consumers}
        refusals = {row[0] for row in self._of("member-svc").rows(sql.REFUSALS)}
        rates = {row["plan"]: row for row in self._of("enrollment-svc").rows(sql.RATES, [one.plan for one in subjects])}
        for subject, ends in zip(subjects, found, strict=True):
            ends.refusals, ends.rates = refusals, rates
            ends.unions = {one: unions[one] for one in subject.union_ids if one in unions}
            ends.copies = {
                name: {one: copy[one] for one in ends.unions if one in copy} for name, copy in copies.items()
            }


def _group(into: dict[str, list[Row]], rows: Iterable[Row]) -> None:
    for row in rows:
        into[row["submission_no"]].append(row)


def _by_union(rows: Iterable[Row]) -> By:
    return {row["union"]: row for row in rows}
