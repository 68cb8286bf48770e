"""What may be done with a line, by whom and when (F207–F248)."""

from dataclasses import replace
from datetime import date, datetime
from uuid import uuid4

import pytest

from chassis.clock import SHANGHAI
from chassis.refusals import Invalid, Refusal, StaleVersion
from contracts.words import EnrollmentType
from review_svc import domain
from review_svc.domain import Line, LineState, Reviewer

STREET, DISTRICT = uuid4(), uuid4()
LINE = Line(
    line_id=uuid4(),
    batch_no="CB202405100001",
    union_id=uuid4(),
    unit_id=uuid4(),
    enrollment_type=EnrollmentType.IMMEDIATE,
    chain=(STREET, DISTRICT),
    step=0,
    state=LineState.PENDING,
    version=3,
    passed_up=False,
    heads=2,
    submitted_by="handler",
)
STAGED = replace(LINE, state=LineState.STAGED)
AT_DISTRICT = replace(STAGED, step=1, passed_up=True)
STREET_REVIEWER = Reviewer("street", STREET)
DISTRICT_REVIEWER = Reviewer("district", DISTRICT)


@pytest.mark.row("D20", "A15")
def test_the_district_does_not_act_before_the_second_level():
    with pytest.raises(domain.NotYourTurn):
        domain.stage(LINE, DISTRICT_REVIEWER, 3)
    domain.stage(LINE, STREET_REVIEWER, 3)


@pytest.mark.row("D03")
def test_nobody_reviews_what_he_submitted_himself():
    with pytest.raises(domain.OwnSubmission):
        domain.stage(LINE, Reviewer("handler", STREET), 3)


@pytest.mark.row("D03")
def test_no_union_reviews_what_it_submitted_itself():
    with pytest.raises(domain.OwnSubmission):
        domain.stage(replace(LINE, union_id=STREET), STREET_REVIEWER, 3)


@pytest.mark.row("D19")
def test_a_stale_screen_is_refused():
    for act in (domain.stage, domain.unstage):
        with pytest.raises(StaleVersion):
            act(LINE, STREET_REVIEWER, 2)


@pytest.mark.row("F208", "F236")
def test_only_the_end_of_the_chain_submits_to_the_center():
    with pytest.raises(domain.NotLastReviewer):
        domain.send_to_center(STAGED, STREET_REVIEWER)
    domain.send_to_center(AT_DISTRICT, DISTRICT_REVIEWER)
    with pytest.raises(domain.LastReviewer):
        domain.pass_up(AT_DISTRICT, DISTRICT_REVIEWER)


@pytest.mark.row("F225", "D18", "A48")
def test_a_return_needs_a_reason_and_a_line_that_is_pending():
    with pytest.raises(domain.ReasonMissing):
        domain.give_back(LINE, STREET_REVIEWER, 3, "  ")
    with pytest.raises(domain.NotPending):
        domain.give_back(STAGED, STREET_REVIEWER, 3, "错")
    domain.give_back(LINE, STREET_REVIEWER, 3, "错")


ENDED = [LineState.ARRIVING, LineState.COMPLETED, LineState.RETURNED, LineState.WITHDRAWN]


@pytest.mark.parametrize("state", ENDED)
def test_nothing_can_be_done_with_a_line_that_is_not_before_a_reviewer(state: LineState):
    line = replace(LINE, state=state)
    acts = [
        lambda: domain.stage(line, STREET_REVIEWER, 3),
        lambda: domain.unstage(line, STREET_REVIEWER, 3),
        lambda: domain.pass_up(line, STREET_REVIEWER),
        lambda: domain.give_back(line, STREET_REVIEWER, 3, "错"),
        lambda: domain.send_to_center(replace(line, step=1), DISTRICT_REVIEWER),
    ]
    for act in acts:
        with pytest.raises(Refusal):
            act()
    assert domain.refusal_to_withdraw(line) is not None


@pytest.mark.row("A50")
def test_a_line_can_be_withdrawn_until_a_reviewer_acts():
    assert domain.refusal_to_withdraw(LINE) is None
    assert domain.refusal_to_withdraw(STAGED) == "LINE_STAGED"
    assert domain.refusal_to_withdraw(replace(LINE, step=1, passed_up=True)) == "REVIEWER_HAS_ACTED"


@pytest.mark.row("A23")
@pytest.mark.parametrize(
    ("count", "number"),
    [(1, "9000"), (1000, "9999"), (1001, "90000"), (11000, "99999"), (11001, "900000")],
)
def test_submission_numbers_begin_with_nine_and_grow(count: int, number: str):
    assert domain.submission_number(date(2024, 5, 9), count) == f"CB20240509{number}"


@pytest.mark.row("F240", "F241", "F242")
@pytest.mark.parametrize(
    ("name", "mobile", "email", "wrong"),
    [
        ("", "13800000000", "a@b.cn", {"name"}),
        ("王", "12800000000", "a@b.cn", {"mobile"}),
        ("王", "13800000000", "a.b.cn", {"email"}),
        ("王", "13800000000", f"{'a' * 254}@b", {"email"}),
        (" ", "1", "", {"name", "mobile", "email"}),
    ],
)
def test_handler_data_is_checked_field_by_field(name: str, mobile: str, email: str, wrong: set[str]):
    with pytest.raises(Invalid) as refusal:
        domain.checked_handler(name, mobile, email)
    assert set(refusal.value.detail["fields"]) == wrong


def test_good_handler_data_passes_trimmed():
    assert domain.checked_handler(" 王 ", "19912345678", "a@b.cn") == domain.Handler("王", "19912345678", "a@b.cn")


@pytest.mark.row("F241")
@pytest.mark.parametrize("mobile", ["+86 138 0000 0000", "8613800000000", "0086-138-0000-0000", "138-0000-0000"])
def test_a_mobile_is_kept_without_country_code_and_spaces(mobile: str):
    assert domain.checked_handler("王", mobile, "a@b.cn").mobile == "13800000000"


@pytest.mark.row("F241")
@pytest.mark.parametrize("mobile", ["138００００００００", "138000000000", "86138", "8612800000000"])
def test_what_only_looks_like_a_mobile_is_refused(mobile: str):
    with pytest.raises(Invalid):
        domain.checked_handler("王", mobile, "a@b.cn")


@pytest.mark.row("A49")
@pytest.mark.parametrize(
    ("submitted", "now", "crossed"), [((6, 30), (7, 1), True), ((6, 29), (6, 30), False), ((7, 1), (7, 2), False)]
)
def test_a_return_that_crosses_the_half_year_is_told(submitted: tuple[int, int], now: tuple[int, int], crossed: bool):
    instants = [datetime(2024, *day, 12, tzinfo=SHANGHAI) for day in (submitted, now)]
    assert domain.crossed_half_year(*instants) is crossed
