"""Brings the people of all races to the states in which their races begin.

A race is two commands about one person that are sent at the same time; the two commands are a pair. The person is the
subject of the race. A level is a step on the way from the import to the payment, such as "submitted". The subjects of
all pairs go through the levels together, one level after the other.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from enrollctl.demo.stages.caller import Caller
from races.commands import people, tree
from races.commands.lines import SENDER
from races.commands.money import RECEIVED, decide_submission, pay
from races.subjects import Level, Subject
from races.world import World, until

#: How many requests are sent at the same time. With more requests, the machine's two cores would be the limit.
AT_ONCE = 6
LINES = "SELECT line_id::text, version FROM lines WHERE state = 'pending' AND line_id = ANY ($1::uuid[])"
DUES = "SELECT submission_no, open_fen FROM dues WHERE open_fen > 0 AND submission_no = ANY ($1::text[])"
VOUCHERS = "SELECT voucher_id::text FROM vouchers WHERE state = 'received' AND voucher_id = ANY ($1::uuid[])"


def prepare(world: World, subjects: Sequence[Subject]) -> None:
    """Bring all subjects and their companions to their levels. A companion is the second person in a subject's
    submission to the center.

    From the start of this function, the center does not decide by itself on submissions and vouchers.
    """
    everybody = [*subjects, *(one.companion for one in subjects if one.companion)]

    def from_level(level: Level) -> list[Subject]:
        return [one for one in everybody if one.start.level >= level]

    let_center(world, submissions="hold", vouchers="hold")
    _give_cards(world, everybody)
    each(_open_plan, [one for one in everybody if one.start.plan])
    each(_submit, from_level(Level.SUBMITTED))
    world.platform.settle()
    _close_streets(world, everybody)
    _pass_up(world, from_level(Level.AT_DISTRICT))
    _to_center(world, from_level(Level.AT_CENTER))
    _confirm(world, from_level(Level.PAYABLE))
    _pay(world, from_level(Level.PAID))
    all_read(world)
    _see_versions(world, [one for one in everybody if one.line_id])


def let_center(world: World, *, submissions: str, vouchers: str) -> None:
    """Set how the center decides by itself on submissions and on vouchers. `hold`: it does not decide by itself."""
    for subject, decision in (("submission", submissions), ("voucher", vouchers)):
        world.center.act("simulator", "/center/policy", {"subject": subject, "decision": decision}, method="PUT")


def each(do: Callable[[Subject], Any], subjects: Sequence[Subject]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(do, subjects))


def all_read(world: World) -> None:
    """Wait until every event is published and read. Submissions and vouchers possibly still wait at the center."""
    until("every event is read", lambda: not asyncio.run(world.platform.monitor.unread()))


def _give_cards(world: World, subjects: Sequence[Subject]) -> None:
    each(people.give_card.play, [one for one in subjects if one.start.card])
    world.platform.settle()


def _open_plan(subject: Subject) -> None:
    tree.set_rate(subject, tree.BEFORE)


def _submit(subject: Subject) -> None:
    answer = people.submit.play(subject)
    subject.batch_no, subject.line_id = answer["batch_no"], answer["lines"][0]["line_id"]


def _close_streets(world: World, subjects: Sequence[Subject]) -> None:
    for one in subjects:
        if one.start.closed_street:
            tree.write_union(world, one.home.street, active=False)


def _see_versions(world: World, subjects: Sequence[Subject]) -> None:
    """Read the versions of the lines that wait for a reviewer, as a screen does."""
    rows = world.platform.store("review-svc").rows(LINES, [UUID(one.line_id) for one in subjects])
    versions = {row["line_id"]: row["version"] for row in rows}
    for one in subjects:
        one.version = versions.get(one.line_id, 0)


def _pass_up(world: World, subjects: Sequence[Subject]) -> None:
    by_reviewer: dict[Caller, list[Subject]] = defaultdict(list)
    for one in subjects:
        by_reviewer[one.reviewer()].append(one)
    for reviewer, some in by_reviewer.items():
        _stage(world, reviewer, some)
        reviewer.act("review-svc", "/lines/pass-up", {"line_ids": [one.line_id for one in some]})


def _stage(world: World, reviewer: Caller, subjects: Sequence[Subject]) -> None:
    _see_versions(world, subjects)
    lines = [{"line_id": one.line_id, "version": one.version} for one in subjects]
    reviewer.act("review-svc", "/lines/stage", {"lines": lines})


def _to_center(world: World, subjects: Sequence[Subject]) -> None:
    """Send one submission to the center for each subject, with the subject's line and the line of its companion, if it
    has one. Wait until the center has all submissions.
    """
    if not subjects:
        return
    _stage(world, world.district(), subjects)
    companions = {id(one.companion) for one in subjects if one.companion}
    leading = [one for one in subjects if id(one) not in companions]
    each(_send, leading)
    numbers = [one.submission_no for one in leading]
    until("the center has all", lambda: len(world.platform.simulator.rows(RECEIVED, numbers)) == len(numbers))


def _send(subject: Subject) -> None:
    line_ids = [one.line_id for one in (subject, subject.companion) if one]
    body = {"line_ids": line_ids, "enrollment_type": "immediate", "handler": SENDER}
    sent = subject.world.district().act("review-svc", "/submissions", body)
    for one in (subject, subject.companion):
        if one:
            one.submission_no, one.due_fen = (
                sent["submission_no"],
                sent["fee"]["district_fen"] + sent["fee"]["unit_fen"],
            )


def _confirm(world: World, subjects: Sequence[Subject]) -> None:
    leading = [one for one in subjects if one.companion or not one.start.companion]
    each(_decide, leading)
    numbers = [one.submission_no for one in leading]
    payments = world.platform.store("payment-svc")
    until("all is payable", lambda: len(payments.rows(DUES, numbers)) == len(numbers))
    due = {row["submission_no"]: row["open_fen"] for row in payments.rows(DUES, numbers)}
    for one in subjects:
        one.due_fen = due[one.submission_no]


def _decide(subject: Subject) -> None:
    if subject.companion:
        decide_submission(subject, "rejected", subject.line_id)
    else:
        decide_submission(subject, "confirmed")


def _pay(world: World, subjects: Sequence[Subject]) -> None:
    each(_upload, subjects)
    ids = [UUID(one.voucher_id) for one in subjects]
    until("the center has all vouchers", lambda: len(world.platform.simulator.rows(VOUCHERS, ids)) == len(ids))


def _upload(subject: Subject) -> None:
    subject.voucher_id = pay(subject, "first")["voucher_id"]
