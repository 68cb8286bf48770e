"""Compares the people of each roster stage by stage, from topics and stores."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from contracts.words import CardStatus, Channel, DocumentType, EmploymentStatus
from enrollctl.roster.expected import Expected
from enrollctl.roster.standing import NO_RECORD, Place, Standing, standing
from faults.checks.reconciliation import Reconciliation
from faults.platform.platform import Platform
from faults.platform.walks import Walk
from faults.rig.wire import Wire
from simulator.registries.words import UNDOCUMENTED

#: The statements return (union, member), (line, union) or (line, number of people).
MEMBERS = "SELECT union_id::text, member_id::text FROM members WHERE removed_at IS NULL"
CANDIDATES = "SELECT union_id::text, member_id::text FROM candidates WHERE removed_at IS NULL"
HELD = """
    SELECT l.union_id::text, e.member_id::text FROM enrollments AS e JOIN lines AS l USING (line_id)
    WHERE e.state = 'held'"""
REVIEWED = """
    SELECT l.union_id::text, member_id::text
    FROM line_parts AS s JOIN lines AS l USING (line_id) CROSS JOIN unnest(s.member_ids) AS member_id
    WHERE l.state NOT IN ('returned', 'withdrawn') AND (l.line_id, member_id) NOT IN (
        SELECT line_id, member_id FROM marked_people WHERE state = 'returned')"""
LINES = "SELECT line_id::text, union_id::text FROM lines"
AT_THE_CENTER = "SELECT line_id::text, count(*)::int AS people FROM live_people WHERE place = 0 GROUP BY line_id"

Body = Mapping[str, Any]


@dataclass
class Passage:
    """One roster's members at each stage. A list contains a member as often as the stage does.

    `standings`: member → the list in which the member must be by the rules, computed from the registries' answers
    without data of enrollment-svc. `garbled`: the number of people whose answers had unknown codes. The roster cannot
    predict the lists of such people.
    """

    union: str
    expected: Expected
    members: list[str] = field(default_factory=list)
    imported: list[str] = field(default_factory=list)
    verified: list[str] = field(default_factory=list)
    candidates: list[str] = field(default_factory=list)
    standings: dict[str, Standing] = field(default_factory=dict)
    garbled: int = 0
    confirmed: list[str] = field(default_factory=list)
    submitted: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    reviewed: list[str] = field(default_factory=list)
    at_center: int = 0

    @property
    def unclear(self) -> set[str]:
        """Members who wait for a handler's 确认 before the submission."""
        return {member for member, standing in self.standings.items() if standing.to_confirm}

    @property
    def ready(self) -> set[str]:
        """Members who are ready to be submitted after all people of unclear employment are confirmed."""
        return {member for member, standing in self.standings.items() if standing.if_confirmed is Place.READY}

    def judge(self, reconciliation: Reconciliation) -> None:
        """Compare each stage with the stage before it, and the first stages with the roster."""
        name = self.union
        reconciliation.compare(f"{name}: imported of the roster", self.expected.imported, len(self.members))
        reconciliation.sets(f"{name}: imported, on the topic", set(self.members), self.imported)
        reconciliation.sets(f"{name}: verified, on the topic", set(self.imported), self.verified)
        reconciliation.sets(f"{name}: candidates", set(self.imported), self.candidates)
        self._judge_roster(reconciliation)
        reconciliation.sets(f"{name}: confirmed by hand, on the topic", self.unclear, self.confirmed)
        reconciliation.sets(f"{name}: submitted and not returned, on the topic", self.ready, self.submitted)
        reconciliation.sets(f"{name}: holding a place of the year", set(self.submitted), self.held)
        reconciliation.sets(f"{name}: under review", set(self.held), self.reviewed)
        reconciliation.compare(f"{name}: at the center", len(set(self.reviewed)), self.at_center)
        reconciliation.find("lost", f"{name}: nobody came through", int(not self.held))

    def _judge_roster(self, reconciliation: Reconciliation) -> None:
        """According to the registries' answers, each list must have as many people as the roster predicts."""
        if self.garbled:
            return
        expected, standings = self.expected, list(self.standings.values())
        for channel in Channel:
            ready = sum(one.if_confirmed is Place.READY and one.channel is channel for one in standings)
            reconciliation.compare(
                f"{self.union}: ready for {channel.value}", expected.ready_if_confirmed[channel.value], ready
            )
        reconciliation.compare(
            f"{self.union}: to confirm", expected.to_confirm, sum(one.to_confirm for one in standings)
        )
        places = Counter(one.place.value for one in standings)
        for place in (Place.RETIRED, Place.DECEASED, Place.NOT_RESIDENT_ID):
            reconciliation.compare(f"{self.union}: {place.value}", expected.excluded[place.value], places[place.value])


