"""A city that is loaded in bulk is like a city that was built by events: the services agree on its figures, and every
screen has data."""

import asyncpg
import pytest
from integration.city.city_world import CITY, SERVICES, YEAR, CityWorld, union_that

from enrollctl.city.layout import Reached
from enrollctl.errors import Failure
from enrollctl.reconciliation.comparisons import CENTER, COMPARISONS, Comparison

OWN = [one for one in COMPARISONS if CENTER not in (one.one.store, one.other.store)]


@pytest.mark.parametrize("comparison", OWN, ids=lambda one: f"{one.subject}: {one.one.store}, {one.other.store}")
async def test_the_services_agree(world: CityWorld, comparison: Comparison):
    figures = []
    for query in (comparison.one, comparison.other):
        connection = await asyncpg.connect(world.urls[query.store])
        figures.append({row[0]: tuple(row[1:]) for row in await connection.fetch(query.sql)})
        await connection.close()
    assert figures[0]
    assert figures[0] == figures[1]


async def test_every_tab_of_a_union_has_people(world: CityWorld):
    union = CITY.grassroots(0)
    totals = {}
    for tab in ("ready", "to_verify"):
        page = await world.get(
            "enrollment-svc", "handler", union.union_id, "/candidates", union_id=str(union.union_id), tab=tab
        )
        totals[tab] = page["total"]
    assert totals["ready"] > 1_000
    assert totals["to_verify"] > 10


async def test_a_member_is_found_by_name_and_number_and_revealed(world: CityWorld):
    union = union_that(Reached.SETTLED)
    page = await world.get("member-svc", "handler", union.union_id, "/members")
    shown = page["items"][0]
    revealed = await world.get("enrollment-svc", "handler", union.union_id, f"/candidates/{shown['member_id']}/number")
    assert revealed["number"][:4] == shown["masked_number"][:4]
    assert len(revealed["number"]) == len(shown["masked_number"])
    found = await world.post("member-svc", "handler", union.union_id, "/members/search", {"number": revealed["number"]})
    assert [one["member_id"] for one in found["items"]] == [shown["member_id"]]


async def test_a_reviewer_reads_the_people_of_a_line_and_reveals_one(world: CityWorld):
    union = union_that(Reached.AT_DISTRICT)
    district = union.path[1]
    lines = await world.get("review-svc", "reviewer", district, "/lines", list="pending")
    line = lines["items"][0]
    people = await world.get("review-svc", "reviewer", district, f"/lines/{line['line_id']}/people")
    person = people["items"][0]
    path = f"/lines/{line['line_id']}/people/{person['member_id']}/reveal"
    revealed = await world.get("review-svc", "reviewer", district, path)
    assert person["masked_number"][:4] in str(revealed)


async def test_districts_have_dues_in_every_state(world: CityWorld):
    states = set()
    for page in (1, 2, 3):
        dues = await world.get("payment-svc", "municipal", None, "/dues", page=page, page_size=100)
        states |= {one["state"]["code"] for one in dues["items"]}
    assert states >= {"awaiting_confirmation", "payable", "partly_paid", "voucher_uploaded", "settled"}


async def test_the_sum_of_all_unions_is_the_city(world: CityWorld):
    members = await world.get("member-svc", "municipal", None, "/members")
    city = CITY.city.union_id
    figures = await world.get("enrollment-svc", "municipal", None, "/figures", union_id=str(city), year=YEAR)
    assert world.report.members == CITY.members
    assert members["total"] == figures["people"]["total"]
    assert 0.98 < members["total"] / CITY.members < 1


@pytest.mark.parametrize("service", sorted(SERVICES))
async def test_every_service_knows_that_an_account_of_the_municipal_union_reaches_the_city(
    world: CityWorld, service: str
):
    me = await world.get(service, "municipal", CITY.city.union_id, "/me")
    assert me["union"]["union_type"]["code"] == "municipal"
    assert me["closed"] is None


async def test_a_second_city_is_refused(world: CityWorld):
    with pytest.raises(Failure, match="already"):
        await world.loader._require_empty()
