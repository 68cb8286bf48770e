"""Commands about a line under review, sent by its unit and by its reviewers."""

from functools import partial
from typing import Any

from races.commands.command import Command
from races.results.final_state import FinalState
from races.subjects import Answer, Subject

SENDER = {"name": "赛跑经办人", "mobile": "13800000000", "email": "races@example.org"}


def _withdraw(subject: Subject, *, at: int | None = None, key: str = "") -> Any:
    path = f"/batches/{subject.batch_no}/lines/{subject.line_id}/withdrawal"
    return subject.handler(at=at).act("enrollment-svc", path, {}, key=key)


def _withdrawal_kept(subject: Subject, answer: Answer, final: FinalState) -> bool:
    """After an accepted request, the line is withdrawn. Or a reviewer decided before review-svc read the request, and
    the reviewer's decision stays in effect (A50). After a refused request, the line is not withdrawn.
    """
    line = final.lines[subject.line_id]
    if not answer.done:
        return bool(line["state"] != "withdrawn")
    return bool(line["refused"] or line["submission_no"] or line["state"] in ("withdrawn", "returned"))


withdraw = Command("withdrawal", _withdraw, _withdrawal_kept)


def stage(subject: Subject, reviewer: Any, version: int) -> None:
    lines = {"lines": [{"line_id": subject.line_id, "version": version}]}
    reviewer.act("review-svc", "/lines/stage", lines)


def _pass_up(subject: Subject, *, at: int | None = None) -> Any:
    reviewer = subject.reviewer(at=at)
    stage(subject, reviewer, subject.version)
    return reviewer.act("review-svc", "/lines/pass-up", {"line_ids": [subject.line_id]})


def _pass_kept(subject: Subject, answer: Answer, final: FinalState) -> bool:
    return bool(final.reviewed[subject.line_id]["passed_up"]) == answer.done


pass_up = Command("pass to the superior union", _pass_up, _pass_kept)


def _give_back(subject: Subject, *, who: int = 0, district: bool = False) -> Any:
    reviewer = subject.world.district(who) if district else subject.reviewer(who)
    body = {"reason": "材料不齐", "version": subject.version}
    return reviewer.act("review-svc", f"/lines/{subject.line_id}/return", body)


def _return_kept(subject: Subject, answer: Answer, final: FinalState) -> bool:
    return bool(final.reviewed[subject.line_id]["state"] == "returned") == answer.done


give_back = Command("return", _give_back, _return_kept)
give_back_by_another = Command("return by a second reviewer", partial(_give_back, who=1), _return_kept)
give_back_by_district = Command("return by the district", partial(_give_back, who=1, district=True), _return_kept)


def _to_center(subject: Subject, *, who: int = 0, at: int | None = None) -> Any:
    district = subject.world.district(who, at)
    stage(subject, district, subject.version)
    body = {"line_ids": [subject.line_id], "enrollment_type": "immediate", "handler": SENDER}
    return district.act("review-svc", "/submissions", body)


def _sent(subject: Subject, answer: Answer, final: FinalState) -> bool:
    """If the command succeeded, its submission must contain the line. If the command was refused, no new submission
    must contain the line.
    """
    numbers = {sent["submission_no"] for sent in final.sent[subject.line_id]}
    if answer.done:
        return answer.body["submission_no"] in numbers
    return not numbers - {subject.submission_no}


to_center = Command("submission to the center", _to_center, _sent)
#: Two commands about the same line; `allowed.one_submission` checks that the line is submitted once.
to_center_by_one, to_center_by_another = (
    Command(f"submission to the center by reviewer {who + 1} of the district", partial(_to_center, who=who))
    for who in (0, 1)
)


def _withdraw_with_one_key(at: int, subject: Subject) -> Any:
    return _withdraw(subject, at=at, key=subject.key)


withdraw_here, withdraw_there = (
    Command(f"withdrawal with one key at replica {at + 1}", partial(_withdraw_with_one_key, at), _withdrawal_kept)
    for at in (0, 1)
)


def _one_of_two_withdrawals_kept(subject: Subject, answer: Answer, final: FinalState) -> bool:
    """If the request succeeded, it is in effect. If it was refused, nothing is checked: the second request of the race
    has possibly withdrawn the line before.
    """
    return not answer.done or _withdrawal_kept(subject, answer, final)


withdraw_first, withdraw_second = (
    Command(
        f"withdrawal with a key of its own at replica {at + 1}", partial(_withdraw, at=at), _one_of_two_withdrawals_kept
    )
    for at in (0, 1)
)
