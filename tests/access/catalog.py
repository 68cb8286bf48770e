"""What the walk calls for in a world: the objects of its union in all their states, and the texts that are secret."""

from collections.abc import Iterator
from typing import Any

from system.cluster import PLAN

from access.lines import AT_DISTRICT, BY_PARENT, COMPLETED, PASSED_UP, PENDING
from access.targets import Secret, Target
from access.world import SERVICES, TODAY, World
from contracts.words import Role

#: A version that no object has: a command with it passes the check of access and changes nothing.
STALE = 999_999


class Catalog:
    """`world`: it must have been built."""

    def __init__(self, world: World) -> None:
        self.world = world

    def targets(self) -> list[Target]:
        more = [self._submission(), self._street()] if self.world.is_whole else []
        return [
            self._union(),
            *self._lines(),
            self._card_batch(),
            self._account(),
            *self._notices(),
            self._superior(),
            *more,
        ]

    def _union(self) -> Target:
        world = self.world
        member, union, union_id = world.people[len(world.states)], world.cluster.unions[0], str(world.own.union_id)
        [listed] = [
            one for one in world.cluster.handlers[0].pages("member-svc", "/members") if one["name"] == member.name
        ]
        [job, *_] = world.cluster.operator.get("status-checker", "/jobs", union_id=world.own.union_id)["items"]
        values = {
            "union_id": union_id, "to_union_id": union_id, "parent_id": union_id,
            "unit_id": str(union.units[0][0]), "import_id": world.import_id, "member_id": world.ids[member.name],
            "member_ids": [world.ids[member.name]], "member_no": listed["member_no"], "name": member.name,
            "number": member.number, "job_id": job["job_id"], "union_body": union.body(), "enrolled_plan": PLAN,
            "enrolled_year": TODAY.year,
            "version": world.cluster.city.get("member-svc", f"/unions/{world.own.union_id}")["version"],
        }  # fmt: skip
        reviewed = world.lines.member_id[PENDING]
        return Target("union", world.own, values, harmless={"version": STALE, "member_ids": [reviewed]})

    def _lines(self) -> Iterator[Target]:
        world = self.world
        for state in world.states:
            turn = world.district if state in AT_DISTRICT else world.parent
            other = world.lines.line_id[PASSED_UP if turn is world.district else PENDING]
            values = {
                "line_id": world.lines.line_id[state], "line_ids": [world.lines.line_id[state]],
                "batch_no": world.lines.batch_no[state], "union_id": str(world.own.union_id),
                "member_id": world.lines.member_id[state], "member_ids": [world.lines.member_id[state]],
                "version": world.reviewed(state), "withdrawal_version": world.submitted(state)["version"],
            }  # fmt: skip
            yield Target(
                f"line {state}",
                world.own,
                values,
                by=frozenset({"line_id", "line_ids", "batch_no"}),
                harmless={"version": STALE, "withdrawal_version": STALE, "line_ids": [other]},
                chain=(world.parent, world.district),
                turn=turn,
                submitted_by=None if state == BY_PARENT else world.submitter,
            )

    def _submission(self) -> Target:
        world = self.world
        values = {
            "submission_no": world.submission_no, "submission_nos": world.submission_no, "voucher_id": world.voucher_id,
            "member_id": world.lines.member_id[COMPLETED], "today": TODAY.isoformat(), "version": 1,
            "decision": self._decision(), "union_id": str(world.district.union_id),
        }  # fmt: skip
        by = frozenset({"submission_no", "submission_nos", "voucher_id"})
        return Target("submission", world.district, values, by=by)

    def _decision(self) -> dict[str, Any]:
        world = self.world
        shown = world.cluster.district.get("review-svc", f"/submissions/{world.submission_no}")["submission"]
        return {
            "submission_no": world.submission_no, "version": 1, "decision": "confirmed", "heads": shown["heads"],
            "fee": shown["fee"], "line_ids": [], "decided_at": f"{TODAY.isoformat()}T10:00:00+08:00",
        }  # fmt: skip

    def _card_batch(self) -> Target:
        world = self.world
        values = {"batch_id": world.card_batch_id, "version": world.card_version}
        return Target(
            "card batch",
            world.own,
            values,
            by=frozenset({"batch_id"}),
            harmless={"version": STALE},
            turn=world.parent,
            submitted_by=world.submitter,
        )

    def _superior(self) -> Target:
        """The union that reviews the lines, as a filter of a list. The union itself may know who reviews its lines."""
        chain = (self.world.parent, self.world.district)
        values = {"superior": str(self.world.parent.union_id)}
        return Target("superior", self.world.own, values, by=frozenset({"superior"}), chain=chain)

    def _account(self) -> Target:
        world = self.world
        values = {"account_name": world.account_name, "union_id": str(world.own.union_id), "version": 1}
        return Target("account", world.own, values, by=frozenset({"account_name"}), harmless={"version": STALE})

    def _notices(self) -> Iterator[Target]:
        """A notice to the handlers of the union, as the return of a line is; a small world has none."""
        handler, by = self.world.cluster.handlers[0], frozenset({"notice_id", "notice_ids"})
        found = [one for service in SERVICES for one in handler.get(service, "/notices")["items"]]
        for notice in found[:1]:
            values = {"notice_id": notice["notice_id"], "notice_ids": [notice["notice_id"]]}
            yield Target("notice", self.world.own, values, by=by, recipient=(Role.HANDLER, self.world.own))

    def _street(self) -> Target:
        world = self.world
        street_id = str(world.parent.union_id)
        values = {
            "from_union_id": street_id, "superior": street_id, "union_id": str(world.own.union_id),
            "line_ids": [world.lines.line_id[COMPLETED]],
        }  # fmt: skip
        return Target("reviewing union", world.parent, values, by=frozenset({"from_union_id"}))

    def secrets(self) -> tuple[Secret, ...]:
        world = self.world
        own = (world.own,)
        ids = [*world.ids.values(), *world.lines.batch_no.values(), *world.lines.line_id.values()]
        ids += [world.import_id, world.card_batch_id, world.account_name, world.cluster.unions[0].units[0][1]]
        return (
            *(Secret(text, own) for text in ids),
            *(self._secrets_of_submission() if world.is_whole else ()),
            *(Secret(one.name, own, "names") for one in world.people),
            *(Secret(one.number, own, "numbers") for one in world.people),
        )

    def _secrets_of_submission(self) -> Iterator[Secret]:
        world = self.world
        yield Secret(world.submission_no, (world.own, world.district))
        yield Secret(world.voucher_id, (world.district,))
        yield Secret(f"TOWN-{world.submission_no}", (world.district,), "bank")
