"""The demo's report: every figure read back from the stores, the topics or the center."""

import asyncio
from typing import Any

from contracts.catalog import EVENTS
from contracts.topics import PAYMENTS, REVIEWS
from enrollctl.demo.journey import Journey
from enrollctl.demo.topics_read import TopicFigures, read_topics
from enrollctl.demo.tree import DISTRICT
from enrollctl.operators import Operators
from enrollctl.services import SERVICES
from enrollctl.tokens import operator_token

#: Which stage of the journey tells which types.
TOLD_BY = {
    "plant": ["unions.changed.v1"],
    "import": ["members.imported.v1", "members.changed.v1", "members.removed.v1"],
    "verify": ["statuses.check.v1", "statuses.verified.v1"],
    "confirm": ["enrollments.members-confirmed.v1"],
    "submit": ["enrollments.batch-submitted.v1", "enrollments.withdrawal-requested.v1"],
    "review": [kind.ce_type for kind in EVENTS if kind.topic is REVIEWS],
    "pay": [kind.ce_type for kind in EVENTS if kind.topic is PAYMENTS],
}


class Books:
    """What each store, the topics and the center say of this union, read once after the last stage."""

    def __init__(self, journey: Journey) -> None:
        self.journey = journey
        self.imported = journey.imported()
        self.enrollment = journey.figures("enrollment-svc")
        self.review = journey.figures("review-svc")
        self.numbers = [s["submission_no"] for s in self.review["submissions"]]
        self.center = journey.center.act("simulator", "/center/figures", {"submission_nos": self.numbers})
        self.dues = journey.dues(self.numbers)
        self.vouchers = journey.vouchers(self.numbers)
        self.checker = journey.figures("status-checker")
        self.topics = self._read_topics()
        self.dead_letters = open_dead_letters(journey)

    def _read_topics(self) -> TopicFigures:
        union_id = self.journey.union.union_id
        return asyncio.run(read_topics(self.journey.stack.kafka_bootstrap, {union_id}, set(self.numbers)))

    # --- sums of the lines -------------------------------------------------------------------------------------

    def completed_lines(self) -> list[dict[str, Any]]:
        return [line for line in self.review["lines"] if line["state"]["code"] == "completed"]

    def completed_heads(self) -> int:
        return sum(line["people"] for line in self.completed_lines())

    def fee(self) -> dict[str, int]:
        names = ("total_fen", "city_fen", "district_fen", "unit_fen")
        return {name: sum(line["fee"][name] for line in self.completed_lines()) for name in names}

    def due_fen(self) -> int:
        return sum(due["due_fen"] for due in self.dues)

    def paid_fen(self) -> int:
        return sum(due["paid_fen"] for due in self.dues)


def open_dead_letters(journey: Journey) -> int:
    """Over all services of the stack."""
    stack = journey.stack
    services = [spec.name for spec in SERVICES if spec.has_dead_letters]
    with Operators(stack.urls, operator_token(stack.keys)) as operators:
        return len(operators.find_all(services, "/ops/dead-letters"))


