"""How the amount of a voucher is divided among the dues that it pays (A62, D22)."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.words import MatchResult
from payment_svc.domain.deadlines import SHANGHAI
from payment_svc.domain.dues import Confirmed, Due, Submitted, Sums
from payment_svc.domain.filling import (
    AmountMismatchNeedsReason,
    NoSubmissionChosen,
    PaidInFuture,
    fill,
    require_paid,
    require_reason,
)
from payment_svc.domain.states import SubmissionNotPayable

MAY_10 = datetime(2024, 5, 10, 9, 0, tzinfo=SHANGHAI)


def due(number: str, fen: int, *, days: int = 0, paid: int = 0, pending: int = 0) -> Due:
    sums, at = Sums(heads=1, city_fen=0, district_fen=fen, unit_fen=0), MAY_10 + timedelta(days=days)
    return Due(number, Submitted(1, sums, at), Confirmed(1, sums, at), paid_fen=paid, pending_fen=pending)


@pytest.mark.row("D22")
@pytest.mark.parametrize(
    ("amount", "result", "word"),
    [
        (3900, MatchResult.MATCHED, "核对一致"),
        (3899, MatchResult.SHORT, "金额不符"),
        (3800, MatchResult.SHORT, "金额不符"),
        (4000, MatchResult.OVER, "金额不符"),
    ],
)
def test_39_yuan_are_due_of_a_78_yuan_batch(amount: int, result: MatchResult, word: str) -> None:
    sums = Sums(heads=3, city_fen=3900, district_fen=3900, unit_fen=0)
    owed = Due("CB1", Submitted(1, sums, MAY_10), Confirmed(1, sums, MAY_10))
    filling = fill([owed], amount)
    assert (filling.result, filling.agreement.label, filling.due_fen) == (result, word, 3900)


@pytest.mark.row("A62")
def test_oldest_confirmation_is_filled_first() -> None:
    filling = fill([due("CB3", 100, days=2), due("CB1", 100, days=1), due("CB2", 100)], 150)
    assert [(f.submission_no, f.amount_fen) for f in filling.fills] == [("CB2", 100), ("CB1", 50), ("CB3", 0)]
    assert (filling.result, filling.due_fen, filling.filled_fen) == (MatchResult.SHORT, 300, 150)


def test_remainder_of_a_partly_paid_submission_is_what_is_due() -> None:
    filling = fill([due("CB1", 100, paid=60)], 40)
    assert (filling.result, filling.due_fen) == (MatchResult.MATCHED, 40)


def test_surplus_is_counted_nowhere() -> None:
    filling = fill([due("CB1", 100)], 130)
    assert (filling.result, filling.filled_fen) == (MatchResult.OVER, 100)


def test_money_in_an_undecided_voucher_is_not_offered_again() -> None:
    with pytest.raises(SubmissionNotPayable) as refused:
        fill([due("CB1", 100, pending=100), due("CB2", 100)], 100)
    assert refused.value.detail == {
        "submissions": [{"submission_no": "CB1", "state": "voucher_uploaded", "label": "凭证已上传"}]
    }


def test_unconfirmed_submission_takes_no_money() -> None:
    sums = Sums(heads=1, city_fen=0, district_fen=100, unit_fen=0)
    with pytest.raises(SubmissionNotPayable):
        fill([Due("CB1", Submitted(1, sums, MAY_10))], 100)


def test_no_submission_is_no_voucher() -> None:
    with pytest.raises(NoSubmissionChosen):
        fill([], 100)


@given(
    st.lists(st.tuples(st.integers(1, 10_000), st.integers(0, 30)), min_size=1, max_size=8),
    st.integers(1, 100_000),
)
def test_no_fill_passes_what_is_open_nor_the_amount(open_fens: list[tuple[int, int]], amount: int) -> None:
    dues = [due(f"CB{i}", fen, days=days) for i, (fen, days) in enumerate(open_fens)]
    filling = fill(dues, amount)
    assert filling.filled_fen == min(amount, filling.due_fen)
    assert all(0 <= f.amount_fen <= f.due_fen for f in filling.fills)
    assert (filling.result is MatchResult.MATCHED) == (amount == filling.due_fen)


@pytest.mark.parametrize("amount", [90, 110])
def test_short_and_over_need_a_reason_and_say_what_was_due(amount: int) -> None:
    filling = fill([due("CB1", 100)], amount)
    with pytest.raises(AmountMismatchNeedsReason) as refused:
        require_reason(filling, amount, None)
    assert refused.value.detail["due_fen"] == 100
    assert refused.value.detail["amount_fen"] == amount
    require_reason(filling, amount, "银行手续费")


def test_matched_amount_needs_no_reason() -> None:
    require_reason(fill([due("CB1", 100)], 100), 100, None)


def test_payment_of_tomorrow_is_refused_until_midnight_in_shanghai() -> None:
    last_second = MAY_10.replace(hour=23, minute=59, second=59)
    require_paid(MAY_10.date(), MAY_10)
    with pytest.raises(PaidInFuture):
        require_paid(MAY_10.date() + timedelta(days=1), last_second)
    require_paid(MAY_10.date() + timedelta(days=1), last_second + timedelta(seconds=1))
