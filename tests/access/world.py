"""A tree of unions on a running stack, with members, batches in every state, a submission, a voucher and an account."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from system.cluster import PLAN, Cluster, Resident

from access.lines import BY_PARENT, COMPLETED, PASSED_UP, RETURNED, STAGED, STATES, WITHDRAWN, Lines
from access.targets import Caller, Place
from chassis.domain import SHANGHAI
from chassis.web import CITY_WIDE
from contracts.words import CardStatus, EmploymentStatus, Role, UnionType
from enrollctl.demo.inputs.plan import MADE_ROSTER_DAY, OPENING_HOUR
from enrollctl.demo.stages.caller import Caller as Account
from enrollctl.demo.stages.caller import Refused
from enrollctl.demo.stages.tree import CITY, DISTRICT, TreeUnion, demo_id
from enrollctl.roster.resident_ids import resident_id
from enrollctl.stack.stack import Stack
from support.waiting import eventually

NAME = "门禁镇"
#: The business day of the world: the day of the demo's roster, on which unions may submit.
TODAY = MADE_ROSTER_DAY
#: A person of the roster who is not imported, because the number has too few digits. The import has an error file.
REJECTED = Resident("门禁误一", "31011519790308")
SERVICES = ("member-svc", "status-checker", "enrollment-svc", "review-svc", "payment-svc", "console")


class World:
    """`own` is the union that is called for; the other places stand around it."""

    def __init__(self, stack: Stack, states: Sequence[str] = STATES) -> None:
        """`states`: the states in which the union has a line. Only with all of them is there a submission."""
        self.stack, self.states = stack, states
        self.cluster = Cluster(stack, NAME)
        own, street = self.cluster.unions[0], self.cluster.streets[0]
        self.child = _union("下级", UnionType.COMMITTEE, own)
        self.far = _union("远处区", UnionType.DISTRICT, CITY)
        self.stranger = _union("远处", UnionType.COMMITTEE, self.far)
        city = Place("city", CITY.union_id, CITY.union_type)
        self.district = Place("grandparent", DISTRICT.union_id, DISTRICT.union_type, city)
        self.parent = Place("parent", street.union_id, street.union_type, self.district)
        self.own = Place("own", own.union_id, own.union_type, self.parent)
        far = Place("far district", self.far.union_id, UnionType.DISTRICT, city)
        self.places = (
            self.own,
            Place("child", self.child.union_id, UnionType.COMMITTEE, self.own),
            Place("sibling", self.cluster.unions[1].union_id, UnionType.COMMITTEE, self.parent),
            self.parent,
            Place("stranger", self.stranger.union_id, UnionType.COMMITTEE, far),
            far,
            self.district,
            city,
        )
        self.people = [_person(order) for order in range(1, len(self.states) + 3)]
        self.lines = Lines()
        self.submitter = self.cluster.handlers[0].account

    def callers(self, places: Sequence[Place] | None = None) -> list[Caller]:
        """Every role at every place, and the city-wide roles also without a union."""
        chosen = places or self.places
        return [Caller(role, place) for role in Role for place in (*chosen, *([None] if role in CITY_WIDE else []))]

    @property
    def is_whole(self) -> bool:
        return len(self.states) == len(STATES)

    # --- what stands before the walk ------------------------------------------------------------------------

    def build(self) -> None:
        self.stack.set_business_clock(datetime.combine(TODAY, OPENING_HOUR, SHANGHAI))
        self.cluster.settle(TODAY.year)
        for place in (self.child, self.far, self.stranger):
            self.cluster.put(place)
        self.await_union(self.stranger)
        self.cluster.registries_say(CardStatus.NORMAL, EmploymentStatus.EMPLOYED, self.people)
        self.import_id = self.cluster.import_people(0, [*self.people, REJECTED])["import_id"]
        eventually(lambda: len(self.cluster.ready(0)) == len(self.people))
        self.ids = self.cluster.members(0)
        for state, person in zip(self.states, self.people, strict=False):
            self._submit(state, person)
            self._await_line(state)
        if self.is_whole:
            self._move_lines()
        self._make_card_batch()
        self._add_account()

    def await_union(self, union: TreeUnion) -> None:
        """Wait until every service that copies the tree knows the union."""
        for service in ("enrollment-svc", "review-svc", "payment-svc", "status-checker"):
            eventually(partial(self._knows, service, union))

    def _knows(self, service: str, union: TreeUnion) -> bool:
        try:
            self.cluster.city.get(service, "/figures", union_id=union.union_id)
        except Refused:
            return False
        return True

    def _submit(self, state: str, person: Resident) -> None:
        by = self.account(Role.HANDLER, self.cluster.streets[0]) if state == BY_PARENT else self.cluster.handlers[0]
        body = {
            "union_id": str(self.own.union_id), "enrollment_type": "immediate", "channel": "social_security_card",
            "plan": PLAN, "year": TODAY.year, "member_ids": [self.ids[person.name]],
        }  # fmt: skip
        answer = by.act("enrollment-svc", "/submissions", body)
        self.lines.batch_no[state] = answer["batch_no"]
        self.lines.line_id[state] = answer["lines"][0]["line_id"]
        self.lines.member_id[state] = self.ids[person.name]

    def _await_line(self, state: str) -> None:
        reviewer = self.cluster.district if state == BY_PARENT else self.cluster.reviewers[0]
        eventually(partial(self.cluster.line, reviewer, self.lines.line_id[state]))

    def _move_lines(self) -> None:
        street, district = self.cluster.reviewers[0], self.cluster.district
        self.cluster._stage(street, self.lines.line_id[STAGED])
        for state in (PASSED_UP, COMPLETED):
            self.cluster.pass_up(street, self.lines.line_id[state])
        eventually(partial(self.cluster.line, district, self.lines.line_id[PASSED_UP]))
        returned = self.reviewed(RETURNED)
        street.act(
            "review-svc", f"/lines/{self.lines.line_id[RETURNED]}/return", {"reason": "有误", "version": returned}
        )
        self._withdraw(WITHDRAWN)
        self._pay()

    def _withdraw(self, state: str) -> None:
        version = self.submitted(state)["version"]
        path = f"/batches/{self.lines.batch_no[state]}/lines/{self.lines.line_id[state]}/withdrawal"
        self.cluster.handlers[0].act("enrollment-svc", path, {"version": version})
        eventually(lambda: self.submitted(state)["state"]["code"] == "withdrawn")

    def _pay(self) -> None:
        self.submission_no = self.cluster.to_center(self.lines.line_id[COMPLETED])
        eventually(self._is_payable)
        due = self.cluster.due(self.submission_no)["due_fen"]
        self.cluster.pay(self.submission_no, due, TODAY)
        [voucher] = self.cluster.district.pages("payment-svc", "/vouchers", submission_no=self.submission_no)
        self.voucher_id = str(voucher["voucher_id"])
        path = f"/vouchers/{self.voucher_id}"
        eventually(lambda: self.cluster.district.get("payment-svc", path)["state"]["code"] == "accepted")

    def _is_payable(self) -> bool:
        listed = self.cluster.district.pages("payment-svc", "/dues", submission_no=self.submission_no)
        return [one["state"]["code"] for one in listed] == ["payable"]

    def _make_card_batch(self) -> None:
        handler = self.cluster.handlers[0]
        made = handler.act("member-svc", "/card-batches", {"member_ids": [self.ids[self.people[-1].name]]})
        self.card_batch_id = str(made["batch_id"])
        path = f"/card-batches/{self.card_batch_id}"
        handler.act("member-svc", f"{path}/cancellation", {"reason": "有误", "version": made["version"]})
        self.card_version = handler.get("member-svc", path)["version"]

    def _add_account(self) -> None:
        admin = self.account(Role.ACCOUNT_ADMIN, CITY)
        self.account_name = "access-own"
        body = {
            "account_name": self.account_name, "name": "门禁经办", "role": "handler",
            "union_id": str(self.own.union_id),
        }  # fmt: skip
        eventually(partial(_accepted, admin, body))

    def account(self, role: Role, place: TreeUnion | None) -> Account:
        where = place.union_id if place else None
        name = f"access-{role.value}-{where}"
        return Account(self.stack.url, self.stack.keys, account=name, role=role, union_id=where)

    def reviewed(self, state: str) -> int:
        """The version of the line in review-svc."""
        shown = self.cluster.district.get("review-svc", f"/lines/{self.lines.line_id[state]}")
        return int(shown["line"]["version"])

    def submitted(self, state: str) -> dict[str, Any]:
        """The line as its union sees it."""
        lines = self.cluster.batch(0, self.lines.batch_no[state])["lines"]
        [found] = [one for one in lines if one["line_id"] == self.lines.line_id[state]]
        return dict(found)


def _union(name: str, union_type: UnionType, parent: TreeUnion) -> TreeUnion:
    unit = (demo_id(f"{NAME}|unit|{name}"), f"{NAME}{name}公司")
    return TreeUnion(demo_id(f"{NAME}|union|{name}"), f"{NAME}{name}工会", union_type, parent, (unit,))


def _person(order: int) -> Resident:
    return Resident(f"门禁员{order:03d}", resident_id("310115", date(1979, 3, 8), order))


def _accepted(admin: Account, body: dict[str, Any]) -> bool:
    """Whether the console created the account. It refuses until it has copied the union."""
    try:
        admin.act("console", "/accounts", body)
    except Refused as refused:
        return refused.code == "ACCOUNT_NAME_TAKEN"
    return True
