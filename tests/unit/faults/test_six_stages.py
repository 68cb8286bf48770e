"""The reconciliation over the six stages finds every planted difference, in the store of any service."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path

import pytest

from contracts.words import CardStatus, DocumentType, EmploymentStatus
from enrollctl.roster.roster_maker import Roster, make_roster
from enrollctl.roster.standing import NO_RECORD, Standing, standing
from faults.checks.reconciliation import Reconciliation
from faults.platform.money import Money, priced
from faults.platform.people import Passage, event_bodies
from faults.platform.platform import Dice
from faults.rig.proxy import Proxy
from faults.rig.wire import TopicRecord, Wire
from faults.scenarios.six_stages import newer_contracts

ROSTER = make_roster(220, 7)


def stands(roster: Roster) -> dict[str, Standing]:
    """Member → the list in which the person is (standing), as it follows from the registries' answers. If a person's
    record is not loaded into a registry, the person's status is unclear.
    """
    return {f"member-{n}": row.standing for n, row in enumerate(row for row in roster.rows() if not row.case.faults)}


def whole_passage() -> Passage:
    """A roster that passed all stages; one of its people was returned and submitted again."""
    standings = stands(ROSTER)
    found = Passage("a union", ROSTER.expected, standings=standings)
    everybody, ready = sorted(standings), sorted(found.ready)
    found.members, found.imported, found.verified = list(everybody), list(everybody), list(everybody)
    found.candidates, found.confirmed = list(everybody), sorted(found.unclear)
    found.submitted, found.held, found.reviewed = list(ready), list(ready), list(ready)
    found.at_center = len(ready)
    return found


def judged(one: Passage | Money) -> Reconciliation:
    reconciliation = Reconciliation()
    one.judge(reconciliation)
    return reconciliation


def test_a_roster_that_came_through_whole_is_good():
    reconciliation = judged(whole_passage())
    assert reconciliation.good, reconciliation.findings


def test_a_roster_of_which_nobody_was_imported_is_not_good():
    empty = Passage("a union", ROSTER.expected)
    assert judged(empty).lost >= ROSTER.expected.imported


def test_a_roster_of_which_nobody_was_submitted_is_not_good():
    found = whole_passage()
    found.submitted, found.held, found.reviewed, found.at_center = [], [], [], 0
    reconciliation = judged(found)
    assert "lost 1: a union: nobody came through" in reconciliation.findings
    assert reconciliation.lost == len(found.ready) + 1


@pytest.mark.parametrize("stage", ["imported", "verified", "candidates", "confirmed", "submitted", "held", "reviewed"])
def test_a_person_who_is_missing_at_one_stage_is_lost_there(stage: str):
    found = whole_passage()
    getattr(found, stage).pop()
    assert judged(found).lost >= 1


@pytest.mark.parametrize("stage", ["imported", "verified", "candidates", "confirmed", "submitted", "held", "reviewed"])
def test_a_person_who_is_there_twice_at_one_stage_is_doubled_there(stage: str):
    found = whole_passage()
    getattr(found, stage).append(getattr(found, stage)[0])
    assert judged(found).doubled == 1


def test_a_person_dropped_in_every_store_alike_is_lost():
    """A comparison of the stores with one another finds no difference. Only a comparison with the roster does."""
    found = whole_passage()
    gone = sorted(found.ready)[0]
    for stage in (found.submitted, found.held, found.reviewed):
        stage.remove(gone)
    found.at_center -= 1
    assert judged(found).lost == 1


def test_a_row_that_was_never_imported_is_lost_though_every_store_agrees():
    found = whole_passage()
    gone = sorted(found.ready)[0]
    del found.standings[gone]
    for stage in ("members", "imported", "verified", "candidates", "submitted", "held", "reviewed"):
        getattr(found, stage).remove(gone)
    found.confirmed = sorted(found.unclear)
    found.at_center -= 1
    assert judged(found).lost >= 1


def test_people_put_into_another_place_than_the_roster_says_are_found():
    """A registry's answer about one person was changed into another status."""
    found = whole_passage()
    ready = sorted(found.ready)[0]
    found.standings[ready] = standing(
        DocumentType.RESIDENT_ID, False, CardStatus.SEALED.label, EmploymentStatus.EMPLOYED.label
    )
    assert not judged(found).good


def test_where_a_registry_answered_nonsense_its_answers_count_and_the_roster_does_not():
    found = whole_passage()
    ready = next(m for m in sorted(found.ready) if not found.standings[m].to_confirm)
    found.standings[ready] = standing(DocumentType.RESIDENT_ID, False, NO_RECORD, EmploymentStatus.EMPLOYED.label)
    found.garbled = 1
    for stage in (found.submitted, found.held, found.reviewed):
        stage.remove(ready)
    found.at_center -= 1
    assert judged(found).good


def told(kind: str, body: bytes, number: int) -> TopicRecord:
    return TopicRecord("a topic", 0, number, "a key", f"id-{number}", kind, number, body)


