"""Commands about a submission at the protection center and about vouchers."""

from functools import partial
from typing import Any

from enrollctl.demo.stages.photo import voucher_photo
from enrollctl.demo.stages.tree import DISTRICT
from faults.platform.platform import business_day
from races.commands import lines
from races.commands.command import Command
from races.results.final_state import FinalState
from races.subjects import Answer, Subject
from races.world import until

RECEIVED = "SELECT submission_no FROM submissions WHERE state = 'received' AND submission_no = ANY ($1::text[])"


def decide_submission(subject: Subject, decision: str, *line_ids: str) -> Any:
    body = {"decision": decision, "reason": "名单有误", "line_ids": list(line_ids)}
    path = f"/center/submissions/{subject.submission_no}/1/decision"
    return subject.world.center.act("simulator", path, body)


def _decided(state: str, subject: Subject, answer: Answer, final: FinalState) -> bool:
    """The submission has this state if, and only if, the center's command succeeded."""
    return bool(final.submissions[subject.submission_no]["state"] == state) == answer.done


confirm = Command(
    "the center confirms", lambda one: decide_submission(one, "confirmed"), partial(_decided, "confirmed")
)
reject = Command("the center rejects", lambda one: decide_submission(one, "rejected"), partial(_decided, "rejected"))


def _to_center_rejected(subject: Subject) -> Any:
    """The district submits, and the center rejects as soon as it has the whole submission."""
    answer = lines.to_center.play(subject)
    simulator = subject.world.platform.simulator
    until("the center has it", lambda: bool(simulator.rows(RECEIVED, [answer["submission_no"]])))
    body = {"decision": "rejected", "reason": "名单有误"}
    path = f"/center/submissions/{answer['submission_no']}/1/decision"
    subject.world.center.act("simulator", path, body)
    return answer


to_center_rejected = Command("submission to the center, which rejects", _to_center_rejected, lines.to_center.kept)


def pay(subject: Subject, mark: str, *, at: int | None = None, key: str = "") -> Any:
    """Upload a voucher for the full amount due; `mark` makes its file and reference unique."""
    fields = {
        "submission_nos": subject.submission_no,
        "amount_fen": str(subject.due_fen),
        "paid_on": business_day().date().isoformat(),
        "bank_reference": f"RACE-{subject.submission_no}-{mark}",
        "payer": DISTRICT.name,
    }
    photo = voucher_photo(f"{subject.submission_no}-{mark}")
    district = subject.world.district(at=at)
    return district.upload("payment-svc", "/vouchers", fields, "voucher.png", photo, "image/png", key=key)


def _stored(subject: Subject, answer: Answer, final: FinalState) -> bool:
    """If the upload was answered, the voucher is stored.

    races.results.evaluation checks that no other voucher is stored.
    """
    return not answer.done or answer.body["voucher_id"] in final.vouchers


voucher = Command("voucher", lambda one: pay(one, "a"), _stored)
another_voucher = Command("second voucher", lambda one: pay(one, "b"), _stored)
same_file = Command("voucher with the same file and reference", lambda one: pay(one, "a"), _stored)


def _pay_with_one_key(at: int, subject: Subject) -> Any:
    return pay(subject, "a", at=at, key=subject.key)


voucher_here, voucher_there = (
    Command(f"voucher with one key at replica {at + 1}", partial(_pay_with_one_key, at), _stored) for at in (0, 1)
)


def _decide_voucher(decision: str, subject: Subject) -> Any:
    body = {"decision": decision, "reason": "图片不清晰"}
    return subject.world.center.act("simulator", f"/center/vouchers/{subject.voucher_id}/decision", body)


def _answered(state: str, subject: Subject, answer: Answer, final: FinalState) -> bool:
    return bool(final.vouchers[subject.voucher_id]["state"] == state) == answer.done


accept_voucher = Command(
    "the center accepts the voucher", partial(_decide_voucher, "accepted"), partial(_answered, "accepted")
)
reject_voucher = Command(
    "the center rejects the voucher", partial(_decide_voucher, "rejected"), partial(_answered, "rejected")
)
