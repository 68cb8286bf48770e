"""Compares the money of all stages, from the lines to the vouchers. The prices follow from the demo's rates."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from contracts.words import Term
from enrollctl.demo.stages.journey import RATES
from faults.checks.reconciliation import Reconciliation
from faults.platform.platform import Platform
from faults.rig.wire import Wire

#: The business date of made rosters is in the first half of the year, so the rate of a full year applies.
RATE = RATES[Term.FULL_YEAR]

FIGURES = "heads, city_fen, district_fen, unit_fen"
LINES = f"SELECT line_id::text, submission_no, {FIGURES} FROM lines WHERE heads > 0"
REVIEW_LINES = f"SELECT line_id::text, {FIGURES} FROM lines WHERE heads > 0 AND state = 'completed'"
SENT_LINES = f"SELECT line_id::text, {FIGURES} FROM submission_lines WHERE state = 'in'"
CENTER_LINES = f"SELECT line_id::text, {FIGURES} FROM submission_lines WHERE state = 'confirmed'"
SUBMISSIONS = f"SELECT submission_no, {FIGURES} FROM submissions"
CENTER_SUBMISSIONS = f"SELECT submission_no, {FIGURES} FROM submissions WHERE state = 'confirmed'"
DUES = f"SELECT submission_no, {FIGURES} FROM dues"
DUE_AND_PAID = "SELECT submission_no, due_fen, paid_fen FROM dues"
FILLS = """
    SELECT f.submission_no, sum(f.amount_fen)::bigint FROM voucher_fills AS f JOIN vouchers AS v USING (voucher_id)
    WHERE v.state = 'accepted' GROUP BY 1"""
CENTER_FILLS = """
    SELECT s.submission_no, sum(s.amount_fen)::bigint FROM voucher_submissions AS s JOIN vouchers AS v
    USING (voucher_id) WHERE v.state = 'accepted' GROUP BY 1"""
VOUCHERS = "SELECT voucher_id::text, amount_fen, state FROM vouchers"
PEOPLE_PER_LINE = "SELECT line_id::text, count(*)::int FROM enrollments WHERE state = 'held' GROUP BY 1"

#: Line or submission → the number of people, and the shares of city, district and unit in fen.
Sums = dict[str, tuple[int, ...]]


@dataclass
class Money:
    """The money in each store, on each topic and at the center. `due`: submission → fen. `paid`: store → submission →
    fen.
    """

    people: dict[str, int]
    lines: Sums
    of_lines: dict[str, Sums]
    submission_of: dict[str, str]
    submissions: dict[str, Sums]
    due: dict[str, int]
    paid: dict[str, dict[str, int]]
    vouchers: dict[str, Counter[str]]

    def judge(self, reconciliation: Reconciliation) -> None:
        """A line must cost the rate times the number of its people. The sums of the lines must equal the submissions,
        the dues and the vouchers.
        """
        same(
            "price of a line", {line: priced(heads) for line, heads in self.people.items()}, self.lines, reconciliation
        )
        for where, sums in self.of_lines.items():
            same(f"lines: {where}", self.lines, sums, reconciliation)
        reconciliation.find("lost", "lines in no submission", len(self.lines.keys() - self.submission_of.keys()))
        by_submission = summed(self.lines, self.submission_of)
        for where, sums in self.submissions.items():
            same(f"submissions: {where}", by_submission, sums, reconciliation)
        owed = {number: sums[2] + sums[3] for number, sums in by_submission.items()}
        same_fen("due", owed, self.due, reconciliation)
        for where, fen in self.paid.items():
            same_fen(f"paid: {where}", owed, fen, reconciliation)
        own = self.vouchers["payment-svc"]
        for where, found in self.vouchers.items():
            reconciliation.sets(f"vouchers: {where}", set(own), list(found.elements()))
        amounts = sum(int(voucher.split(" ")[1]) for voucher in own)
        reconciliation.compare("vouchers of what is due, in fen", sum(owed.values()), amounts)
        reconciliation.find("lost", "nothing was paid", int(not amounts))

    @property
    def fee_fen(self) -> int:
        return sum(sum(shares) for _, *shares in self.lines.values())

    @property
    def submitted_fen(self) -> int:
        return sum(sum(shares) for _, *shares in self.submissions["center"].values())


def read_money(platform: Platform, wire: Wire) -> Money:
    enrollment, review, payment = (platform.store(name) for name in ("enrollment-svc", "review-svc", "payment-svc"))
    completed, confirmed, submitted, accepted = _figures_on_topics(wire)
    lines = enrollment.rows(LINES)
    dues = payment.rows(DUE_AND_PAID)
    return Money(
        people=dict(tuple(row) for row in enrollment.rows(PEOPLE_PER_LINE)),
        lines={line: tuple(figures) for line, _, *figures in lines},
        of_lines={
            "completed, on the topic": completed,
            "review-svc": _sums(review.rows(REVIEW_LINES)),
            "review-svc, as sent": _sums(review.rows(SENT_LINES)),
            "center": _sums(platform.simulator.rows(CENTER_LINES)),
        },
        submission_of={line: number for line, number, *_ in lines if number},
        submissions={
            "review-svc": _sums(review.rows(SUBMISSIONS)),
            "center": _sums(platform.simulator.rows(CENTER_SUBMISSIONS)),
            "confirmed, on the topic": confirmed,
            "payment-svc": _sums(payment.rows(DUES)),
        },
        due={number: due for number, due, _ in dues},
        paid={
            "payment-svc": {number: paid for number, _, paid in dues if paid},
            "payment-svc's vouchers": dict(tuple(row) for row in payment.rows(FILLS)),
            "the center's vouchers": dict(tuple(row) for row in platform.simulator.rows(CENTER_FILLS)),
        },
        vouchers={
            "payment-svc": _vouchers(payment.rows(VOUCHERS)),
            "center": _vouchers(platform.simulator.rows(VOUCHERS)),
            "submitted, on the topic": submitted,
            "accepted, on the topic": accepted,
        },
    )


def priced(heads: int) -> tuple[int, ...]:
    fee = RATE.times(heads)
    return heads, fee.city_fen, fee.district_fen, fee.unit_fen


def summed(lines: Sums, submission_of: Mapping[str, str]) -> Sums:
    """For each submission, the sums of the figures of its lines."""
    found: dict[str, tuple[int, ...]] = defaultdict(lambda: (0, 0, 0, 0))
    for line, number in submission_of.items():
        found[number] = tuple(one + more for one, more in zip(found[number], lines[line], strict=True))
    return dict(found)


def same(what: str, one: Sums, other: Sums, reconciliation: Reconciliation) -> None:
    """Missing keys count as lost, additional keys as doubled; a key with different figures counts as lost."""
    reconciliation.sets(what, set(one), list(other))
    for key in one.keys() & other.keys():
        reconciliation.find("lost", f"{what}: {key} is {other[key]}, not {one[key]}", int(one[key] != other[key]))


def same_fen(what: str, owed: Mapping[str, int], found: Mapping[str, int], reconciliation: Reconciliation) -> None:
    for number in sorted(owed.keys() | found.keys()):
        reconciliation.compare(f"{what} of {number}, in fen", owed.get(number, 0), found.get(number, 0))


def _sums(rows: list[Any]) -> Sums:
    return {key: tuple(figures) for key, *figures in rows}


def _vouchers(rows: list[Any]) -> Counter[str]:
    """Texts of the form `voucher_id fen state`."""
    return Counter(" ".join(str(value) for value in row) for row in rows)


def _figures_on_topics(wire: Wire) -> tuple[Sums, Sums, Counter[str], Counter[str]]:
    """Completed lines, confirmed submissions, submitted and accepted vouchers. The vouchers are texts as in
    `_vouchers`.
    """
    completed, confirmed = {}, {}
    submitted: Counter[str] = Counter()
    accepted: Counter[str] = Counter()
    for one in wire.distinct:
        match one.type:
            case "reviews.batch-completed.v1":
                body = orjson.loads(one.value)
                completed[body["line_id"]] = _figures(body)
            case "reviews.center-confirmed.v1":
                body = orjson.loads(one.value)
                confirmed[body["submission_no"]] = _figures(body)
            case "payments.voucher-submitted.v1" | "payments.voucher-accepted.v1":
                body = orjson.loads(one.value)
                vouchers = submitted if one.type == "payments.voucher-submitted.v1" else accepted
                vouchers[f"{body['voucher_id']} {body['amount_fen']} accepted"] += 1
    return completed, confirmed, submitted, accepted


def _figures(body: Mapping[str, Any]) -> tuple[int, ...]:
    fee = body["fee"]
    return body["heads"], fee["city_fen"], fee["district_fen"], fee["unit_fen"]
