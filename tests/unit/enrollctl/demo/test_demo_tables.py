"""How the terminal shows the report of a run."""

from datetime import date
from typing import Any

import pytest
from rich.console import Console

from enrollctl.demo.inputs.business_date import business_date
from enrollctl.demo.results.evaluation import problems_of, remarks
from enrollctl.demo.results.tables import STAGES, rejections_table, run_table
from enrollctl.demo.stages.earlier import Holdings
from enrollctl.demo.stages.rejections import NothingImported, reasons_of
from enrollctl.roster import make_roster

ERROR = {"column": "单位", "code": "UNIT_UNKNOWN", "message": "单位不是本工会的关联单位"}
NO_EVENTS = dict.fromkeys(STAGES, 0)


def found(before: Holdings, now: Holdings, **more: Any) -> dict[str, Any]:
    """A report of a run that imported 3 of 4 rows."""
    return {
        "rows": 4, "imported": 3, "updated": 0, "unchanged": 0, "in_other_units": 0, "rejected_rows": 1,
        "rejected": [{"row": 3, **ERROR}], "excluded": {"covered": 0}, "to_verify": 1, "to_confirm": 1,
        "ready": {"social_security_card": 2}, "submitted": {"social_security_card": 2}, "refused": [], "refusals": [],
        "before": before.as_dict(), "this_run": now.since(before).as_dict(), "events": NO_EVENTS | {"import": 5},
        "events_this_run": NO_EVENTS | {"import": 2}, "seconds": {"import": 0.25}, "differences": {},
        "lost": 0, "doubled": 0, "dead_letters": 0,
    } | more  # fmt: skip


def printed(table: Any) -> str:
    console = Console(width=200, record=True, file=open("/dev/null", "w", encoding="utf-8"))  # noqa: SIM115
    console.print(table)
    return console.export_text()


def test_a_first_run_has_no_column_of_earlier_figures():
    text = printed(run_table(found(Holdings(), Holdings(people=3, completed=2, total_fen=5200))))
    assert "before this run" not in text
    assert "3 new of 4, 1 rejected" in text
    assert "2 completed" in text
    assert "52.00" in text


def test_a_later_run_shows_its_own_figures_beside_the_earlier_ones():
    before = Holdings(people=10, completed=8, total_fen=20800, paid_fen=10400, vouchers=2, vouchers_accepted=2)
    now = Holdings(
        people=13, completed=10, total_fen=26000, due_fen=2600, paid_fen=13000, vouchers=3, vouchers_accepted=3
    )
    text = printed(run_table(found(before, now, unchanged=7, excluded={"covered": 8})))
    assert "3 new of 4, 1 rejected, 7 unchanged" in text
    assert "8 已参保 before" in text
    assert "vouchers accepted: 1 of 1" in text
    assert "vouchers: 2, 104.00 yuan" in text
    assert "10 people" in text
    assert "3 events" in text


def test_reasons_are_counted_the_most_frequent_first():
    errors = [{"row": row, **ERROR} for row in range(2, 9)] + [{"row": 4, **ERROR, "code": "NAME_MISSING"}]
    reasons = reasons_of(errors)
    assert [(reason.code, len(reason.rows)) for reason in reasons] == [("UNIT_UNKNOWN", 7), ("NAME_MISSING", 1)]
    assert reasons[0].where == "2, 3, 4, 5, 6, …"
    assert rejections_table({"rejected": [], "rejected_rows": 0}) is None


def test_a_roster_of_which_nothing_came_about_says_why():
    sentence = str(
        NothingImported(
            {"rows": 2, "rejected": [{"row": 2, **ERROR}, {"row": 3, **ERROR}], "notes": ["以下列没有导入：备注"]}
        )
    )
    assert "all 2 rows" in sentence
    assert "2 × 【单位】单位不是本工会的关联单位 (UNIT_UNKNOWN; rows 2, 3)\n  以下列没有导入：备注\n" in sentence


def test_a_made_roster_is_compared_with_its_cases_only_where_nobody_was_there_before():
    expected = make_roster(200, 7).expected
    first = found(Holdings(), Holdings(), excluded={}, confirmed=0)
    assert any("the roster says" in problem for problem in problems_of(first, expected))
    later = found(Holdings(), Holdings(), in_other_units=2)
    assert problems_of(later, expected) == []
    assert "This stack already had 2 people" in remarks(later, expected)[0]


def test_a_run_in_which_nobody_was_new_says_so():
    sentence = remarks(found(Holdings(), Holdings(), imported=0, unchanged=3, excluded={"covered": 2}), None)
    assert sentence == [
        "The roster added nobody: 3 people were there before and are unchanged, 0 were updated; "
        "2 of the union's people were covered (已参保) already."
    ]


def test_a_refused_submission_is_a_problem_with_its_sentence():
    problems = problems_of(found(Holdings(), Holdings(), refused=["X"], refusals=["不在参保期内 (X)"]), None)
    assert problems == ["the submission was refused: 不在参保期内 (X)"]


@pytest.mark.parametrize("text", ["2024-05-10", "2024/05/10", "2024/5/10", "2024.05.10", "20240510", "2024年5月10日"])
def test_a_day_may_be_written_in_the_usual_ways(text: str):
    assert business_date(text) == date(2024, 5, 10)


@pytest.mark.parametrize("text", ["24-05-10", "2024-5", "2024510", "２０２４-05-10", "٢٠٢٤-05-10", "2024-05-10T00:00"])
def test_a_day_that_may_mean_another_is_refused(text: str):
    with pytest.raises(ValueError, match="2024-05-10"):
        business_date(text)
