"""Each person is listed in the right channel. If a person is in no channel, the reason is shown."""

from typing import Any
from uuid import uuid4

import pytest
from integration.enrollment_svc.enrollment_world import (
    EMPLOYED,
    NORMAL,
    RETIRED,
    SEALED,
    UNCLEAR,
    Someone,
    World,
    roster,
)

from contracts.words import DocumentType

SSC, SERVICE = "social_security_card", "service_card"


async def codes(world: World, one: Someone, **query: Any) -> list[str]:
    why = await world.get(f"/candidates/{one.member_id}/reasons", **query)
    return [reason["code"] for reason in why["reasons"]]


async def listed(world: World, channel: str) -> set[str]:
    rows = [*await world.tab("to_verify", channel=channel), *await world.tab("ready", channel=channel)]
    return {row["member_no"] for row in rows}


@pytest.mark.row("F087", "F088", "F092", "F094", "F095")
async def test_the_two_channels_are_disjoint_and_whoever_is_in_neither_is_told_the_next_step(world: World):
    plain, holder, passport, abroad, residence = people = [
        Someone("王一", "310101199001010011", "1"),
        Someone("王二", "310101199001010022", "2", has_service_card=True),
        Someone("JOHN", "E12345678", "3", document_type=DocumentType.PASSPORT),
        Someone("JANE", "E12345679", "4", document_type=DocumentType.PASSPORT, has_service_card=True),
        Someone("陈一", "810000199001010019", "5", document_type=DocumentType.HK_MACAO_RESIDENCE),
    ]
    await world.import_people(people)
    assert await listed(world, SSC) == {plain.member_no}
    assert await listed(world, SERVICE) == {holder.member_no, abroad.member_no}
    assert await codes(world, holder, channel=SSC) == ["HAS_SERVICE_CARD", "EMPLOYMENT_UNKNOWN"]
    assert await codes(world, passport) == ["NOT_RESIDENT_ID"]
    assert await codes(world, residence, channel=SSC) == ["NOT_RESIDENT_ID"]
    why = await world.get(f"/candidates/{passport.member_id}/reasons")
    assert (why["state"]["label"], why["submittable"]) == ("不显示", False)
    assert "先办会员服务卡" in why["counted"]["next_step"]


@pytest.mark.row("A38", "A39", "A43")
async def test_the_service_card_channel_asks_no_social_security_card_and_takes_the_confirmation_along(world: World):
    await world.set_rates()
    people = roster(2)
    await world.import_people(people)
    await world.verify(people, SEALED, UNCLEAR)
    await world.post("/confirmations", {"union_id": str(world.union), "all": True})
    assert (await world.counts(channel=SSC))["ready"] == 0
    for one in people:
        one.has_service_card = True
    await world.change_people(people)
    assert (await world.counts(channel=SERVICE))["ready"] == 2
    assert await world.tab("to_verify", channel=SSC) == []
    assert [row["cells"]["employment_status"] for row in await world.tab("ready")] == ["不明确(已确认)"] * 2
    refused = await world.submit(member_ids=[str(people[0].member_id)])
    assert refused.json()["detail"]["refused"][0]["code"] == "HAS_SERVICE_CARD"
    submitted = await world.submit(member_ids=[str(people[0].member_id)], channel=SERVICE)
    assert submitted.status_code == 201
    people[1].has_service_card = False
    await world.change_people(people[1:])
    [row] = await world.tab("to_verify", channel=SSC)
    assert (row["cells"]["card_status"], row["confirmed"]) == ("-", True)


@pytest.mark.row("F093", "A40", "A08")
async def test_an_enrolled_person_is_in_no_units_list_from_the_submission_on(world: World):
    await world.set_rates()
    [one] = await world.ready_people(1)
    elsewhere, unit = uuid4(), uuid4()
    await world.add_grassroots(elsewhere, [unit], "张江工会委员会")
    twin = Someone(one.name, one.number, "0079999999")
    await world.import_people([twin], union=elsewhere, unit=unit)
    await world.verify([twin], union=elsewhere, unit=unit)
    assert (await world.counts(elsewhere))["ready"] == 1
    batch = (await world.submit(member_ids=[str(one.member_id)])).json()
    for _ in range(2):
        assert (await world.counts())["candidates"] == 0
        assert (await world.counts(elsewhere))["candidates"] == 0
        assert await codes(world, twin, scope=elsewhere) == ["ALREADY_ENROLLED"]
        await world.complete_line(batch["batch_no"], batch["lines"][0], "CB202405109000")
    mine = await world.get(f"/candidates/{one.member_id}/reasons")
    theirs = await world.get(f"/candidates/{twin.member_id}/reasons", scope=elsewhere)
    assert (mine["state"]["label"], theirs["state"]["label"]) == ("已参保", "不显示")
    assert theirs["counted"]["message"] == "本保障年度已参加或正在审核"
    await world.verify([one], NORMAL, RETIRED)
    assert (await world.counts())["retired"] == 0


@pytest.mark.row("F115", "F120", "F150", "F165", "A04")
async def test_an_unclear_employment_is_to_verify_and_in_the_confirmation_list_and_never_ready(world: World):
    people = roster(4)
    await world.import_people(people)
    for one, (card, employment) in zip(
        people, [(NORMAL, UNCLEAR), (SEALED, UNCLEAR), (NORMAL, None), (NORMAL, EMPLOYED)], strict=True
    ):
        await world.verify([one], card, employment)
    open_rows = (await world.get("/confirmations", union_id=str(world.union)))["items"]
    assert [row["member_no"] for row in open_rows] == [one.member_no for one in people[:2]]
    assert [row["member_no"] for row in await world.tab("to_verify")] == [one.member_no for one in people[:3]]
    assert [row["member_no"] for row in await world.tab("ready")] == [people[3].member_no]
    assert await codes(world, people[1]) == ["CARD_ABNORMAL", "EMPLOYMENT_UNCLEAR"]
    assert await codes(world, people[2]) == ["EMPLOYMENT_NO_RECORD"]


@pytest.mark.row("F119", "F120", "F121", "A40", "A42")
async def test_each_row_says_why_in_the_words_of_the_reasons_route(world: World):
    statuses = [(SEALED, EMPLOYED), (SEALED, UNCLEAR), (NORMAL, UNCLEAR), (None, None), (NORMAL, EMPLOYED)]
    people = roster(6)
    await world.import_people(people)
    for one, (card, employment) in zip(people[:5], statuses, strict=True):
        await world.verify([one], card, employment)
    rows = [*await world.tab("to_verify"), *await world.tab("ready")]
    assert len(rows) == 6
    for row in rows:
        found = await world.get(f"/candidates/{row['member_id']}/reasons")
        assert row["reasons"] == found["reasons"]
        assert row["cells"]["note"] == ("；".join(reason["message"] for reason in found["reasons"]) or "-")
    by_number = {row["member_no"]: row for row in rows}
    assert by_number[people[1].member_no]["cells"]["note"] == "社保卡状态为封存；就业状态不明确"
    assert by_number[people[3].member_no]["cells"]["note"] == "社保卡无记录；就业状态无记录"
    assert by_number[people[4].member_no]["reasons"] == []
    assert by_number[people[5].member_no]["cells"]["note"] == "社保卡状态未取得；就业状态未取得"


async def test_people_in_no_channel_carry_the_next_step_in_their_row(world: World):
    await world.import_people([Someone("JOHN", "E12345678", "3", document_type=DocumentType.PASSPORT)])
    [row] = await world.tab("no_channel")
    assert [reason["next_step"] for reason in row["reasons"]] == ["请先办会员服务卡，再进行工会会员卡参保"]
