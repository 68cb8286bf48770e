"""The demo's report. Its figures are read back from the stores, the topics and the center after the last stage."""

import asyncio
from collections import Counter
from typing import Any

from contracts.catalog import EVENTS
from contracts.topics import PAYMENTS, REVIEWS
from enrollctl.demo.results.topic_figures import TopicFigures, read_topics
from enrollctl.demo.stages.earlier import Holdings, holdings_of
from enrollctl.demo.stages.journey import Journey
from enrollctl.demo.stages.rejections import figures_of_import
from enrollctl.demo.stages.tree import DISTRICT
from enrollctl.ops_client.operators import Operators
from enrollctl.ops_client.tokens import operator_token
from enrollctl.stack.services import SERVICES

#: The event types that the report counts for each stage of the demo run.
EVENT_TYPES = {
    "plant": ["unions.changed.v1"],
    "import": ["members.imported.v1", "members.changed.v1", "members.removed.v1"],
    "verify": ["statuses.check.v1", "statuses.verified.v1"],
    "confirm": ["enrollments.members-confirmed.v1"],
    "submit": ["enrollments.batch-submitted.v1", "enrollments.withdrawal-requested.v1"],
    "review": [kind.ce_type for kind in EVENTS if kind.topic is REVIEWS],
    "pay": [kind.ce_type for kind in EVENTS if kind.topic is PAYMENTS],
}


class UnionData:
    """The data of the roster's union in each store, on the topics and at the center, read after the last stage."""

    def __init__(self, journey: Journey) -> None:
        self.journey = journey
        self.imported = journey.imported()
        self.enrollment = journey.figures("enrollment-svc")
        self.review = journey.figures("review-svc")
        self.numbers = [s["submission_no"] for s in self.review["submissions"]]
        self.center = journey.center.act("simulator", "/center/figures", {"submission_nos": self.numbers})
        self.dues = journey.dues(self.numbers)
        self.vouchers = journey.vouchers(self.numbers)
        self.holdings = holdings_of(self.enrollment, self.review, self.center, self.dues, self.vouchers)
        self.checker = journey.figures("status-checker")
        self.topics = self._read_topics()
        self.dead_letters = open_dead_letters(journey)

    def _read_topics(self) -> TopicFigures:
        journey = self.journey
        unions, ends = {journey.union.union_id}, journey.earlier.ends
        return asyncio.run(read_topics(journey.stack.kafka_bootstrap, unions, set(self.numbers), ends))

    def completed_lines(self) -> list[dict[str, Any]]:
        return [line for line in self.review["lines"] if line["state"]["code"] == "completed"]


def current_holdings(journey: Journey) -> Holdings:
    """The data of the roster's union in the stack at this moment."""
    review = journey.figures("review-svc")
    numbers = [submission["submission_no"] for submission in review["submissions"]]
    center = journey.center.act("simulator", "/center/figures", {"submission_nos": numbers})
    enrollment = journey.figures("enrollment-svc")
    return holdings_of(enrollment, review, center, journey.dues(numbers), journey.vouchers(numbers))


def open_dead_letters(journey: Journey) -> int:
    """The number of open dead letters in all services of the stack."""
    stack = journey.stack
    services = [spec.name for spec in SERVICES if spec.has_dead_letters]
    with Operators(stack.urls, operator_token(stack.keys)) as operators:
        return len(operators.find_all(services, "/ops/dead-letters"))


