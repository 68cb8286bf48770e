"""Makes the rows of the rates, and of the districts' submissions and payments.

The sums of the submissions come from the stored lines.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import orjson

from chassis.database import job_id
from chassis.normalization import text_key
from chassis.privacy import BlindIndex, RowCipher
from contracts.words import EnrollmentType, MatchResult, Term
from enrollctl.city import tables as to
from enrollctl.city.layout import CityUnion, Layout, Reached
from enrollctl.city.tables import Rows
from enrollctl.city.union_rows import (
    CITY_FEN,
    DISTRICT_FEN,
    PLAN,
    PLAN_NAME,
    at_noon,
    submission_day,
    submission_no,
)

#: Sums of the lines of each submission, from review-svc.
SUMS = """
    SELECT submission_no, sum(heads)::int AS heads, sum(city_fen)::bigint AS city_fen,
           sum(district_fen)::bigint AS district_fen, sum(unit_fen)::bigint AS unit_fen
    FROM lines WHERE submission_no IS NOT NULL GROUP BY submission_no"""
#: Adds the rows of `submission_lines`, after lines and submissions are written. Each row refers to a submission.
ADD_LINES = """
    INSERT INTO submission_lines (
        submission_no, line_id, batch_no, union_id, unit_id, heads, city_fen, district_fen, unit_fen)
    SELECT submission_no, line_id, batch_no, union_id, unit_id, heads, city_fen, district_fen, unit_fen
    FROM lines WHERE submission_no IS NOT NULL"""
#: The districts pay within this many days (A62).
DAYS_TO_PAY = 15
REVIEWER = "city-reviewer"
ALL_LINES = UUID(int=0)
#: The kind of review-svc's job that sends a submission. The handler's contact data are encrypted for the job's id.
SUBMIT_JOB = "center.submission"


def add_rates(rows: Rows, layout: Layout, at: datetime) -> None:
    """Add the city's rates of the layout's years and of the year after them.

    The full-year rates of the layout's years are locked.
    """
    for year in (*layout.years, layout.today.year + 1):
        locked_at = at if year in layout.years else None
        for term, parts in ((Term.FULL_YEAR, 1), (Term.HALF_YEAR, 2)):
            rows.add(
                to.RATES, year, PLAN, term.value, "city", PLAN_NAME, CITY_FEN // parts, DISTRICT_FEN // parts, 0, True,
                False, 1, at, locked_at if parts == 1 else None,
            )  # fmt: skip


class SubmissionRows:
    """Adds the rows of the districts' submissions."""

    def __init__(self, layout: Layout, cipher: RowCipher, index: BlindIndex, rows: Rows) -> None:
        self._layout, self._cipher, self._index, self._rows = layout, cipher, index, rows

    def add_all(self, sums: Sequence[Any]) -> None:
        """Add all submissions. `sums`: the rows that the statement SUMS returns."""
        by_number = {row["submission_no"]: row for row in sums}
        in_submission = [reached for reached in Reached if reached.in_submission]
        for number in range(self._layout.districts):
            district = self._layout.district(number)
            for year in self._layout.years:
                self._rows.add(to.RATE_USES, year, PLAN, district.union_id, at_noon(date(year, 1, 4)))
                for kind in EnrollmentType:
                    for reached in in_submission:
                        row = by_number.get(submission_no(number, year, kind, reached))
                        if row:
                            self._add(district, year, kind, reached, row)

    def _add(self, district: CityUnion, year: int, kind: EnrollmentType, reached: Reached, row: Any) -> None:
        number, at = row["submission_no"], at_noon(submission_day(year, kind))
        confirmed_at = at + timedelta(days=1) if reached is not Reached.AWAITING else None
        handler = orjson.dumps({"name": "经办人甲", "mobile": "13800000000", "email": "a@example.org"})
        sums = tuple(row[name] for name in ("heads", "city_fen", "district_fen", "unit_fen"))
        self._rows.add(
            to.SUBMISSIONS, number, district.union_id, district.name, year, kind.value, row["heads"], *sums,
            self._cipher.seal_bytes(handler, job_id(SUBMIT_JOB, number)),
            "confirmed" if confirmed_at else "submitted", at, REVIEWER, at, confirmed_at, confirmed_at or at,
        )  # fmt: skip
        if confirmed_at:
            self._rows.add(to.CENTER_ANSWERS, number, ALL_LINES, "confirmed", confirmed_at)
        self._add_due(district, year, kind, reached, row, at, confirmed_at)

    def _add_due(
        self,
        district: CityUnion,
        year: int,
        kind: EnrollmentType,
        reached: Reached,
        row: Any,
        at: datetime,
        confirmed_at: datetime | None,
    ) -> None:
        number, due_fen = row["submission_no"], row["district_fen"] + row["unit_fen"]
        sums = {name: row[name] for name in ("heads", "city_fen", "district_fen", "unit_fen")}
        paid, pending, state = _payment(reached, district.index, due_fen)
        voucher_at = confirmed_at + timedelta(days=2) if confirmed_at and paid + pending else None
        self._rows.add(
            to.DUES, number, district.union_id, district.name, year, kind.value, _packed(sums, at),
            _packed(sums, confirmed_at) if confirmed_at else None, 1, *sums.values(), due_fen, paid, pending,
            due_fen - paid - pending if confirmed_at else 0, state, at, confirmed_at,
            confirmed_at.date() + timedelta(days=DAYS_TO_PAY) if confirmed_at else None, voucher_at, voucher_at or at,
        )  # fmt: skip
        if voucher_at:
            self._add_voucher(district, number, due_fen, paid, pending, voucher_at)
        if state == "settled" and voucher_at:
            self._rows.add(to.SETTLED, number, voucher_at + timedelta(days=1))

    def _add_voucher(
        self, district: CityUnion, number: str, due_fen: int, paid: int, pending: int, at: datetime
    ) -> None:
        voucher_id = self._layout.id_of("voucher", number)
        amount = paid + pending
        reference = f"JS{number[2:]}"
        secrets = orjson.dumps({"bank_reference": reference, "payer": district.name})
        name, decided_at = f"缴费凭证{number}.png", at + timedelta(days=1) if paid else None
        self._rows.add(
            to.VOUCHERS, voucher_id, district.union_id, amount, due_fen, amount,
            (MatchResult.MATCHED if amount == due_fen else MatchResult.SHORT).value, at.date(),
            self._cipher.seal_bytes(secrets, voucher_id), self._index.of("bank_reference", reference),
            uuid5(voucher_id, "file"), f"{voucher_id.hex}{voucher_id.hex}", name, "image/png", 1,
            "accepted" if paid else "submitted", REVIEWER, at, decided_at, text_key(name),
        )  # fmt: skip
        self._rows.add(to.FILLS, voucher_id, number, 1, due_fen, amount)
        self._rows.add(to.REVIEW_VOUCHERS, voucher_id, number)


def _payment(reached: Reached, district: int, due_fen: int) -> tuple[int, int, str]:
    """The paid money, the money of a voucher that the center has not decided yet, and the state of the due."""
    if reached is Reached.SETTLED:
        return due_fen, 0, "settled"
    if reached is Reached.AWAITING:
        return 0, 0, "awaiting_confirmation"
    if district % 3 == 1:
        return due_fen // 2, 0, "partly_paid"
    return (0, due_fen, "voucher_uploaded") if district % 3 == 2 else (0, 0, "payable")


def _packed(sums: dict[str, int], at: datetime) -> str:
    return orjson.dumps({"version": 1, "at": at.isoformat(), **sums}).decode()
