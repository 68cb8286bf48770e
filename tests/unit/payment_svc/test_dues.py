"""The amount that a submission owes, from three events in any order (A53, A62, D24)."""

from datetime import date, datetime, timedelta
from itertools import permutations
from uuid import uuid4

import pytest

from payment_svc.domain.deadlines import SHANGHAI, overdue
from payment_svc.domain.dues import Confirmed, Due, Rejected, Submitted, Sums
from payment_svc.domain.states import DueState, NothingPending, SubmissionNotPayable

MAY_10 = datetime(2024, 5, 10, 9, 0, tzinfo=SHANGHAI)
SUMS = Sums(heads=3, city_fen=3900, district_fen=3900, unit_fen=0)
NOTHING = Sums(heads=3, city_fen=7800, district_fen=0, unit_fen=0)


def confirmed(sums: Sums = SUMS, at: datetime = MAY_10, version: int = 1) -> Due:
    return Due("CB202405109000").submit(Submitted(version, sums, at)).confirm(Confirmed(version, sums, at))


def test_submission_awaits_the_center_and_takes_no_money() -> None:
    due = Due("CB1").submit(Submitted(1, SUMS, MAY_10))
    assert (due.state, due.open_fen, due.due_on) == (DueState.AWAITING_CONFIRMATION, 0, None)
    assert due.sums == SUMS


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_confirmation_and_submission_may_come_in_either_order(order: tuple[int, ...]) -> None:
    facts = [lambda due: due.submit(Submitted(1, SUMS, MAY_10)), lambda due: due.confirm(Confirmed(1, SUMS, MAY_10))]
    due = Due("CB1")
    for index in order:
        due = facts[index](due)
    assert (due.state, due.open_fen) == (DueState.PAYABLE, 3900)


def test_confirmation_of_another_version_owes_nothing() -> None:
    due = Due("CB1").submit(Submitted(2, SUMS, MAY_10)).confirm(Confirmed(1, SUMS, MAY_10))
    assert (due.state, due.open_fen, due.in_force) == (DueState.AWAITING_CONFIRMATION, 0, None)


def test_late_copy_of_an_earlier_version_changes_nothing() -> None:
    due = confirmed(version=2)
    assert due.submit(Submitted(1, NOTHING, MAY_10)) == due
    assert due.confirm(Confirmed(1, NOTHING, MAY_10)) == due
    rejected = due.reject(Rejected(2, "重报", MAY_10))
    assert rejected.reject(Rejected(1, "旧", MAY_10)) == rejected


def test_the_confirmed_sums_are_owed_and_not_the_submitted_sums() -> None:
    fewer = Sums(heads=2, city_fen=2600, district_fen=2600, unit_fen=0)
    due = Due("CB1").submit(Submitted(1, SUMS, MAY_10)).confirm(Confirmed(1, fewer, MAY_10))
    assert (due.sums, due.due_fen, due.state) == (fewer, 2600, DueState.PAYABLE)


def test_city_share_alone_needs_no_voucher() -> None:
    due = confirmed(NOTHING)
    assert (due.state, due.due_on, due.open_fen) == (DueState.NOTHING_DUE, None, 0)


def test_whole_rejection_ends_the_submission() -> None:
    due = Due("CB1").submit(Submitted(1, SUMS, MAY_10)).reject(Rejected(1, "名单有误", MAY_10))
    assert due.state is DueState.REJECTED


def test_rejected_lines_leave_the_rest_waiting_until_all_are_rejected() -> None:
    one, other = uuid4(), uuid4()
    due = Due("CB1").submit(Submitted(1, SUMS, MAY_10))
    part = due.reject(Rejected(1, "一", MAY_10, frozenset({one}), heads=2))
    assert part.state is DueState.AWAITING_CONFIRMATION
    both = part.reject(Rejected(1, "二", MAY_10, frozenset({other}), heads=3))
    assert both.rejected is not None
    assert both.rejected.line_ids == {one, other}
    assert both.state is DueState.REJECTED


def test_money_goes_from_open_to_pending_to_paid() -> None:
    due = confirmed().reserve(1000)
    assert (due.open_fen, due.pending_fen, due.state) == (2900, 1000, DueState.PAYABLE)
    assert due.pay(1000).state is DueState.PARTLY_PAID
    assert due.free(1000) == confirmed()
    uploaded = due.pay(1000).reserve(2900)
    assert (uploaded.state, uploaded.open_fen) == (DueState.VOUCHER_UPLOADED, 0)
    settled = uploaded.pay(2900)
    assert (settled.state, settled.open_fen, settled.paid_fen) == (DueState.SETTLED, 0, 3900)


@pytest.mark.row("D24", "A62")
@pytest.mark.parametrize("hour", [0, 9, 23])
def test_fifteen_calendar_days_to_pay_count_from_the_day_of_the_confirmation(hour: int) -> None:
    assert confirmed(at=MAY_10.replace(hour=hour)).due_on == date(2024, 5, 25)


def test_day_of_the_confirmation_is_the_day_in_shanghai() -> None:
    late_in_utc = datetime.fromisoformat("2024-05-10T16:30:00+00:00")
    assert confirmed(at=late_in_utc).due_on == date(2024, 5, 26)


@pytest.mark.row("D24", "A62")
def test_overdue_from_day_16_at_midnight_and_not_a_second_before() -> None:
    day_16 = datetime(2024, 5, 26, 0, 0, tzinfo=SHANGHAI)
    due = confirmed()
    assert not overdue(due.due_on, due.open_fen, day_16 - timedelta(seconds=1))
    assert overdue(due.due_on, due.open_fen, day_16)
    partly = due.reserve(1000).pay(1000)
    assert overdue(partly.due_on, partly.open_fen, day_16)


@pytest.mark.row("D24")
def test_submission_with_a_voucher_for_everything_is_never_overdue() -> None:
    """The 15 days are for uploading the voucher; the center is allowed to take longer to answer."""
    much_later = MAY_10 + timedelta(days=300)
    uploaded = confirmed().reserve(3900)
    assert not overdue(uploaded.due_on, uploaded.open_fen, much_later)
    rejected = uploaded.free(3900)
    assert overdue(rejected.due_on, rejected.open_fen, much_later)
    assert not overdue(None, 0, much_later)


@pytest.mark.row("F271", "A62")
def test_commands_without_a_transition_are_refused_with_their_code() -> None:
    for unpayable in (Due("CB1").submit(Submitted(1, SUMS, MAY_10)), confirmed(NOTHING), confirmed().reserve(3900)):
        assert not unpayable.payable
        with pytest.raises(SubmissionNotPayable) as refused:
            unpayable.reserve(1)
        assert refused.value.detail["state"] == unpayable.state.value
    with pytest.raises(NothingPending):
        confirmed().reserve(3900).pay(3900).pay(100)
    with pytest.raises(NothingPending):
        confirmed(NOTHING).free(100)
