"""The member list: search, masks, removal, revival, service cards (F071, F080, A29, A39, A57)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from integration.member_svc.handler import CITY, Handler
from unit.member_svc.workbooks import NARROW, person, resident, workbook

from chassis.testing import NOON, Bench
from contracts.enrollments import BatchPerson, BatchSubmitted, ChainStep
from contracts.event import Event
from contracts.fields import Part, Personal, Shares
from contracts.members import MembersChanged
from contracts.reviews import BatchCompleted, BatchReturned, BatchWithdrawn, CenterRejected
from contracts.words import Channel, DocumentType, EnrollmentType, Term
from member_svc.domain.roster.headings import NAME, SERVICE_CARD, TAG
from support.locks import overlap

FEE = Shares.of(city=1300, district=1300)


@dataclass
class Case:
    """A line of a batch, and the events that services can publish about it."""

    handler: Handler
    line_id: UUID = field(default_factory=uuid4)
    submission_no: str = "CB202405109000"

    def submitted(self, *member_ids: str) -> tuple[UUID, BatchSubmitted]:
        cause = uuid4()
        people = [Personal(name="某某", document_number="x") for _ in member_ids]
        sealed = self.handler.bench.sealed(BatchSubmitted, str(self.line_id), 0, people, cause)
        return cause, BatchSubmitted(
            **self.line(),
            union_name="某工会",
            unit_name="某公司",
            organization_code=None,
            credit_code=None,
            year=2024,
            plan="A",
            plan_name="A类",
            enrollment_type=EnrollmentType.IMMEDIATE,
            channel=Channel.SOCIAL_SECURITY_CARD,
            term=Term.FULL_YEAR,
            start_on=date(2024, 5, 11),
            end_on=date(2024, 12, 31),
            rate=FEE,
            heads=len(people),
            fee=FEE,
            chain=[ChainStep(union_id=CITY, name="区")],
            submitted_at=NOON,
            submitted_by="a",
            part=Part(index=0, count=1),
            people=[
                BatchPerson(
                    member_id=UUID(member_id),
                    member_no="1",
                    person_key="k",
                    document_type=DocumentType.RESIDENT_ID,
                    masked_name="*",
                    masked_number="*",
                )
                for member_id in member_ids
            ],
            sealed=sealed,
        )

    def line(self) -> dict[str, Any]:
        return {
            "batch_no": "CB202405100001",
            "line_id": self.line_id,
            "union_id": self.handler.union_id,
            "unit_id": self.handler.units[0],
        }

    def returned(self, *member_ids: str) -> BatchReturned:
        return BatchReturned(
            **self.line(),
            whole=not member_ids,
            part=Part(index=0, count=1),
            member_ids=[UUID(member_id) for member_id in member_ids],
            reason="材料不齐",
            returned_by_union_id=CITY,
            returned_by_union="区",
            returned_at=NOON,
            heads=1,
            fee=FEE,
        )

    def withdrawn(self) -> BatchWithdrawn:
        return BatchWithdrawn(**self.line(), withdrawn_at=NOON)

    def completed(self, submission_no: str | None = None) -> BatchCompleted:
        number = submission_no or self.submission_no
        return BatchCompleted(**self.line(), submission_no=number, heads=1, fee=FEE, completed_at=NOON)

    def rejected(self, *line_ids: UUID) -> CenterRejected:
        return CenterRejected(
            submission_no=self.submission_no,
            version=1,
            union_id=CITY,
            year=2024,
            enrollment_type=EnrollmentType.IMMEDIATE,
            line_ids=list(line_ids),
            reason="x",
            rejected_at=NOON,
        )


async def remove(handler: Handler, *members: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = await handler.request_removal(*members)
    return answer.status_code, answer.json()


@pytest.mark.row("F071", "A29")
async def test_the_handler_sees_names_in_full_and_numbers_masked(handler: Handler):
    await handler.bring_in(workbook([person(1, **{NAME: "王小明", TAG: None})]))
    [member] = await handler.members()
    assert (member["name"], member["masked_number"]) == ("王小明", resident(1)[:4] + "*" * 10 + resident(1)[-4:])
    assert member["document_type"] == {"code": "resident_id", "label": "身份证"}
    assert member["tag"] is None
    city = await handler.bench.client.get("/members", headers=handler.bench.token("municipal", CITY))
    assert [m["name"] for m in city.json()["items"]] == ["王*明"]


async def test_the_list_ends_where_the_callers_subtree_ends(handler: Handler):
    await handler.bring_in(workbook([person(1)]))
    assert await handler.elsewhere().members() == []
    assert await handler.elsewhere().members(union_id=str(handler.union_id)) == []
    assert len(await handler.members(unit_id=str(handler.units[0]))) == 1
    assert await handler.members(unit_id=str(handler.units[1])) == []


async def test_people_are_found_by_name_number_and_member_number(handler: Handler):
    await handler.bring_in(workbook([person(n) for n in range(30)], NARROW))
    [seven] = (await handler.post("/members/search", {"name": "张7"})).json()["items"]
    found = await handler.post("/members/search", {"number": resident(7).lower()})
    assert [m["member_no"] for m in found.json()["items"]] == [seven["member_no"]]
    assert [m["name"] for m in await handler.members(member_no=seven["member_no"])] == ["张7"]
    assert (await handler.post("/members/search", {"name": "张77"})).json()["total"] == 0


async def test_names_and_numbers_are_refused_as_query_parameters(handler: Handler):
    for secret in ("name", "number", "card_number"):
        answer = await handler.bench.client.get("/members", params={secret: "x"}, headers=handler.headers())
        assert (answer.status_code, answer.json()["code"]) == (422, "UNKNOWN_PARAMETER")


async def test_a_strangers_member_is_forbidden(handler: Handler):
    await handler.bring_in(workbook([person(1)]))
    [one] = await handler.members()
    assert (await remove(handler.elsewhere(), one))[0] == 403
    assert (await remove(handler, {"member_id": str(uuid4())}))[0] == 403
    assert [m["state"]["code"] for m in await handler.members()] == ["listed"]


@pytest.mark.row("A57")
async def test_members_under_review_are_protected_all_or_none(handler: Handler, bench: Bench):
    await handler.bring_in(workbook([person(1), person(2)]))
    one, two = await handler.members()
    cause, event = Case(handler).submitted(one["member_id"])
    await bench.deliver(event, cause=cause)
    status, answer = await remove(handler, two, one)
    assert (status, answer["code"], answer["detail"]) == (409, "UNDER_REVIEW", {"member_ids": [one["member_id"]]})
    assert [m["under_review"] for m in await handler.members()] == [True, False]


@pytest.mark.row("A53", "A57")
@pytest.mark.parametrize("first", ["completed", "rejected"])
async def test_two_replicas_that_handle_completion_and_rejection_at_once_protect_the_member(
    handler: Handler, bench: Bench, first: str, monkeypatch: pytest.MonkeyPatch
):
    await handler.bring_in(workbook([person(1)]))
    [one], case = await handler.members(), Case(handler)
    cause, event = case.submitted(one["member_id"])
    await bench.deliver(event, cause=cause)
    events = {"completed": case.completed(), "rejected": case.rejected()}
    second = [bench.record(events[name]) for name in events if name != first]
    async with bench.database.connection() as watcher:
        await overlap(lambda: bench.deliver(events[first]), lambda: bench.redeliver(second), watcher, monkeypatch)
    assert [m["under_review"] for m in await handler.members()] == [True]


DECISIONS = {
    "withdrawn": True,
    "returned": True,
    "returned-one": True,
    "completed": True,
    "completed rejected": False,
    "completed rejected-line": False,
    "completed rejected completed-again": True,
}


@pytest.mark.row("A57", "A53")
@pytest.mark.parametrize("order", ["submission first", "decisions first"])
async def test_a_member_no_longer_under_review_can_be_removed_in_either_order_of_arrival(
    handler: Handler, bench: Bench, order: str
):
    await handler.bring_in(workbook([person(n) for n in range(len(DECISIONS))]))
    ended: dict[str, tuple[int, bool]] = {}
    for member, (decisions, free) in zip(await handler.members(), DECISIONS.items(), strict=True):
        case = Case(handler, uuid4(), f"CB20240510{len(ended) + 9000}")
        kinds: dict[str, Event] = {
            "withdrawn": case.withdrawn(),
            "returned": case.returned(),
            "returned-one": case.returned(member["member_id"]),
            "completed": case.completed(),
            "completed-again": case.completed(f"CB20240511{len(ended) + 9000}"),
            "rejected": case.rejected(),
            "rejected-line": case.rejected(case.line_id),
        }
        deliveries = [(uuid4(), kinds[word]) for word in decisions.split()]
        first = case.submitted(member["member_id"])
        for cause, event in [first, *deliveries] if order == "submission first" else [*deliveries, first]:
            await bench.deliver(event, cause=cause)
        status, _ = await remove(handler, member)
        ended[decisions] = (status, free)
    assert await bench.dead_letters() == []
    assert {decisions: status for decisions, (status, _) in ended.items()} == {
        decisions: 202 if free else 409 for decisions, free in DECISIONS.items()
    }


async def test_a_rejection_that_overtakes_the_completion_still_protects(handler: Handler, bench: Bench):
    await handler.bring_in(workbook([person(1)]))
    [one] = await handler.members()
    case = Case(handler)
    cause, submission = case.submitted(one["member_id"])
    await bench.deliver(submission, cause=cause)
    await bench.deliver(case.rejected())
    await bench.deliver(case.completed())
    assert (await remove(handler, one))[0] == 409


@pytest.mark.row("A39", "F087")
async def test_service_cards_come_and_go_and_only_the_fact_travels(handler: Handler):
    await handler.bring_in(workbook([person(1), person(2, **{SERVICE_CARD: "6223000011112222"})]))
    one, two = await handler.members()
    assert [m["has_service_card"] for m in (one, two)] == [False, True]
    cards = [{"member_id": m["member_id"], "card_number": "6223 0000 1111 2222"} for m in (one, two)]
    assert (await handler.post("/service-cards", {"cards": cards})).json() == {"changed": 1}
    assert (await handler.post("/service-cards", {"cards": cards})).json() == {"changed": 0}
    answer = await handler.post("/service-cards/cancellations", {"member_ids": [two["member_id"]]})
    assert answer.json() == {"changed": 1}
    given, cancelled = await handler.published(MembersChanged)
    assert [m.has_service_card for m in given.members + cancelled.members] == [True, False]
    assert "6223000011112222" not in given.model_dump_json()
    assert [m["has_service_card"] for m in await handler.members()] == [True, False]


async def test_a_malformed_card_is_refused(handler: Handler):
    await handler.bring_in(workbook([person(1)]))
    [one] = await handler.members()
    answer = await handler.post("/service-cards", {"cards": [{"member_id": one["member_id"], "card_number": "无"}]})
    assert (answer.status_code, answer.json()["code"]) == (422, "SERVICE_CARD_MALFORMED")


async def test_the_template_is_served(handler: Handler):
    answer = await handler.bench.client.get("/template.xlsx", headers=handler.headers())
    assert answer.content.startswith(b"PK")
    assert answer.headers["content-type"].startswith("application/vnd.openxmlformats")
