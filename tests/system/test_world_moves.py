"""Statuses of people, the union tree and the center's decisions change while a line is on its way to the voucher."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import pytest
from system.cluster import Cluster, resident

from chassis.domain import SHANGHAI
from contracts.words import CardStatus, EmploymentStatus
from enrollctl.demo.stages.caller import Refused
from enrollctl.reconciliation.stack_reconciliation import reconcile_stack
from enrollctl.stack.stack import Stack
from support.waiting import eventually

TODAY = date(2024, 5, 20)
YEAR = TODAY.year
PEOPLE = [resident(order) for order in range(101, 107)]
ANNA, BO, CHEN, DING, ER, FANG = PEOPLE


@dataclass
class Case:
    """One line of the first union with all people in it. The tests run in order, and each changes the line further."""

    cluster: Cluster
    batch_no: str
    line_id: str
    ids: dict[str, str]
    submissions: list[str] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        """The line as its union sees it."""
        return next(one for one in self.cluster.batch(0, self.batch_no)["lines"] if one["line_id"] == self.line_id)


@pytest.fixture(scope="module")
def case(stack: Stack) -> Iterator[Case]:
    stack.set_business_clock(datetime.combine(TODAY, time(9, 30), SHANGHAI))
    cluster = Cluster(stack, "移动镇")
    cluster.settle(YEAR)
    cluster.registries_say(CardStatus.NORMAL, EmploymentStatus.EMPLOYED, PEOPLE)
    cluster.import_people(0, PEOPLE)
    eventually(lambda: len(cluster.ready(0)) == len(PEOPLE))
    ids = cluster.members(0)
    submitted = cluster.submit(0, list(ids.values()), YEAR)
    case = Case(cluster, submitted["batch_no"], submitted["lines"][0]["line_id"], ids)
    eventually(lambda: cluster.line(cluster.reviewers[0], case.line_id))
    yield case
    # All tests share the stack's union tree, so the union moves back to its first street.
    cluster.put(cluster.unions[0])


@pytest.mark.row("A57", "A58", "A39")
def test_under_review_neither_a_card_nor_a_second_import_nor_a_deletion_changes_anything(case: Case):
    cluster, ids = case.cluster, case.ids
    again = cluster.import_people(0, PEOPLE)
    assert (again["counts"]["created"], again["counts"]["updated"]) == (0, 0)
    card = {"cards": [{"member_id": ids[ANNA.name], "card_number": "6229000000000001"}]}
    cluster.handlers[0].act("member-svc", "/service-cards", card)
    eventually(lambda: _refusal(cluster, ids[CHEN.name]) == "UNDER_REVIEW")
    assert case.shown()["heads"] == len(PEOPLE)
    assert cluster.ready(0) == []


def _refusal(cluster: Cluster, member_id: str) -> str:
    """The code with which member-svc refuses the removal of a person under review."""
    try:
        cluster.handlers[0].act("member-svc", "/members/removals", {"member_ids": [member_id]})
    except Refused as refusal:
        return refusal.code
    return ""


@pytest.mark.row("A59", "F093", "A35")
def test_another_unit_that_registers_him_too_does_not_get_to_enroll_him(case: Case):
    cluster = case.cluster
    imported = cluster.import_people(1, [DING])
    assert (imported["counts"]["created"], imported["counts"]["warnings"]) == (1, 1)
    [member_id] = cluster.members(1).values()
    assert cluster.ready(1) == []
    why = cluster.handlers[1].get("enrollment-svc", f"/candidates/{member_id}/reasons", year=YEAR)
    assert [one["code"] for one in why["reasons"]] == ["ALREADY_ENROLLED"]
    assert cluster.unions[0].name not in str(why)


@pytest.mark.row("A54", "A48", "A16")
def test_a_death_is_flagged_to_the_reviewer_who_returns_that_person_alone(case: Case):
    cluster = case.cluster
    cluster.registries_say(CardStatus.NORMAL, EmploymentStatus.DECEASED, [BO])
    # The import by the person's other unit starts a check; its result also reaches the reviewer of the first unit.
    cluster.import_people(1, [BO])
    eventually(lambda: (cluster.line(cluster.reviewers[0], case.line_id) or {}).get("flagged") == 1)
    line = cluster.line(cluster.reviewers[0], case.line_id)
    assert line is not None
    assert line["heads"] == len(PEOPLE)
    body = {"reason": "该职工已去世", "member_ids": [case.ids[BO.name]], "version": line["version"]}
    cluster.reviewers[0].act("review-svc", f"/lines/{case.line_id}/return", body)
    eventually(lambda: case.shown()["heads"] == len(PEOPLE) - 1)
    assert case.shown()["fee"]["total_fen"] == 2600 * (len(PEOPLE) - 1)
    assert cluster.ready(0) == []


@pytest.mark.row("A56", "D17", "D20")
def test_a_line_stays_with_the_street_that_its_union_has_left(case: Case):
    cluster = case.cluster
    cluster.put(cluster.unions[0], cluster.streets[1])
    eventually(lambda: _moved(cluster))
    assert cluster.line(cluster.reviewers[1], case.line_id) is None
    cluster.pass_up(cluster.reviewers[0], case.line_id)
    eventually(lambda: cluster.line(cluster.district, case.line_id))
    assert case.shown()["chain"][0] == cluster.streets[0].name


def _moved(cluster: Cluster) -> bool:
    """Whether the second street sees the union below itself."""
    found = cluster.reviewers[1].pages("member-svc", "/unions")
    return str(cluster.unions[0].union_id) in {one["union_id"] for one in found}


@pytest.mark.row("A53", "F184", "D21")
def test_the_center_rejects_and_the_district_submits_again_under_a_new_number(case: Case):
    cluster = case.cluster
    policy = {"subject": "submission", "decision": "reject", "reason": "名单有误"}
    cluster.operator.act("simulator", "/center/policy", policy, method="PUT")
    case.submissions.append(cluster.to_center(case.line_id))
    eventually(lambda: cluster.line(cluster.district, case.line_id))
    cluster.operator.act("simulator", "/center/policy", {"subject": "submission", "decision": "confirm"}, method="PUT")
    eventually(lambda: case.shown()["state"]["code"] == "in_review")
    before = case.shown()
    case.submissions.append(cluster.to_center(case.line_id))
    eventually(lambda: case.shown()["center_confirmed_at"])
    after = case.shown()
    assert len(set(case.submissions)) == 2
    assert after["state"]["label"] == "已完成"
    kept = ("heads", "fee", "start_on", "end_on", "term")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}


@pytest.mark.row("A62", "D22", "F278")
def test_the_voucher_closes_the_case_with_what_the_center_confirmed(case: Case):
    cluster = case.cluster
    rejected, confirmed = case.submissions
    eventually(lambda: cluster.due(confirmed)["state"]["code"] == "payable")
    due = cluster.due(confirmed)
    assert due["due_fen"] == 1300 * (len(PEOPLE) - 1)
    assert cluster.due(rejected)["due_fen"] == 0 or cluster.due(rejected)["state"]["code"] == "rejected"
    cluster.pay(confirmed, due["due_fen"], TODAY)
    eventually(lambda: cluster.due(confirmed)["state"]["code"] == "settled")


def test_after_returns_rejections_and_moves_all_stores_hold_the_same(case: Case):
    assert reconcile_stack(case.cluster.stack).problems() == []