def test_who_was_returned_alone_or_with_the_line_is_submitted_no_more():
    people = b'[{"member_id": "m1"}, {"member_id": "m2"}]'
    wire = Wire(
        [
            told("enrollments.batch-submitted.v1", b'{"union_id": "u", "line_id": "a", "people": %b}' % people, 1),
            told("enrollments.batch-submitted.v1", b'{"union_id": "u", "line_id": "b", "people": %b}' % people, 2),
            told("enrollments.batch-submitted.v1", b'{"union_id": "u", "line_id": "c", "people": %b}' % people, 3),
            told("reviews.batch-returned.v1", b'{"line_id": "a", "whole": true, "member_ids": []}', 4),
            told("reviews.batch-returned.v1", b'{"line_id": "b", "whole": false, "member_ids": ["m1"]}', 5),
            told("reviews.batch-withdrawn.v1", b'{"line_id": "c"}', 6),
        ]
    )
    assert event_bodies(wire).submitted() == [("u", "m2")]


def whole_money() -> Money:
    """Two lines in one submission, paid by two vouchers."""
    lines = {"line-1": priced(3), "line-2": priced(5)}
    submissions = {"S1": priced(8)}
    due = priced(8)[2] + priced(8)[3]
    vouchers = Counter([f"v1 {due - 100} accepted", "v2 100 accepted"])
    return Money(
        people={"line-1": 3, "line-2": 5},
        lines=lines,
        of_lines={"review-svc": deepcopy(lines), "center": deepcopy(lines)},
        submission_of={"line-1": "S1", "line-2": "S1"},
        submissions={"center": deepcopy(submissions), "payment-svc": deepcopy(submissions)},
        due={"S1": due},
        paid={"payment-svc": {"S1": due}, "the center's vouchers": {"S1": due}},
        vouchers={"payment-svc": vouchers, "center": Counter(vouchers)},
    )


def test_money_that_agrees_everywhere_is_good():
    reconciliation = judged(whole_money())
    assert reconciliation.good, reconciliation.findings


def test_no_money_at_all_is_not_good():
    nothing = Money({}, {}, {}, {}, {"center": {}}, {}, {}, {"payment-svc": Counter(), "center": Counter()})
    assert not judged(nothing).good


def mispriced(money: Money) -> None:
    """Set one wrong price in all stages. So the stages agree with one another, but not with the rate."""
    lines = {"line-1": (3, 3900, 3900, 3), "line-2": (5, 6500, 6500, 5)}
    submission = {"S1": (8, 10400, 10400, 8)}
    money.lines, money.of_lines = lines, {"review-svc": dict(lines), "center": dict(lines)}
    money.submissions = {"center": dict(submission), "payment-svc": dict(submission)}
    money.due, money.paid = {"S1": 10408}, {"payment-svc": {"S1": 10408}}
    money.vouchers = {"payment-svc": Counter(["v1 10408 accepted"])}


def a_line_misses_the_submission(money: Money) -> None:
    money.submissions["center"] = {"S1": priced(5)}


def due_is_not_what_was_submitted(money: Money) -> None:
    money.due["S1"] -= 1300


def a_payer_bears_anothers_share(money: Money) -> None:
    heads, city, district, unit = money.of_lines["center"]["line-1"]
    money.of_lines["center"]["line-1"] = heads, city - 100, district + 100, unit


def voucher_told_twice(money: Money) -> None:
    [first, *_] = money.vouchers["payment-svc"]
    money.vouchers["submitted, on the topic"] = money.vouchers["payment-svc"] + Counter([first])


def voucher_sent_twice(money: Money) -> None:
    money.vouchers["center"]["v3 100 accepted"] = 1


def paid_more_than_due(money: Money) -> None:
    money.paid["the center's vouchers"]["S1"] += 100


def line_in_no_submission(money: Money) -> None:
    del money.submission_of["line-1"]


@pytest.mark.parametrize(
    "break_it",
    [
        mispriced,
        a_line_misses_the_submission,
        due_is_not_what_was_submitted,
        a_payer_bears_anothers_share,
        voucher_told_twice,
        voucher_sent_twice,
        paid_more_than_due,
        line_in_no_submission,
    ],
)
def test_money_that_is_wrong_somewhere_is_found(break_it: Callable[[Money], None]):
    money = whole_money()
    break_it(money)
    assert not judged(money).good


def test_proxies_of_one_seed_draw_alike_for_the_same_line():
    one, other = Proxy(1, seed=3), Proxy(1, seed=3)
    assert [one.dice_of(n).random() for n in (1, 2)] == [other.dice_of(n).random() for n in (1, 2)]
    assert one.dice_of(1).random() != one.dice_of(2).random()


def test_a_thread_draws_the_same_whatever_other_threads_draw():
    def draws(name: str) -> list[float]:
        dice = Dice(3)
        with ThreadPoolExecutor(2, thread_name_prefix=name) as pool:
            for _ in range(5):
                dice.random.random()
            return pool.submit(lambda: [dice.random.random() for _ in range(3)]).result()

    assert draws("walk-7") == draws("walk-7")
    assert draws("walk-7") != draws("walk-8")


PRINTS_WHAT_IS_NEWER = """
from uuid import uuid4
from contracts.catalog import EVENTS
from contracts.envelope import Envelope
from datetime import UTC, datetime
print(all("told_by_version" in kind.model_fields for kind in EVENTS))
one = Envelope(id=uuid4(), type="t", source="/s", time=datetime.now(UTC), subject="s", sequence=1,
               causation_id="c", correlation_id="c")
print("ce_newer" in dict(one.to_headers()))
"""


def test_a_process_of_the_newer_version_has_a_field_more_in_every_event_and_a_header(tmp_path: Path):
    path = newer_contracts(tmp_path / "newer")
    command = [sys.executable, "-c", PRINTS_WHAT_IS_NEWER]
    told = subprocess.run(command, env={"PYTHONPATH": path}, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["True", "True"]
