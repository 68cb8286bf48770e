"""What every store holds of a person after a race, and where two of them contradict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from faults.city.world import City

MEMBERS = """
    SELECT m.member_id::text, m.removed_at IS NOT NULL AS removed, m.removal_id IS NOT NULL AS pending,
           m.card_key IS NOT NULL AS card,
           EXISTS (SELECT FROM line_members p JOIN batch_lines l USING (line_id)
                   WHERE p.member_id = m.member_id AND NOT p.returned AND l.state = 'under_review') AS protected
    FROM members m WHERE m.member_id = ANY ($1)"""
CANDIDATES = """
    SELECT member_id::text, removed_at IS NOT NULL AS removed, has_service_card AS card
    FROM candidates WHERE member_id = ANY ($1)"""
ENROLLED = """
    SELECT e.member_id::text, l.line_id::text, l.state, l.withdrawal, e.state = 'held' AS held
    FROM enrollments e JOIN lines l USING (line_id) WHERE e.member_id = ANY ($1)"""
REVIEWED = """
    SELECT p.member_id::text, l.line_id::text, l.state, p.state = 'in' AS held
    FROM line_people p JOIN lines l USING (line_id) WHERE p.member_id = ANY ($1)"""
#: What a state of review-svc is called by enrollment-svc.
SHOWN = {"arriving": "in_review", "pending": "in_review", "staged": "in_review"}

Row = Any


@dataclass
class Ends:
    """One person in every store."""

    member: Row
    candidate: Row
    lines: dict[str, Row] = field(default_factory=dict)
    reviewed: dict[str, Row] = field(default_factory=dict)

    @property
    def removed(self) -> bool:
        return bool(self.member["removed"])

    @property
    def card(self) -> bool:
        return bool(self.member["card"])

    @property
    def held(self) -> bool:
        """In a line that is under review or through it."""
        return any(line["held"] for line in self.lines.values())

    def contradictions(self) -> Iterator[str]:
        """Whatever two stores see differently, and what no rule allows."""
        if self.member["pending"]:
            yield "a removal waits for an answer that does not come"
        for name in ("removed", "card"):
            if self.member[name] != self.candidate[name]:
                yield f"{name}: member-svc {self.member[name]}, enrollment-svc {self.candidate[name]}"
        if self.lines.keys() != self.reviewed.keys():
            yield f"lines: enrollment-svc {sorted(self.lines)}, review-svc {sorted(self.reviewed)}"
        for line_id in self.lines.keys() & self.reviewed.keys():
            yield from self._of_line(line_id)
        open_lines = sum(line["held"] and line["state"] == "in_review" for line in self.lines.values())
        if open_lines and self.removed:
            yield "removed and under review"
        if open_lines > 1:
            yield f"under review in {open_lines} lines"
        if bool(open_lines) != self.member["protected"]:
            yield f"under review in {open_lines} lines, protected in member-svc: {self.member['protected']}"

    def _of_line(self, line_id: str) -> Iterator[str]:
        ours, theirs = self.lines[line_id], self.reviewed[line_id]
        if ours["state"] != SHOWN.get(theirs["state"], theirs["state"]):
            yield f"line {line_id}: enrollment-svc {ours['state']}, review-svc {theirs['state']}"
        if ours["held"] != theirs["held"]:
            yield f"line {line_id}: held {ours['held']}, in review {theirs['held']}"
        if ours["withdrawal"] == "requested":
            yield f"line {line_id}: a withdrawal waits for an answer that does not come"


def ends_of(city: City, member_ids: Sequence[str]) -> dict[str, Ends]:
    """Every person with what the three stores hold of him. Raises KeyError where a store does not know him."""
    ids = [UUID(member_id) for member_id in member_ids]
    members = {row["member_id"]: row for row in city.store("member-svc").rows(MEMBERS, ids)}
    candidates = {row["member_id"]: row for row in city.store("enrollment-svc").rows(CANDIDATES, ids)}
    found = {member_id: Ends(members[member_id], candidates[member_id]) for member_id in member_ids}
    for row in city.store("enrollment-svc").rows(ENROLLED, ids):
        found[row["member_id"]].lines[row["line_id"]] = row
    for row in city.store("review-svc").rows(REVIEWED, ids):
        found[row["member_id"]].reviewed[row["line_id"]] = row
    return found