def passages(platform: Platform, wire: Wire, walks: Iterable[Walk], reconciliation: Reconciliation) -> list[Passage]:
    """One Passage for each roster. People of a union without a roster are an error."""
    found = {str(walk.union.union_id): Passage(walk.union.name, walk.expected) for walk in walks}
    events = event_bodies(wire)
    columns: dict[str, Iterable[Any]] = {
        "members": platform.store("member-svc").rows(MEMBERS),
        "candidates": platform.store("enrollment-svc").rows(CANDIDATES),
        "held": platform.store("enrollment-svc").rows(HELD),
        "reviewed": platform.store("review-svc").rows(REVIEWED),
        "imported": events.people("imported", "members"),
        "verified": events.people("verified", "statuses"),
        "confirmed": events.confirmed(),
        "submitted": events.submitted(),
    }
    for name, pairs in columns.items():
        for union, member in pairs:
            if union in found:
                getattr(found[union], name).append(member)
            else:
                reconciliation.find("doubled", f"{name}: {member} of a union without a roster")
    for union, passage in found.items():
        passage.standings, passage.garbled = events.standings(union)
    unions = dict(tuple(row) for row in platform.store("enrollment-svc").rows(LINES))
    for line, people in platform.simulator.rows(AT_THE_CENTER):
        if unions.get(line) in found:
            found[unions[line]].at_center += people
        else:
            reconciliation.find("doubled", f"at the center: line {line}, which enrollment-svc does not know", people)
    return list(found.values())


#: The event types that are read here → short names.
KINDS = {
    "members.imported.v1": "imported",
    "statuses.verified.v1": "verified",
    "enrollments.members-confirmed.v1": "confirmed",
    "enrollments.batch-submitted.v1": "submitted",
    "reviews.batch-returned.v1": "returned",
    "reviews.batch-withdrawn.v1": "withdrawn",
}


@dataclass
class EventBodies:
    """`bodies`: short name of an event type, from KINDS → the bodies of its distinct events."""

    bodies: dict[str, list[Body]]

    def people(self, kind: str, field_name: str) -> list[tuple[str, str]]:
        return [(body["union_id"], one["member_id"]) for body in self.bodies[kind] for one in body[field_name]]

    def confirmed(self) -> list[tuple[str, str]]:
        return [(body["union_id"], member) for body in self.bodies["confirmed"] for member in body["member_ids"]]

    def submitted(self) -> list[tuple[str, str]]:
        """(union, member) of everybody who was submitted and not returned or withdrawn."""
        whole = {body["line_id"] for body in self.bodies["withdrawn"]}
        whole |= {body["line_id"] for body in self.bodies["returned"] if body["whole"]}
        some = {(body["line_id"], member) for body in self.bodies["returned"] for member in body["member_ids"]}
        return [
            (body["union_id"], person["member_id"])
            for body in self.bodies["submitted"]
            if body["line_id"] not in whole
            for person in body["people"]
            if (body["line_id"], person["member_id"]) not in some
        ]

    def standings(self, union: str) -> tuple[dict[str, Standing], int]:
        """The standing of each member of the union by the member's last answer, and the number of garbled answers."""
        bodies = sorted((b for b in self.bodies["verified"] if b["union_id"] == union), key=lambda b: b["checked_at"])
        statuses = {one["member_id"]: one for body in bodies for one in body["statuses"]}
        members = [m for b in self.bodies["imported"] if b["union_id"] == union for m in b["members"]]
        found = {m["member_id"]: _stands(m, statuses[m["member_id"]]) for m in members if m["member_id"] in statuses}
        garbled = sum(UNDOCUMENTED in (one["card_raw"], one["employment_raw"]) for one in statuses.values())
        return found, garbled


def event_bodies(wire: Wire) -> EventBodies:
    bodies: dict[str, list[Body]] = defaultdict(list)
    for one in wire.distinct:
        if kind := KINDS.get(one.type):
            bodies[kind].append(orjson.loads(one.value))
    return EventBodies(bodies)


def _stands(member: Body, status: Body) -> Standing:
    card = CardStatus(status["card"]).label if status["card"] else NO_RECORD
    employment = EmploymentStatus(status["employment"]).label if status["employment"] else NO_RECORD
    return standing(DocumentType(member["document_type"]), member["has_service_card"], card, employment)