def differences(books: Books) -> dict[str, tuple[Any, Any]]:
    """Pairs that must be equal and are not, by what they are about."""
    created = books.imported["counts"]["created"]
    held = [line for line in books.enrollment["lines"] if line["heads"]]
    fee, topics = books.fee(), books.topics
    pairs = {
        "people imported: member-svc, enrollment-svc": (
            max(created, len(topics.imported)),
            books.enrollment["people"]["total"],
        ),
        "people checked: topics, enrollment-svc": (len(topics.verified), books.enrollment["people"]["total"]),
        "people submitted: enrollment-svc, city keys": (
            sum(line["people_held"] for line in held),
            books.enrollment["enrollments"]["held"],
        ),
        "people in lines: enrollment-svc, review-svc": (
            {line["line_id"]: line["people_held"] for line in held},
            {line["line_id"]: line["people"] for line in books.review["lines"] if line["people"]},
        ),
        "people completed: review-svc, topics": (
            books.completed_heads(),
            sum(heads for heads, _ in topics.completed.values()),
        ),
        "people confirmed: review-svc, center": (books.completed_heads(), books.center["people"]),
        "people confirmed: center, topics": (
            books.center["heads"],
            sum(heads for heads, _ in topics.confirmed.values()),
        ),
        "fee: review-svc, center": (fee, {name: books.center["fee"][name] for name in fee}),
        "fee: enrollment-svc, review-svc": (sum(line["fee"]["total_fen"] for line in held), fee["total_fen"]),
        "fee: review-svc, topics": (fee["total_fen"], sum(fen for _, fen in topics.confirmed.values())),
        "due: payment-svc, center": (books.due_fen(), books.center["due_fen"]),
        "due and paid: payment-svc": (books.due_fen(), books.paid_fen()),
        "paid: payment-svc, center": (books.paid_fen(), books.center["paid_fen"]),
        "paid: payment-svc, topics": (books.paid_fen(), topics.accepted_fen),
        "sequences: gaps, regressions": ((topics.gaps, topics.regressions), (0, 0)),
        "dead letters": (books.dead_letters, 0),
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def lost_and_doubled(books: Books) -> tuple[int, int]:
    """People missing at a stage that the one before it passed on, and people there more often than once."""
    known = books.enrollment["people"]["total"]
    held = books.enrollment["enrollments"]["held"]
    steps = [
        (len(books.topics.imported), known),
        (known, len(books.topics.verified)),
        (held, sum(line["people"] for line in books.review["lines"])),
        (held, books.center["people"]),
    ]
    lost = sum(max(0, before - after) for before, after in steps)
    more = sum(max(0, after - before) for before, after in steps)
    return lost, more + books.center["duplicates"]


def report(books: Books) -> dict[str, Any]:
    """As `--report` writes it. Money in fen, dates ISO, seconds per stage."""
    journey, counts = books.journey, books.imported["counts"]
    rejected = [
        {"row": error["row"], "column": error["column"], "code": error["code"]}
        for row in journey.rejected_rows()
        for error in row["errors"]
    ]
    fee, lines = books.fee(), books.completed_lines()
    covers = [line for line in books.enrollment["lines"] if line["state"] == "completed"]
    lost, doubled = lost_and_doubled(books)
    return {
        "rows": counts["rows"],
        "imported": counts["created"],
        "rejected_rows": counts["rejected"],
        "rejected": rejected,
        "excluded": journey.excluded,
        **journey.before_confirmation,
        "confirmed": journey.confirmed,
        "ready": journey.at_submission,
        "submitted": journey.submitted,
        "refused": journey.refused,
        "completed": books.completed_heads(),
        "center_confirmed": books.center["people"],
        "fee_fen": {name.removesuffix("_fen"): fen for name, fen in fee.items()},
        "cover": _cover(covers),
        "lines": len(lines),
        "vouchers": {
            "submitted": len(books.vouchers),
            "accepted": sum(v["state"]["code"] == "accepted" for v in books.vouchers),
        },
        "due_fen": books.due_fen(),
        "paid_fen": books.paid_fen(),
        "lost": lost,
        "doubled": doubled,
        "dead_letters": books.dead_letters,
        "events": events_by_stage(books.topics),
        "copies_on_the_wire": books.topics.copies,
        "differences": {name: [str(side) for side in pair] for name, pair in differences(books).items()},
        "seconds": journey.seconds,
        "union_id": str(journey.union.union_id),
        "district_id": str(DISTRICT.union_id),
    }


def events_by_stage(topics: TopicFigures) -> dict[str, int]:
    """How many events each stage told of this union."""
    return {stage: sum(topics.events[kind] for kind in kinds) for stage, kinds in TOLD_BY.items()}


def _cover(lines: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not lines:
        return None
    first = lines[-1]
    return {"start_on": first["start_on"], "end_on": first["end_on"], "term": first["term"]}
