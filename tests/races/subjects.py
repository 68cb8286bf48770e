"""Whom or what two acts are about, and who does them."""

import time
from dataclasses import dataclass
from typing import Any

from system.town import Town, Townsman, roster_of

from enrollctl.demo.caller import Refused
from enrollctl.demo.journey import XLSX
from enrollctl.errors import Failure
from faults.city.world import business_day

YEAR = business_day().year
PATIENCE_S = 90.0


@dataclass
class Subject:
    """One person of the town's first union; `line_id` once a line of his own was submitted."""

    town: Town
    person: Townsman
    member_id: str
    batch_no: str = ""
    line_id: str = ""
    version: int = 0

    @property
    def handler(self) -> Any:
        return self.town.handlers[0]

    @property
    def reviewer(self) -> Any:
        return self.town.reviewers[0]


def under_review(subject: Subject) -> None:
    """He stands in a line of his own, before its first reviewer, and member-svc knows it."""
    town = subject.town
    submitted = town.submit(0, [subject.member_id], YEAR)
    subject.batch_no, subject.line_id = submitted["batch_no"], submitted["lines"][0]["line_id"]
    deadline = time.monotonic() + PATIENCE_S
    while (line := town.line(subject.reviewer, subject.line_id)) is None:
        if time.monotonic() > deadline:
            raise Failure(f"line {subject.line_id} did not reach its reviewer within {PATIENCE_S:.0f} s")
        time.sleep(0.2)
    subject.version = line["version"]


def as_he_is(subject: Subject) -> None:
    """A listed member in 待提交."""


def remove(subject: Subject) -> None:
    subject.handler.act("member-svc", "/members/removals", {"member_ids": [subject.member_id]})


def submit(subject: Subject) -> None:
    subject.town.submit(0, [subject.member_id], YEAR)


def give_card(subject: Subject) -> None:
    card = {"member_id": subject.member_id, "card_number": f"6229{subject.person.number[-10:-1]}"}
    subject.handler.act("member-svc", "/service-cards", {"cards": [card]})


def withdraw(subject: Subject) -> None:
    path = f"/batches/{subject.batch_no}/lines/{subject.line_id}/withdrawal"
    subject.handler.act("enrollment-svc", path, {})


def pass_up(subject: Subject) -> None:
    stage = {"lines": [{"line_id": subject.line_id, "version": subject.version}]}
    subject.reviewer.act("review-svc", "/lines/stage", stage)
    subject.reviewer.act("review-svc", "/lines/pass-up", {"line_ids": [subject.line_id]})


def give_back(subject: Subject) -> None:
    body = {"reason": "材料不齐", "version": subject.version}
    subject.reviewer.act("review-svc", f"/lines/{subject.line_id}/return", body)


def import_again(subject: Subject) -> None:
    """Upload, confirm, and wait until it is applied: all of it is member-svc's own."""
    handler, union = subject.handler, subject.town.unions[0]
    fields = {"union_id": str(union.union_id), "unit_id": str(union.units[0][0]), "check_on_import": "false"}
    started = handler.upload("member-svc", "/imports", fields, "roster.xlsx", roster_of([subject.person]), XLSX)
    path = f"/imports/{started['import_id']}"
    _until(subject, path, "checked")
    handler.act("member-svc", f"{path}/confirm", {})
    _until(subject, path, "applied")


def _until(subject: Subject, path: str, state: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while subject.handler.get("member-svc", path)["state"]["code"] != state:
        if time.monotonic() > deadline:
            raise Failure(f"{path} is not {state} after {PATIENCE_S:.0f} s")
        time.sleep(0.1)


def outcome(act: Any, subject: Subject) -> str:
    """done, or the code with which it was refused."""
    try:
        act(subject)
    except Refused as refusal:
        return refusal.code
    return "done"