def differences(data: UnionData) -> dict[str, tuple[Any, Any]]:
    """The pairs of figures that should be equal but differ. A pair's key says what is compared in which sources."""
    created = data.imported["counts"]["created"]
    held = [line for line in data.enrollment["lines"] if line["heads"]]
    holdings, topics = data.holdings, data.topics
    fee = fee_of(holdings)
    pairs = {
        "people imported: member-svc, enrollment-svc": (
            max(created, len(topics.imported)),
            data.enrollment["people"]["total"],
        ),
        "people checked: topics, enrollment-svc": (len(topics.verified), data.enrollment["people"]["total"]),
        "people submitted: enrollment-svc, city keys": (
            sum(line["people_held"] for line in held),
            data.enrollment["enrollments"]["held"],
        ),
        "people in lines: enrollment-svc, review-svc": (
            {line["line_id"]: line["people_held"] for line in held},
            {line["line_id"]: line["people_held"] for line in data.review["lines"] if line["people_held"]},
        ),
        "people completed: review-svc, topics": (
            holdings.completed,
            topics.completed_heads(data.journey.plan.year),
        ),
        "people confirmed: review-svc, center": (holdings.completed, data.center["people"]),
        "people confirmed: center, topics": (
            data.center["heads"],
            sum(heads for heads, _ in topics.confirmed.values()),
        ),
        "fee: review-svc, center": (fee, {name: data.center["fee"][name] for name in fee}),
        "fee: enrollment-svc, review-svc": (sum(line["fee"]["total_fen"] for line in held), fee["total_fen"]),
        "fee: review-svc, topics": (fee["total_fen"], sum(fen for _, fen in topics.confirmed.values())),
        "due: payment-svc, center": (holdings.due_fen, data.center["due_fen"]),
        "due and paid: payment-svc": (holdings.due_fen, holdings.paid_fen),
        "paid: payment-svc, center": (holdings.paid_fen, data.center["paid_fen"]),
        "paid: payment-svc, topics": (holdings.paid_fen, topics.accepted_fen),
        "sequences: gaps, regressions": ((topics.gaps, topics.regressions), (0, 0)),
        "dead letters": (data.dead_letters, 0),
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def lost_and_doubled(data: UnionData) -> tuple[int, int]:
    """How many people are missing, and how many are too many, if each stage is compared with an earlier one.

    The second number includes people whom the center has more than once.
    """
    known = data.enrollment["people"]["total"]
    held = data.enrollment["enrollments"]["held"]
    steps = [
        (len(data.topics.imported), known),
        (known, len(data.topics.verified)),
        (held, sum(line["people_held"] for line in data.review["lines"])),
        (held, data.center["people"]),
    ]
    lost = sum(max(0, before - after) for before, after in steps)
    more = sum(max(0, after - before) for before, after in steps)
    return lost, more + data.center["duplicates"]


def fee_of(holdings: Holdings) -> dict[str, int]:
    return {name: getattr(holdings, name) for name in ("total_fen", "city_fen", "district_fen", "unit_fen")}


def report(data: UnionData) -> dict[str, Any]:
    """The report as `--report` writes it: money in fen, dates in ISO form, `seconds` for each stage.

    Of this run only: `ready`, `submitted`, `refused`, `refusals`, `events_this_run` and the counts of the import.
    `dead_letters` and `copies_on_the_wire` are of the whole stack. All figures that are not named here are of all data
    of the union in the stack. `before`: the union's figures from before this run. `this_run`: what this run has added
    to these figures.
    """
    journey, holdings = data.journey, data.holdings
    covers = [line for line in data.enrollment["lines"] if line["state"] == "completed"]
    lost, doubled = lost_and_doubled(data)
    before = journey.earlier.holdings
    return {
        **figures_of_import(data.imported, journey.rejected_errors(), journey.people_elsewhere()),
        "excluded": journey.excluded,
        **journey.before_confirmation,
        "confirmed": journey.confirmed,
        "ready": journey.at_submission,
        "submitted": journey.submitted,
        "refused": [refusal.code for refusal in journey.refused],
        "refusals": [refusal.sentence for refusal in journey.refused],
        "completed": holdings.completed,
        "center_confirmed": holdings.center_confirmed,
        "fee_fen": {name.removesuffix("_fen"): fen for name, fen in fee_of(holdings).items()},
        "cover": _cover(covers),
        "lines": len(data.completed_lines()),
        "vouchers": {"submitted": holdings.vouchers, "accepted": holdings.vouchers_accepted},
        "due_fen": holdings.due_fen,
        "paid_fen": holdings.paid_fen,
        "before": before.as_dict(),
        "this_run": holdings.since(before).as_dict(),
        "lost": lost,
        "doubled": doubled,
        "dead_letters": data.dead_letters,
        "events": events_by_stage(data.topics.events),
        "events_this_run": events_by_stage(data.topics.events_now),
        "copies_on_the_wire": data.topics.copies,
        "differences": {name: [str(side) for side in pair] for name, pair in differences(data).items()},
        "seconds": journey.seconds,
        "union_id": str(journey.union.union_id),
        "district_id": str(DISTRICT.union_id),
    }


def events_by_stage(events: Counter[str]) -> dict[str, int]:
    """The number of events of each stage. `events`: event type → number of events."""
    return {stage: sum(events[kind] for kind in kinds) for stage, kinds in EVENT_TYPES.items()}


def _cover(lines: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not lines:
        return None
    first = lines[-1]
    return {"start_on": first["start_on"], "end_on": first["end_on"], "term": first["term"]}
