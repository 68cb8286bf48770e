"""A small union tree on a running stack: two streets, unions below them, and people whose statuses a test sets."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import xlsxwriter

from contracts.fields import Shares
from contracts.words import CardStatus, EmploymentStatus, EnrollmentType, Role, Term, UnionType
from enrollctl.demo.stages.caller import Caller, Refused
from enrollctl.demo.stages.journey import XLSX
from enrollctl.demo.stages.photo import voucher_photo
from enrollctl.demo.stages.tree import CITY, DISTRICT, TreeUnion, demo_id
from enrollctl.roster.columns import COLUMNS, DOCUMENT_TYPE, NAME, NUMBER
from enrollctl.roster.resident_ids import resident_id
from enrollctl.stack.stack import Stack
from support.waiting import eventually

#: Other tests set the rates of plan A on the same stack, so the cluster uses a plan of its own.
PLAN = "W"


@dataclass(frozen=True, slots=True)
class Resident:
    name: str
    number: str


def resident(order: int) -> Resident:
    return Resident(f"镇民{order:03d}", resident_id("310115", date(1985, 6, 15), order))


class Cluster:
    """Two streets and two unions below them. Every command is sent over HTTP, by an account of the union concerned."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.stack = stack
        self.streets = [
            TreeUnion(demo_id(f"{name}|street|{n}"), f"{name}第{n}街道总工会", UnionType.STREET, DISTRICT)
            for n in (1, 2)
        ]
        self.unions = [self._committee(name, n) for n in (1, 2)]
        self.city = self._caller(Role.MUNICIPAL, CITY)
        self.operator = self._caller(Role.OPERATOR, None)
        self.handlers = [self._caller(Role.HANDLER, union) for union in self.unions]
        self.reviewers = [self._caller(Role.REVIEWER, street) for street in self.streets]
        self.district = self._caller(Role.REVIEWER, DISTRICT)

    def _committee(self, name: str, number: int) -> TreeUnion:
        unit = (demo_id(f"{name}|unit|{number}"), f"{name}第{number}公司")
        union_id = demo_id(f"{name}|union|{number}")
        return TreeUnion(union_id, f"{name}第{number}工会委员会", UnionType.COMMITTEE, self.streets[0], (unit,))

    def _caller(self, role: Role, place: TreeUnion | None) -> Caller:
        where = place.union_id if place else None
        account = f"{role.value}-{place.name if place else 'all'}"
        return Caller(self.stack.url, self.stack.keys, account=account, role=role, union_id=where)

    def settle(self, year: int) -> None:
        """Write the union tree and the plan of the year, and wait until every service knows the unions."""
        for place in (CITY, DISTRICT, *self.streets, *self.unions):
            self.put(place)
        for term, share in ((Term.FULL_YEAR, 1300), (Term.HALF_YEAR, 650)):
            shares = Shares.of(city=share, district=share).model_dump()
            body = {"plan_name": "示例保障", "shares": shares, "sample": True}
            eventually(partial(self._priced, f"/rates/{year}/{PLAN}/{term.value}", body))
        for union in self.unions:
            for service in ("enrollment-svc", "review-svc", "payment-svc"):
                eventually(partial(self._knows, service, union))

    def _priced(self, path: str, body: dict[str, Any]) -> bool:
        """Whether enrollment-svc accepted the rate. It refuses the rate until it has copied the union of the city's
        account.
        """
        try:
            self.city.act("enrollment-svc", path, body, method="PUT")
        except Refused as refused:
            if refused.code != "CITY_SCOPE_REQUIRED":
                raise
            return False
        return True

    def _knows(self, service: str, union: TreeUnion) -> bool:
        try:
            self.reviewers[0].get(service, "/figures", union_id=union.union_id)
        except Refused:
            return False
        return True

    def put(self, place: TreeUnion, parent: TreeUnion | None = None) -> None:
        """Write a union. `parent`: the union below which it is moved."""
        body = place.body() | ({"parent_id": str(parent.union_id)} if parent else {})
        self.city.act("member-svc", f"/unions/{place.union_id}", body, method="PUT")

    def registries_say(self, card: CardStatus, employment: EmploymentStatus, people: Sequence[Resident]) -> None:
        lines = [f"{one.number},{card.label},{employment.label}" for one in people]
        content = "\n".join(["id_number,card_status,employment_status", *lines]).encode()
        self.operator.send("simulator", "/registries/records", content, "text/csv", method="PUT")

    def import_people(self, at: int, people: Sequence[Resident]) -> dict[str, Any]:
        """Upload and confirm a roster, and wait until the people are stored and their statuses are known; return the
        finished import."""
        handler, union = self.handlers[at], self.unions[at]
        fields = {"union_id": str(union.union_id), "unit_id": str(union.units[0][0]), "check_on_import": "true"}
        started = handler.upload("member-svc", "/imports", fields, "roster.xlsx", roster_of(people), XLSX)
        path = f"/imports/{started['import_id']}"

        def reached(state: str) -> Callable[[], bool]:
            return lambda: handler.get("member-svc", path)["state"]["code"] == state

        eventually(reached("checked"))
        handler.act("member-svc", f"{path}/confirm", {})
        eventually(reached("applied"))
        ended: dict[str, Any] = handler.get("member-svc", path)
        eventually(lambda: self._answered(at, ended["counts"]["created"]))
        return ended

    def _answered(self, at: int, created: int) -> bool:
        figures = self.handlers[at].get("enrollment-svc", "/figures", union_id=self.unions[at].union_id)
        checks = figures["checks"]
        return not checks["open"] and checks["people"] >= created

    def members(self, at: int) -> dict[str, str]:
        """Name → id of the people in a union's list."""
        listed = self.handlers[at].pages("member-svc", "/members")
        return {one["name"]: one["member_id"] for one in listed}

    def ready(self, at: int) -> list[str]:
        """The names of the people in 待提交 of a union, in both channels."""
        union_id = self.unions[at].union_id
        listed = self.handlers[at].pages("enrollment-svc", "/candidates", union_id=union_id, tab="ready")
        return sorted(one["name"] for one in listed)

    def submit(self, at: int, member_ids: Sequence[str], year: int) -> dict[str, Any]:
        body = {
            "union_id": str(self.unions[at].union_id),
            "enrollment_type": EnrollmentType.IMMEDIATE.value,
            "channel": "social_security_card",
            "plan": PLAN,
            "year": year,
            "member_ids": list(member_ids),
        }
        answer: dict[str, Any] = self.handlers[at].act("enrollment-svc", "/submissions", body)
        return answer

    def line(self, reviewer: Caller, line_id: str, listed: str = "pending") -> dict[str, Any] | None:
        """The line in a reviewer's list, or None."""
        return next(
            (one for one in reviewer.pages("review-svc", "/lines", list=listed) if one["line_id"] == line_id), None
        )

    def pass_up(self, reviewer: Caller, line_id: str) -> None:
        eventually(lambda: self.line(reviewer, line_id))
        self._stage(reviewer, line_id)
        reviewer.act("review-svc", "/lines/pass-up", {"line_ids": [line_id]})

    def to_center(self, line_id: str) -> str:
        """The district submits this line alone; return the submission's number."""
        eventually(lambda: self.line(self.district, line_id))
        self._stage(self.district, line_id)
        body = {
            "line_ids": [line_id],
            "enrollment_type": EnrollmentType.IMMEDIATE.value,
            "handler": {"name": "镇经办人", "mobile": "13800000000", "email": "town@example.org"},
        }
        return str(self.district.act("review-svc", "/submissions", body)["submission_no"])

    def _stage(self, reviewer: Caller, line_id: str) -> None:
        line = self.line(reviewer, line_id)
        assert line is not None
        body = {"lines": [{"line_id": line_id, "version": line["version"]}]}
        reviewer.act("review-svc", "/lines/stage", body)

    def batch(self, at: int, batch_no: str) -> dict[str, Any]:
        found: dict[str, Any] = self.handlers[at].get("enrollment-svc", f"/batches/{batch_no}")
        return found

    def due(self, submission_no: str) -> dict[str, Any]:
        found: dict[str, Any] = self.district.get("payment-svc", f"/dues/{submission_no}")
        return found

    def pay(self, submission_no: str, amount_fen: int, paid_on: date) -> None:
        fields = {
            "submission_nos": submission_no,
            "amount_fen": str(amount_fen),
            "paid_on": paid_on.isoformat(),
            "bank_reference": f"TOWN-{submission_no}",
            "payer": DISTRICT.name,
        }
        photo = voucher_photo(submission_no)
        self.district.upload("payment-svc", "/vouchers", fields, "voucher.png", photo, "image/png")


def roster_of(people: Sequence[Resident]) -> bytes:
    """A workbook with these people."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("会员")
        sheet.write_row(0, 0, COLUMNS)
        for row, one in enumerate(people, start=1):
            cells = {NAME: one.name, DOCUMENT_TYPE: "身份证", NUMBER: one.number}
            for at, column in enumerate(COLUMNS):
                sheet.write_string(row, at, cells.get(column, ""))
    return buffer.getvalue()
