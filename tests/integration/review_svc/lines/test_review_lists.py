"""The lists 待审批 and 待提交: their filters, totals, order and pages, with three lines in each list (F212–F237)."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from integration.review_svc.review_driver import RATE, ReviewDriver

from chassis.domain import SHANGHAI
from contracts.enrollments import ChainStep
from contracts.fields import Shares
from contracts.words import Role, UnionType

RATE_B = Shares.of(city=1300, district=1300, unit=4400)


@pytest.fixture(scope="module")
async def lists(shared_driver: ReviewDriver) -> ReviewDriver:
    """Three lines in the district's 待审批 and three in its 待提交. The three lines of a list differ in the values that
    the filters compare."""
    superiors = [shared_driver.city, shared_driver.district]
    committee = await shared_driver.add_union("另一个工会", UnionType.COMMITTEE, superiors)
    shared_driver.committee = committee  # type: ignore[attr-defined]
    chain = [ChainStep(union_id=shared_driver.district, name="区总工会")]
    for at, name in enumerate(("staged", "pending")):
        await shared_driver.submitted(
            2, chain=chain, batch_no=f"CB20240510{at}001", submitted_at=datetime(2024, 5, 7, tzinfo=SHANGHAI)
        )
        await shared_driver.submitted(
            1, chain=chain, batch_no=f"CB20240510{at}002", union_id=shared_driver.committee, channel="service_card",
            unit_name="示例100%机械", organization_code=None, credit_code="91350100M000100Y43",
            submitted_at=datetime(2024, 5, 8, 23, 59, 59, tzinfo=SHANGHAI),
        )  # fmt: skip
        await shared_driver.submitted(
            4, chain=chain, batch_no=f"CB20240510{at}003", union_id=shared_driver.committee, plan="B", rate=RATE_B,
            plan_name="B类会员专享保障", enrollment_type="centralized", unit_name="示例纺织厂",
            organization_code="MB1518402", submitted_at=datetime(2024, 5, 9, tzinfo=SHANGHAI),
        )  # fmt: skip
        if name == "staged":
            await shared_driver.stage_all(shared_driver.district)
    return shared_driver


def numbers(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(row["batch_no"][-1] for row in rows)


FILTERS = [
    pytest.param({"channel": "social_security_card", "plan": "A"}, "1", marks=pytest.mark.row("F212", "F218")),
    pytest.param({"channel": "service_card"}, "2", marks=pytest.mark.row("F212", "F218")),
    pytest.param({"unit_name": "金桥"}, "1", marks=pytest.mark.row("F214", "F233")),
    pytest.param({"unit_name": "100%"}, "2", marks=pytest.mark.row("F214")),
    pytest.param({"unit_name": "10_%"}, "", marks=pytest.mark.row("F214")),
    pytest.param({"unit_name": "不存在的单位"}, "", marks=pytest.mark.row("F214")),
    pytest.param({"organization_code": "D2143569-X"}, "1", marks=pytest.mark.row("F215")),
    pytest.param({"organization_code": "d2143569x"}, "1", marks=pytest.mark.row("F215")),
    pytest.param({"organization_code": "91350100M000100Y43"}, "2", marks=pytest.mark.row("F215")),
    pytest.param({"organization_code": "M000100Y4"}, "2", marks=pytest.mark.row("F215")),
    pytest.param({"organization_code": "11320000MB151840XJ"}, "", marks=pytest.mark.row("F215")),
    pytest.param({"organization_code": "M000100Y"}, "", marks=pytest.mark.row("F215")),
    pytest.param({"from": "2024-05-07", "to": "2024-05-07"}, "1", marks=pytest.mark.row("F216", "F233")),
    pytest.param({"from": "2024-05-08", "to": "2024-05-08"}, "2", marks=pytest.mark.row("F216", "F233")),
    pytest.param({"from": "2024-05-07", "to": "2024-05-08"}, "12", marks=pytest.mark.row("F216")),
    pytest.param({"to": "2024-05-06"}, "", marks=pytest.mark.row("F216")),
    pytest.param({"enrollment_type": "centralized"}, "3", marks=pytest.mark.row("F219")),
    pytest.param({"plan": "B"}, "3", marks=pytest.mark.row("F220")),
    pytest.param({"flagged": "true"}, ""),
    pytest.param({}, "123", marks=pytest.mark.row("F218", "F219", "F220", "F233")),
]


@pytest.mark.parametrize(("filters", "found"), FILTERS, ids=str)
async def test_filters_find_their_lines_in_both_lists(lists: ReviewDriver, filters: dict[str, str], found: str):
    for name in ("pending", "staged"):
        answer = await lists.get("/lines", lists.reviewer(lists.district), list=name, **filters)
        assert numbers(answer["items"]) == list(found)
        assert answer["total"] == len(found)


@pytest.mark.row("F217")
async def test_the_filter_by_superior_takes_in_its_subtree(lists: ReviewDriver):
    async def found(superior: UUID) -> list[str]:
        return numbers(await lists.listed(lists.district, superior=str(superior)))

    assert await found(lists.street) == await found(lists.union) == ["1"]
    assert await found(lists.district) == await found(lists.city) == ["1", "2", "3"]
    assert await found(uuid4()) == []
    options = await lists.get("/lines/options", lists.reviewer(lists.district))
    assert options["superiors"] == [{"union_id": str(lists.district), "name": "区总工会"}]
    assert [plan["plan"] for plan in options["plans"]] == ["A", "B"]


@pytest.mark.row("F209", "F038", "F039")
async def test_each_menu_entry_shows_its_type_only(lists: ReviewDriver):
    for menu, found in (("immediate", ["1", "2"]), ("centralized", ["3"])):
        for name in ("pending", "staged"):
            assert numbers(await lists.listed(lists.district, name, menu=menu)) == found
    assert await lists.listed(lists.district, menu="immediate", enrollment_type="centralized") == []
    assert (await lists.totals(lists.district, menu="centralized"))["heads"] == 4


@pytest.mark.row("F213", "F222", "F223", "F224")
async def test_a_row_of_the_pending_list_says_unit_plan_heads_channel_and_fee(lists: ReviewDriver):
    rows = {row["batch_no"][-1]: row for row in await lists.listed(lists.district)}
    assert len(rows) == 3
    shown = [(rows[n]["heads"], rows[n]["channel"]["label"], rows[n]["fee"]["total_fen"]) for n in "12"]
    assert shown == [(2, "社保卡参保", 5200), (1, "会员卡参保", 2600)]
    assert (rows["1"]["unit_name"], rows["1"]["plan_name"]) == ("上海金桥建设监理有限公司", "A类会员专享基本保障")
    columns = (await lists.get("/texts", lists.reviewer(lists.district)))["columns"]
    labels = ["", "单位名称", "保障类型", "参保人数", "类型", "保障费用", "操作"]
    assert [column["label"] for column in columns["pending"]] == labels
    assert {column["field"] for column in columns["pending"]} <= set(rows["1"]) | {"ticked", "operation"}


@pytest.mark.row("F227", "F228", "F229", "F230", "F232")
async def test_the_totals_of_the_manuals_example(lists: ReviewDriver):
    """2 people by social security card and 1 by service card cost 78 yuan: 39 + 39 + 0."""
    totals = await lists.totals(lists.district, menu="immediate")
    assert (totals["heads"], totals["service_card"], totals["social_security_card"]) == (3, 1, 2)
    assert totals["fee"] == {"total_fen": 7800, "city_fen": 3900, "district_fen": 3900, "unit_fen": 0}


@pytest.mark.row("F228", "A17", "A52")
async def test_the_totals_cover_the_whole_list_and_always_add_up(lists: ReviewDriver):
    totals = await lists.totals(lists.district)
    fee = totals["fee"]
    assert totals["heads"] == totals["service_card"] + totals["social_security_card"] == 7
    assert fee["total_fen"] == fee["city_fen"] + fee["district_fen"] + fee["unit_fen"]
    assert (fee["district_fen"], fee["unit_fen"]) == (7 * 1300, 4 * 4400)
    assert await lists.totals(lists.district, unit_name="金桥", plan="A") == totals


@pytest.mark.row("F237")
async def test_the_second_list_has_no_operation(lists: ReviewDriver):
    columns = (await lists.get("/texts", lists.reviewer(lists.district)))["columns"]["staged"]
    assert [column["label"] for column in columns] == ["", "单位名称", "保障类型", "参保人数", "类型", "保障费用"]


async def test_lists_have_the_requested_order(lists: ReviewDriver):
    async def ordered(**sort: str) -> str:
        return "".join(row["batch_no"][-1] for row in await lists.listed(lists.district, **sort))

    assert await ordered() == "321"
    assert await ordered(sort="heads") == "213"
    assert await ordered(sort="-total_fen") == "312"
    assert await ordered(sort="channel,-heads") == "231"


async def test_a_filter_that_does_not_exist_is_no_restriction_in_disguise(lists: ReviewDriver):
    headers = lists.reviewer(lists.district)
    for params, code in (
        ({"unit": "金桥"}, "UNKNOWN_PARAMETER"), ({"sort": "secret", "page": "1"}, "SORT_UNKNOWN"),
        ({"sort": "secret", "page": "99"}, "SORT_UNKNOWN"),
        ({"from": "2024-05-09", "to": "2024-05-08"}, "RANGE_REVERSED"), ({"channel": "post"}, "INVALID"),
    ):  # fmt: skip
        assert (await lists.get("/lines", headers, status=422, **params))["code"] == code


@pytest.mark.row("F207", "D02")
async def test_each_level_sees_the_lines_that_pass_it_of_both_types_and_a_stranger_none(lists: ReviewDriver):
    types = {row["enrollment_type"]["code"] for row in await lists.listed(lists.district, "all")}
    assert types == {"immediate", "centralized"}
    assert await lists.listed(lists.street, "all") == []
    second = await lists.submitted(1, batch_no="CB202405109999", enrollment_type="centralized")
    for level in (lists.street, lists.district):
        seen = {row["line_id"] for row in await lists.listed(level, "all")}
        assert str(second.line_id) in seen
    assert str(second.line_id) not in {row["line_id"] for row in await lists.listed(lists.district)}
    assert await lists.listed(uuid4(), "all") == []


@pytest.mark.row("F213")
async def test_sixteen_lines_are_two_pages(driver: ReviewDriver):
    for n in range(16):
        await driver.submitted(1, batch_no=f"CB20240510{n:04d}")
    pages = [await driver.get("/lines", driver.reviewer(driver.street), page=n, sort="batch_no") for n in (1, 2)]
    assert [(len(page["items"]), page["total"]) for page in pages] == [(15, 16), (1, 16)]
    assert len({row["line_id"] for page in pages for row in page["items"]}) == 16


@pytest.mark.row("F226", "F210", "F231")
async def test_before_anything_is_added_the_second_list_is_empty_and_all_totals_are_zero(driver: ReviewDriver):
    await driver.submitted(2, chain=[ChainStep(union_id=driver.district, name="区")])
    empty = await driver.get("/lines", driver.reviewer(driver.district), list="staged")
    assert (empty["total"], empty["items"]) == (0, [])
    texts = await driver.get("/texts", driver.reviewer(driver.district))
    assert texts["messages"]["empty_list"] == "没有找到匹配的记录"
    totals = await driver.totals(driver.district)
    assert totals == {"lines": 0, "heads": 0, "service_card": 0, "social_security_card": 0} | {"fee": fee(0)}
    await driver.stage_all(driver.district)
    assert await driver.listed(driver.district) == []
    assert len(await driver.listed(driver.district, "staged")) == 1
    assert (await driver.totals(driver.district))["fee"] == fee(2)


@pytest.mark.row("A61")
async def test_the_city_sees_every_list_with_names_shortened_and_acts_on_none(lists: ReviewDriver):
    headers = lists.bench.token(Role.MUNICIPAL, lists.city, "city")
    listed = await lists.get("/lines", headers, list="staged", superior=str(lists.district))
    assert numbers(listed["items"]) == ["1", "2", "3"]
    line = listed["items"][0]
    [person, *_] = (await lists.get(f"/lines/{line['line_id']}/people", headers))["items"]
    assert (person["name"], person["masked_number"]) == ("张*", "3101**********0000")
    path = f"/lines/{line['line_id']}/people/{person['member_id']}/reveal"
    assert (await lists.get(path, headers, status=403))["code"] == "FORBIDDEN_ROLE"
    body = {"lines": [{"line_id": line["line_id"], "version": line["version"]}]}
    for act, given in (
        ("/lines/unstage", body), (f"/lines/{line['line_id']}/return", {"reason": "错", "version": 1}),
        ("/lines/pass-up", {}), ("/submissions", {"enrollment_type": "immediate"}),
    ):  # fmt: skip
        fresh = lists.bench.token(Role.MUNICIPAL, lists.city, "city")
        assert (await lists.bench.client.post(act, json=given, headers=fresh)).status_code == 403


def fee(heads: int) -> dict[str, int]:
    return RATE.times(heads).model_dump()
