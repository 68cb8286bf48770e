"""The ledger against every store and topic of the six stages: people and money."""

import asyncio
from collections import Counter
from typing import Any

import orjson

from contracts.topics import TOPICS
from faults.city.world import City
from faults.stores import Store, judge_acts, judge_store
from faults.verdict import Verdict
from faults.wire import Wire, read_all

ENROLLMENT_LINES = """
    SELECT line_id::text, heads, city_fen + district_fen + unit_fen AS fen FROM lines WHERE heads > 0"""
CENTER_LINES = """
    SELECT line_id::text, heads, total_fen AS fen FROM submission_lines WHERE state = 'confirmed'"""
DUES = "SELECT submission_no, heads, due_fen, paid_fen FROM dues"
CENTER_DUES = """
    SELECT s.submission_no, s.heads, s.district_fen + s.unit_fen AS due_fen,
           coalesce((SELECT sum(v.amount_fen) FROM voucher_submissions v JOIN vouchers USING (voucher_id)
                     WHERE v.submission_no = s.submission_no AND state = 'accepted'), 0)::bigint AS paid_fen
    FROM submissions s WHERE state = 'confirmed'"""
#: Paths of acts in the ledger and how their answer names what must be stored.
NAMED = (
    ("member-svc POST /imports", "import_id", "SELECT import_id::text FROM imports WHERE state = 'applied'"),
    ("payment-svc POST /vouchers", "voucher_id", "SELECT voucher_id::text FROM vouchers WHERE state = 'accepted'"),
    ("review-svc POST /submissions", "submission_no", "SELECT submission_no FROM submissions"),
)


def compare(city: City) -> tuple[Verdict, dict[str, str]]:
    """The verdict, and people and money per stage."""
    verdict = Verdict()
    wire = Wire(asyncio.run(read_all(city.kafka_bootstrap, TOPICS)))
    wire.judge(verdict)
    for store in city.stores:
        judge_store(store, wire, verdict)
    judge_acts(city.stores, city.ledger, verdict)
    _judge_named(city, verdict)
    stages = _judge_people(city, wire, verdict) | _judge_money(city, verdict)
    verdict.redelivered = city.scrapes.total("ue_records_skipped_total", 'reason="duplicate"')
    return verdict, stages


def _judge_named(city: City, verdict: Verdict) -> None:
    """What an answer named is there."""
    for what, field, sql in NAMED:
        held = {row[0] for row in city.store(what.split(" ")[0]).rows(sql)}
        for entry in city.ledger.entries("answered"):
            if entry.what == what and (name := _named(entry.body["answer"], field)) is not None:
                verdict.find("lost", f"{what} answered {name}", int(name not in held))


def _named(answer: Any, field: str) -> str | None:
    return str(answer[field]) if isinstance(answer, dict) and field in answer else None


def _column(store: Store, sql: str) -> list[str]:
    return [row[0] for row in store.rows(sql)]


def _on_topic(wire: Wire, kind: str, field: str) -> list[str]:
    bodies = [orjson.loads(one.value) for one in wire.distinct if one.type == kind]
    return [person["member_id"] for body in bodies for person in body[field]]


def _judge_people(city: City, wire: Wire, verdict: Verdict) -> dict[str, str]:
    """Each person once at every stage that the one before passed on."""
    members = set(_column(city.store("member-svc"), "SELECT member_id::text FROM members WHERE removed_at IS NULL"))
    verdict.sets("imported, on the topic", members, _on_topic(wire, "members.imported.v1", "members"))
    verdict.sets("verified, on the topic", members, _on_topic(wire, "statuses.verified.v1", "statuses"))
    verdict.sets("candidates", members, _column(city.store("enrollment-svc"), "SELECT member_id::text FROM candidates"))
    unanswered = city.store("status-checker").value("SELECT count(*) FROM check_parts WHERE answered_at IS NULL")
    verdict.find("stuck", "parts of checks without an answer", unanswered)
    held = _column(city.store("enrollment-svc"), "SELECT member_id::text FROM enrollments WHERE state = 'held'")
    reviewed = _column(city.store("review-svc"), "SELECT member_id::text FROM line_people WHERE state = 'in'")
    verdict.find("doubled", "people enrolled twice", len(held) - len(set(held)))
    verdict.sets("people under review", set(held), reviewed)
    per_line = "SELECT line_id::text, count(*) AS people FROM {} GROUP BY 1"
    ours = city.store("enrollment-svc").rows(per_line.format("enrollments WHERE state = 'held'"))
    theirs = city.simulator.rows(per_line.format("live_people"))
    _same("people per line at the center", _keyed(ours), _keyed(theirs), verdict)
    return {
        "import": f"{len(members):,} people",
        "submit": f"{len(held):,} people",
        "review": f"{len(reviewed):,} people",
        "center": f"{sum(row['people'] for row in theirs):,} people",
    }


def _judge_money(city: City, verdict: Verdict) -> dict[str, str]:
    lines = _keyed(city.store("enrollment-svc").rows(ENROLLMENT_LINES))
    review = ENROLLMENT_LINES + " AND state = 'completed'"
    _same("lines: enrollment-svc, review-svc", lines, _keyed(city.store("review-svc").rows(review)), verdict)
    _same("lines: enrollment-svc, center", lines, _keyed(city.simulator.rows(CENTER_LINES)), verdict)
    dues = city.store("payment-svc").rows(DUES)
    _same("dues: payment-svc, center", _keyed(dues), _keyed(city.simulator.rows(CENTER_DUES)), verdict)
    due, paid = sum(row["due_fen"] for row in dues), sum(row["paid_fen"] for row in dues)
    verdict.compare("paid of what is due, in fen", due, paid)
    vouchers = Counter(_column(city.store("payment-svc"), "SELECT voucher_id::text || state FROM vouchers"))
    center = Counter(_column(city.simulator, "SELECT voucher_id::text || state FROM vouchers"))
    verdict.sets("vouchers at the center", set(vouchers), list(center.elements()))
    return {"fee": f"{sum(fen for _, fen in lines.values()) / 100:,.2f} yuan", "paid": f"{paid / 100:,.2f} yuan"}


def _keyed(rows: list[Any]) -> dict[str, tuple[Any, ...]]:
    return {row[0]: tuple(row.values())[1:] for row in rows}


def _same(what: str, one: dict[str, Any], other: dict[str, Any], verdict: Verdict) -> None:
    """Fewer keys are lost ones, more are doubled; other figures under one key are lost money or people."""
    verdict.sets(what, set(one), list(other))
    for key in one.keys() & other.keys():
        if one[key] != other[key]:
            verdict.find("lost", f"{what}: {key} is {other[key]}, not {one[key]}")
