"""A grassroots union sees whether its batch waits for the center, waits for payment, or is paid."""

import csv
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from integration.enrollment_svc.enrollment_world import World

from contracts.event import Event
from contracts.fields import Shares
from contracts.payments import PaidSubmission, VoucherAccepted
from contracts.reviews import CenterConfirmed, CenterRejected
from contracts.words import EnrollmentType

SUBMISSION = "CB202405109000"


async def completed_batch(world: World, people: int = 2) -> dict[str, Any]:
    await world.set_rates()
    ready = await world.ready_people(people)
    batch: dict[str, Any] = (await world.submit(member_ids=[str(one.member_id) for one in ready])).json()
    return batch


def confirmed(world: World, submission_no: str = SUBMISSION) -> CenterConfirmed:
    fee = Shares.of(city=2600, district=2600)
    return CenterConfirmed(
        submission_no=submission_no,
        version=1,
        union_id=world.district,
        year=2024,
        enrollment_type=EnrollmentType.IMMEDIATE,
        heads=2,
        fee=fee,
        due_fen=fee.due_fen,
        confirmed_at=world.bench.clock.now(),
    )


def rejected(world: World, lines: list[UUID]) -> CenterRejected:
    return CenterRejected(
        submission_no=SUBMISSION,
        version=1,
        union_id=world.district,
        year=2024,
        enrollment_type=EnrollmentType.IMMEDIATE,
        line_ids=lines,
        reason="重复",
        rejected_at=world.bench.clock.now(),
    )


def accepted(world: World, settled: list[str], amount_fen: int = 2600) -> VoucherAccepted:
    paid = PaidSubmission(submission_no=SUBMISSION, version=1, due_fen=2600, amount_fen=amount_fen)
    return VoucherAccepted(
        voucher_id=uuid4(),
        union_id=world.district,
        amount_fen=amount_fen,
        settled=settled,
        submissions=[paid],
        accepted_at=world.bench.clock.now(),
    )


async def payments(world: World, batch_no: str) -> tuple[Any, Any]:
    """The payment of a batch, and the details of the batch. The list and the details must show the same payment."""
    [row] = (await world.get("/batches", batch_no=batch_no))["items"]
    details = await world.get(f"/batches/{batch_no}")
    assert details["payment"] == row["payment"]
    assert [line["payment"] for line in details["lines"]] == [row["payment"]]
    return row["payment"], details


@pytest.mark.row("F246", "F247", "F200", "A62")
async def test_a_unit_sees_its_batch_go_from_confirmation_to_payment(world: World):
    batch = await completed_batch(world)
    number, [line] = batch["batch_no"], batch["lines"]
    assert (await payments(world, number))[0] is None
    await world.complete_line(number, line, SUBMISSION)
    waits, _ = await payments(world, number)
    assert (waits["state"]["label"], waits["center_confirmed_at"]) == ("待职保中心确认", None)
    await world.deliver(confirmed(world))
    due, _ = await payments(world, number)
    assert (due["state"]["label"], due["settled_at"]) == ("待缴费", None)
    assert due["center_confirmed_at"].endswith("+08:00")
    await world.deliver(accepted(world, [], amount_fen=1000))
    assert (await payments(world, number))[0]["state"]["label"] == "待缴费"
    await world.deliver(accepted(world, [SUBMISSION]))
    paid, details = await payments(world, number)
    assert (paid["state"]["label"], paid["settled_at"][-6:]) == ("已缴费", "+08:00")
    assert "voucher" not in str(details)
    assert (await world.get("/batches", payment="settled"))["total"] == 1
    assert (await world.get("/batches", payment="payable"))["total"] == 0


async def test_the_payment_may_be_published_before_confirmation_and_completion(world: World):
    batch = await completed_batch(world)
    events: list[Event] = [accepted(world, [SUBMISSION]), confirmed(world)]
    for event in events:
        await world.deliver(event)
    assert (await payments(world, batch["batch_no"]))[0] is None
    await world.complete_line(batch["batch_no"], batch["lines"][0], SUBMISSION)
    assert (await payments(world, batch["batch_no"]))[0]["state"]["code"] == "settled"


@pytest.mark.row("A53")
async def test_a_line_that_the_center_rejected_is_not_paid_with_the_others(world: World):
    batch = await completed_batch(world)
    [line] = batch["lines"]
    await world.complete_line(batch["batch_no"], line, SUBMISSION)
    for event in (rejected(world, [UUID(line["line_id"])]), confirmed(world), accepted(world, [SUBMISSION])):
        await world.deliver(event)
    assert (await payments(world, batch["batch_no"]))[0] is None
    await world.complete_line(batch["batch_no"], line, "CB202405109001")
    assert (await payments(world, batch["batch_no"]))[0]["state"]["code"] == "awaiting_confirmation"


async def test_where_neither_district_nor_unit_owes_anything_there_is_nothing_to_pay(world: World):
    batch = await completed_batch(world)
    [line] = batch["lines"]
    free = {"total_fen": 5200, "city_fen": 5200, "district_fen": 0, "unit_fen": 0}
    await world.complete_line(batch["batch_no"], line | {"fee": free}, SUBMISSION)
    await world.deliver(confirmed(world))
    assert (await payments(world, batch["batch_no"]))[0]["state"]["label"] == "无需缴费"


async def test_another_unions_batch_is_out_of_reach(world: World):
    batch = await completed_batch(world)
    elsewhere = uuid4()
    await world.add_grassroots(elsewhere, [uuid4()], "张江工会委员会")
    answer = await world.bench.client.get(
        f"/batches/{batch['batch_no']}", headers=world.bench.token("handler", elsewhere)
    )
    assert answer.status_code == 403


async def test_a_file_of_batches_says_whether_they_are_paid(world: World):
    batch = await completed_batch(world)
    await world.complete_line(batch["batch_no"], batch["lines"][0], SUBMISSION)
    answer = await world.bench.client.get(
        "/batches/export", params={"format": "csv"}, headers=world.bench.token("handler", world.union)
    )
    [row] = csv.DictReader(StringIO(answer.content.decode("utf-8-sig")))
    assert row["缴费状态"] == "待职保中心确认"
