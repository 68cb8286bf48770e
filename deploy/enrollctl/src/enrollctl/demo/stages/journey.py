"""The six stages of the demo: the HTTP calls of each stage, and the wait until all services have handled them."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from contracts.fields import Shares
from contracts.words import Channel, Role, Term
from enrollctl.demo.inputs.plan import Plan
from enrollctl.demo.stages.caller import Caller, Refused
from enrollctl.demo.stages.earlier import EarlierHoldings
from enrollctl.demo.stages.photo import voucher_photo
from enrollctl.demo.stages.rejections import NothingImported, figures_of_import
from enrollctl.demo.stages.tree import ABOVE, CITY, DISTRICT, STREET, TreeUnion, grassroots
from enrollctl.errors import Failure
from enrollctl.stack.stack import Stack

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Only the full-year fee of OFFICIAL_YEAR is official. The half-year fee and the fees of other years are samples
#: (docs/formulas.md).
RATES = {Term.FULL_YEAR: Shares.of(city=1300, district=1300), Term.HALF_YEAR: Shares.of(city=650, district=650)}
OFFICIAL_YEAR = 2024
#: A stage must be done within this many seconds. Tests kill services during a stage, so the time must be enough for a
#: restart.
WAIT_S = 600.0
TOO_LONG = (
    "stage {} did not end within {:.0f} s; see `enrollctl status`, `enrollctl lag` and `enrollctl dead-letters list`"
)

Show = Callable[[str, int, int], None]


class Journey:
    """One roster on one stack. Each stage method returns when the stage is done in every service."""

    def __init__(self, stack: Stack, plan: Plan, show: Show) -> None:
        self.stack = stack
        self.plan = plan
        self.show = show
        self.seconds: dict[str, float] = {}
        self.union = grassroots(plan.union_name, plan.seed, plan.units)
        self.import_id = ""
        self.submissions: list[dict[str, Any]] = []
        self.refused: list[Refused] = []
        self.earlier = EarlierHoldings()
        self.before_confirmation: dict[str, int] = {}
        self.excluded: dict[str, int] = {}
        self.confirmed = 0
        self.at_submission: dict[str, int] = {}
        self.submitted: dict[str, int] = {}
        #: The numbers of this journey's submissions to the center.
        self.sent: list[str] = []
        self.city = self._caller("demo-city", Role.MUNICIPAL, CITY)
        self.operator = self._caller("demo-operator", Role.OPERATOR, None)
        self.center = self._caller("demo-center", Role.CENTER, None)
        self.handler = self._caller("demo-handler", Role.HANDLER, self.union)
        self.reviewers = {p.union_id: self._caller(f"demo-{p.name}", Role.REVIEWER, p) for p in (STREET, DISTRICT)}

    def _caller(self, account: str, role: Role, place: TreeUnion | None) -> Caller:
        union_id = place.union_id if place else None
        return Caller(self.stack.url, self.stack.keys, account=account, role=role, union_id=union_id)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure the time of a stage."""
        started = time.monotonic()
        self.show(name, 0, 0)
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + round(time.monotonic() - started, 2)
        self.show(name, 1, 1)

    def wait(self, stage: str, done: Callable[[], bool], pause_s: float = 0.1) -> None:
        """Wait until the figures show that a stage is done."""
        deadline = time.monotonic() + WAIT_S
        while not done():
            if time.monotonic() > deadline:
                raise Failure(TOO_LONG.format(stage, WAIT_S))
            time.sleep(pause_s)

    # --- before the first stage -------------------------------------------------------------------------------

    def plant(self) -> None:
        """Create or update the union tree and the rates of the year, and replace the registries' records."""
        for place in (*ABOVE, self.union):
            self.city.act("member-svc", f"/unions/{place.union_id}", place.body(), method="PUT")
        self.wait("plant", self._tree_known_everywhere)
        for term, shares in RATES.items():
            self._set_rate(term, shares)
        # Records of earlier runs are deleted, because the registries must answer 不明确 for document numbers that the
        # csv does not list.
        self.operator.act("simulator", "/registries/records", method="DELETE")
        content = self.plan.registry.read_bytes()
        self.operator.send("simulator", "/registries/records", content, "text/csv", method="PUT")

    def _tree_known_everywhere(self) -> bool:
        """Whether every service has copied the tree. Before that, the street's account cannot read the union's data."""
        return all(
            self._knows(service) for service in ("enrollment-svc", "review-svc", "payment-svc", "status-checker")
        )

    def _knows(self, service: str) -> bool:
        try:
            self.reviewers[STREET.union_id].get(service, "/figures", union_id=self.union.union_id)
        except Refused:
            return False
        return True

    def _set_rate(self, term: Term, shares: Shares) -> None:
        plan = self.plan
        path = f"/rates/{plan.year}/{plan.plan_code}/{term.value}"
        sample = term is Term.HALF_YEAR or plan.year != OFFICIAL_YEAR
        body = {"plan_name": plan.plan_name, "shares": shares.model_dump(), "sample": sample}
        try:
            self.city.act("enrollment-svc", path, body, method="PUT")
        except Refused as refusal:
            # An earlier run used this rate. So the rate is locked and keeps its value.
            if refusal.code != "RATE_SEALED":
                raise

    # --- stage 1 ----------------------------------------------------------------------------------------------

    def import_roster(self) -> None:
        """Upload and check the roster, then confirm the import. Raises NothingImported if no row can be imported."""
        self.upload_and_check()
        found = self.imported()
        if not found["counts"]["valid"]:
            raise NothingImported(figures_of_import(found, self.rejected_errors(), self.people_elsewhere()))
        self.apply()

    def upload_and_check(self) -> None:
        """Upload the file and wait for the check of its rows. Raises Failure if the file as a whole is refused."""
        fields = {"union_id": str(self.union.union_id), "check_on_import": "true"}
        fields["unit_id"] = str(self.union.units[0][0])
        fields |= {"sheet": self.plan.sheet} if self.plan.sheet else {}
        content = self.plan.roster.read_bytes()
        answer = self.handler.upload("member-svc", "/imports", fields, "roster.xlsx", content, XLSX)
        self.import_id = answer["import_id"]
        self.wait("import", lambda: self._import_state("import") in ("checked", "failed"))
        if self._import_state("import") == "failed":
            failure = self.imported()["failure"]
            raise Failure(f"{self.plan.roster} was refused: {failure['message']} ({failure['code']})")

    def apply(self, pause_s: float = 0.1) -> None:
        """Confirm the import (确定导入), and wait until every person is stored."""
        self.handler.act("member-svc", f"/imports/{self.import_id}/confirm", {})
        self.wait("import", lambda: self._import_state("import") == "applied", pause_s)

    def imported(self) -> dict[str, Any]:
        """The import as member-svc shows it."""
        found: dict[str, Any] = self.handler.get("member-svc", f"/imports/{self.import_id}")
        return found

    def rejected_rows(self) -> list[dict[str, Any]]:
        """The rows that the import rejected. Each row has all its errors."""
        return list(self.handler.pages("member-svc", f"/imports/{self.import_id}/rows", outcome="rejected"))

    def rejected_errors(self) -> list[dict[str, Any]]:
        """Every error of every rejected row: the row's number, the heading, a code and member-svc's sentence."""
        names = ("row", "column", "code", "message")
        return [{name: error[name] for name in names} for row in self.rejected_rows() for error in row["errors"]]

    def people_elsewhere(self) -> int:
        """The number of rows whose people are already members of other units."""
        path, query = f"/imports/{self.import_id}/rows", {"code": "OTHER_UNIT", "page_size": 1}
        return int(self.handler.get("member-svc", path, **query)["total"])

    def _import_state(self, stage: str) -> str:
        found = self.imported()
        self.show(stage, int(found["progress"]["done"]), int(found["progress"]["total"]))
        return str(found["state"]["code"])

    # --- stage 2 ----------------------------------------------------------------------------------------------

    def verify(self) -> None:
        """Wait until enrollment-svc has stored the registries' answer for every imported person."""
        created = int(self.imported()["counts"]["created"])
        self.wait("verify", lambda: self._verified(created))

    def _verified(self, created: int) -> bool:
        figures = self.figures("enrollment-svc")
        checks = figures["checks"]
        self.show("verify", checks["answered_people"], max(created, checks["people"]))
        known = min(figures["people"]["total"], checks["people"])
        return bool(known >= created and not checks["open"])

    def figures(self, service: str) -> dict[str, Any]:
        """A service's own sums for this union and year."""
        caller = self.reviewers[DISTRICT.union_id]
        query = {"union_id": str(self.union.union_id), "year": self.plan.year}
        found: dict[str, Any] = caller.get(service, "/figures", **query)
        return found

    # --- stage 3 ----------------------------------------------------------------------------------------------

    def summaries(self) -> dict[Channel, dict[str, Any]]:
        """The figures that a screen shows above the list of candidates, for each channel."""
        query = {"union_id": str(self.union.union_id), "plan": self.plan.plan_code, "year": self.plan.year}
        return {c: self.handler.get("enrollment-svc", "/candidates/summary", channel=c.value, **query) for c in Channel}

    def confirm(self) -> None:
        """Record how many people are in each list. If the plan says so, confirm all whose employment is unclear."""
        people = self.figures("enrollment-svc")["people"]
        self.before_confirmation = {name: sum(people[name].values()) for name in ("to_verify", "to_confirm")}
        self.excluded = {
            "retired": people["retired"],
            "deceased": people["deceased"],
            "covered": sum(people["enrolled"].values()),
            "not_resident_id": people["no_channel"],
        }
        if self.plan.confirm_all and self.before_confirmation["to_confirm"]:
            body = {"union_id": str(self.union.union_id), "all": True, "year": self.plan.year}
            self.handler.act("enrollment-svc", "/confirmations", body)
        self.confirmed = sum(self.figures("enrollment-svc")["people"]["confirmed"].values())

    def ready(self) -> int:
        """The number of people in 待提交, both channels together."""
        return sum(self.figures("enrollment-svc")["people"]["ready"].values())

    # --- stage 4 ----------------------------------------------------------------------------------------------

    def submit(self) -> None:
        """Submit everybody in 待提交, one channel after the other."""
        for channel, summary in self.summaries().items():
            self.at_submission[channel.value] = summary["ready"]
            if summary["ready"]:
                self._submit(channel, summary)
        in_review = self._in_review()
        self.submitted = {channel.value: in_review[channel.value] for channel in Channel}

    def _submit(self, channel: Channel, summary: dict[str, Any]) -> None:
        """Submit the people who are ready in one channel, and keep a refusal for the report.

        `expected_total_fen` is the fee that a screen would show to the handler. It is None if there is no rate.
        """
        body = {
            "union_id": str(self.union.union_id),
            "enrollment_type": self.plan.enrollment_type.value,
            "channel": channel.value,
            "plan": self.plan.plan_code,
            "year": self.plan.year,
            "all": True,
            "on_refused": "skip",
            "expected_total_fen": summary["fee"] and summary["fee"]["total_fen"],
        }
        try:
            self.submissions.append(self.handler.act("enrollment-svc", "/submissions", body))
        except Refused as refusal:
            self.refused.append(refusal)

    # --- stage 5 ----------------------------------------------------------------------------------------------

    def review(self) -> None:
        """Pass the lines up the union tree and submit them to the center, then wait for its answer."""
        heads = sum(self.submitted.values())
        if self.plan.hitches and heads:
            self._return_a_line()
            heads = self._in_review().total()
        self._pass_up(self.reviewers[STREET.union_id], heads)
        self._to_center(self.reviewers[DISTRICT.union_id], heads)
        self.wait("review", self._center_has_answered)

    def _in_review(self) -> Counter[str]:
        """The number of people of this union under review, by channel, from enrollment-svc's lines."""
        people: Counter[str] = Counter()
        for line in self.figures("enrollment-svc")["lines"]:
            if line["state"] == "in_review":
                people[line["channel"]] += line["people_held"]
        return people

    def pending(self, reviewer: Caller, listed: str = "pending") -> list[dict[str, Any]]:
        """This union's batch lines in a reviewer's list, by default in the list of pending lines."""
        union_id = str(self.union.union_id)
        return [line for line in reviewer.pages("review-svc", "/lines", list=listed) if line["union_id"] == union_id]

    def _arrived(self, reviewer: Caller, heads: int) -> bool:
        arrived = sum(int(line["heads"]) for line in self.pending(reviewer))
        self.show("review", arrived, heads)
        return arrived >= heads

    def _stage_all(self, reviewer: Caller, heads: int) -> list[UUID]:
        self.wait("review", lambda: self._arrived(reviewer, heads))
        lines = [{"line_id": line["line_id"], "version": line["version"]} for line in self.pending(reviewer)]
        if lines:
            reviewer.act("review-svc", "/lines/stage", {"lines": lines})
        return [UUID(line["line_id"]) for line in lines]

    def _pass_up(self, reviewer: Caller, heads: int) -> None:
        if staged := self._stage_all(reviewer, heads):
            reviewer.act("review-svc", "/lines/pass-up", {"line_ids": [str(line_id) for line_id in staged]})

    def _to_center(self, reviewer: Caller, heads: int) -> None:
        if staged := self._stage_all(reviewer, heads):
            body = {
                "line_ids": [str(line_id) for line_id in staged],
                "enrollment_type": self.plan.enrollment_type.value,
                "handler": {"name": "示例经办人", "mobile": "13800000000", "email": "handler@example.org"},
            }
            self.sent.append(reviewer.act("review-svc", "/submissions", body)["submission_no"])

    def _return_a_line(self) -> None:
        """The street returns the smallest line with a reason. The union submits the people of this line again."""
        reviewer = self.reviewers[STREET.union_id]
        heads = self._in_review().total()
        self.wait("review", lambda: self._arrived(reviewer, heads))
        line = min(self.pending(reviewer), key=lambda found: found["heads"])
        body = {"reason": "材料有误，请核对后重新提交", "version": line["version"]}
        reviewer.act("review-svc", f"/lines/{line['line_id']}/return", body)
        channel = Channel(line["channel"]["code"])
        self.wait("review", lambda: self.summaries()[channel]["ready"] == line["heads"])
        self._submit(channel, self.summaries()[channel])

    def center_submissions(self) -> list[dict[str, Any]]:
        """This union's submissions to the center, from review-svc."""
        found: list[dict[str, Any]] = self.figures("review-svc")["submissions"]
        return found

    def _center_has_answered(self) -> bool:
        """Whether the center has answered all submissions of this journey.

        Example: this journey has sent no submission. Then all submissions of the union must be answered, because a
        submission of an earlier run is possibly still waiting for the center.
        """
        states = [self._state_of(number) for number in self.sent]
        states = states or [s["state"]["code"] for s in self.center_submissions()]
        self.show("review", sum(state != "submitted" for state in states), len(states))
        return all(state in ("confirmed", "rejected") for state in states)

    def _state_of(self, number: str) -> str:
        """The state of a submission, read from the list of submissions.

        The list costs the service less than the figures of the union. The list's filter finds all numbers that begin
        with `number`, so it can find longer numbers, too.
        """
        found = self.reviewers[DISTRICT.union_id].pages("review-svc", "/submissions", submission_no=number)
        return next(str(one["state"]["code"]) for one in found if one["submission_no"] == number)

    # --- stage 6 ----------------------------------------------------------------------------------------------

    def pay(self) -> None:
        """Upload a voucher for the amount that is due. If the plan has `hitches`, a first voucher pays only a part."""
        numbers = [s["submission_no"] for s in self.center_submissions() if s["state"]["code"] == "confirmed"]
        if not numbers:
            return
        self.wait("pay", lambda: len(self.dues(numbers)) == len(numbers))
        due = sum(found["due_fen"] - found["paid_fen"] for found in self.dues(numbers))
        if due and self.plan.hitches:
            self._voucher(numbers, due - due // 10, "first", reason="本次先付一部分，余款随后补齐")
            self._await_feedback(numbers)
            due = sum(found["due_fen"] - found["paid_fen"] for found in self.dues(numbers))
        if due:
            self._voucher(numbers, due, "last")
            self._await_feedback(numbers)

    def dues(self, numbers: list[str]) -> list[dict[str, Any]]:
        """The dues of these submissions, without those that still wait for the center's confirmation."""
        found = self.reviewers[DISTRICT.union_id].pages("payment-svc", "/dues")
        return [d for d in found if d["submission_no"] in numbers and d["state"]["code"] != "awaiting_confirmation"]

    def vouchers(self, numbers: list[str]) -> list[dict[str, Any]]:
        """Vouchers that cover one of these submissions."""
        found = self.reviewers[DISTRICT.union_id].pages("payment-svc", "/vouchers")
        return [v for v in found if any(s["submission_no"] in numbers for s in v["submissions"])]

    def _voucher(self, numbers: list[str], amount_fen: int, mark: str, reason: str | None = None) -> None:
        fields = {
            "submission_nos": ",".join(numbers),
            "amount_fen": str(amount_fen),
            "paid_on": self.plan.today.isoformat(),
            "bank_reference": f"DEMO-{numbers[0]}-{mark}",
            "payer": DISTRICT.name,
        } | ({"reason": reason} if reason else {})
        photo = voucher_photo(f"{numbers[0]}-{mark}")
        reviewer = self.reviewers[DISTRICT.union_id]
        reviewer.upload("payment-svc", "/vouchers", fields, f"voucher-{mark}.png", photo, "image/png")

    def _await_feedback(self, numbers: list[str]) -> None:
        def answered() -> bool:
            vouchers = self.vouchers(numbers)
            waiting = [v for v in vouchers if v["state"]["code"] == "submitted"]
            self.show("pay", len(vouchers) - len(waiting), len(vouchers))
            return bool(vouchers) and not waiting

        self.wait("pay", answered)
