"""Compares the people and the money that the recorded commands and the rosters predict with every store and topic."""

import asyncio
from typing import Any

from contracts.topics import TOPICS
from enrollctl.demo.results.evaluation import problems_of
from faults.checks.reconciliation import Reconciliation
from faults.checks.stores import judge_commands, judge_store
from faults.platform.money import Money, read_money
from faults.platform.people import Passage, passages
from faults.platform.platform import Platform
from faults.platform.walks import Walk
from faults.rig.wire import Wire, read_all

#: A command in the ledger, the field of its answer that contains an object's id, and the statement that lists all ids.
NAMED = (
    ("member-svc POST /imports", "import_id", "SELECT import_id::text FROM imports WHERE state = 'applied'"),
    ("enrollment-svc POST /submissions", "batch_no", "SELECT batch_no FROM batches"),
    ("review-svc POST /submissions", "submission_no", "SELECT submission_no FROM submissions"),
    ("payment-svc POST /vouchers", "voucher_id", "SELECT voucher_id::text FROM vouchers WHERE state = 'accepted'"),
)


def compare(platform: Platform) -> tuple[Reconciliation, dict[str, str]]:
    """Check all data of the platform. Also return the people and the money of each stage, as texts."""
    reconciliation = Reconciliation()
    wire = Wire(asyncio.run(read_all(platform.kafka_bootstrap, TOPICS)), platform.planted)
    wire.judge(reconciliation)
    for store in platform.stores:
        judge_store(store, wire, reconciliation)
    judge_commands(platform.stores, platform.ledger, reconciliation)
    _judge_named(platform, reconciliation)
    unanswered = platform.store("status-checker").value("SELECT count(*) FROM check_parts WHERE answered_at IS NULL")
    reconciliation.find("stuck", "parts of checks without an answer", unanswered)
    people, money = passages(platform, wire, platform.walks, reconciliation), read_money(platform, wire)
    for walk, passage in zip(platform.walks, people, strict=True):
        passage.judge(reconciliation)
        _judge_figures(walk, passage, reconciliation)
    reconciliation.find("lost", "nobody entered the first stage", int(not people))
    money.judge(reconciliation)
    skipped = platform.scrapes.total("ue_records_skipped_total", 'reason="duplicate"')
    reconciliation.redelivered, platform.skipped = skipped - platform.skipped, skipped
    return reconciliation, shown(people, money)


def _judge_figures(walk: Walk, passage: Passage, reconciliation: Reconciliation) -> None:
    """The figures of a union in the services must equal the figures that its roster predicts. They are compared once,
    right after the roster has passed all stages.
    """
    if walk.judged:
        return
    walk.judged = True
    for problem in problems_of(walk.report(), None if passage.garbled else walk.expected):
        reconciliation.find("lost", f"{passage.union}: {problem}")


def _judge_named(platform: Platform, reconciliation: Reconciliation) -> None:
    """Every object whose id was in an answer must exist, and no object whose id was in no answer."""
    for what, field, sql in NAMED:
        stored = [row[0] for row in platform.store(what.split(" ")[0]).rows(sql)]
        answers = [entry.body["answer"] for entry in platform.ledger.entries("answered") if entry.what == what]
        reconciliation.sets(f"{what} answered", {name for answer in answers if (name := _named(answer, field))}, stored)


def _named(answer: Any, field: str) -> str | None:
    return str(answer[field]) if isinstance(answer, dict) and field in answer else None


def shown(people: list[Passage], money: Money) -> dict[str, str]:
    """People and yuan of each stage."""

    def count(name: str) -> str:
        return f"{sum(len(getattr(one, name)) for one in people):,} people"

    submitted = f"{count('held')} {yuan(money.fee_fen)}"
    reviewed, confirmed = count("reviewed"), f"{sum(one.at_center for one in people):,}"
    due, paid = sum(money.due.values()), sum(money.paid["the center's vouchers"].values())
    return {
        "import": count("members"),
        "verify": count("verified"),
        "confirm": f"{count('confirmed')} by hand",
        "submit": submitted,
        "review": f"{reviewed}, of whom the center confirmed {confirmed} for {yuan(money.submitted_fen)}",
        "pay": f"{yuan(paid)} of {yuan(due)} in {len(money.vouchers['center'])} vouchers",
    }


def yuan(fen: int) -> str:
    return f"{fen / 100:,.2f} yuan"
