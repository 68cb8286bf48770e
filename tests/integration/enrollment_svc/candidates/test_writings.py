"""A search finds a candidate by name and number in any of their written forms (D11, F152–F154)."""

from typing import Any

import pytest
from integration.enrollment_svc.enrollment_world import Someone, World

from chassis.normalization import display_name
from support.writings import NAMES, spellings


def with_names() -> list[Someone]:
    """The people with names in the stored form, as member-svc publishes them."""
    return [
        Someone(display_name(written), f"31010119900101{n:03d}X", f"007{n:06d}") for n, (written, _) in enumerate(NAMES)
    ]


async def found(world: World, path: str, **filters: Any) -> list[str]:
    answer = await world.post(path, {"union_id": str(world.union), **filters})
    assert answer.status_code == 200, answer.text
    return [row["member_no"] for row in answer.json()["items"]]


@pytest.mark.row("D11", "F152", "F153", "F154")
async def test_candidates_are_found_however_name_and_number_are_written(world: World):
    people = with_names()
    await world.import_people(people)
    await world.verify(people)
    for one, (written, searched) in zip(people, NAMES, strict=True):
        by_name = await found(world, "/candidates/search", tab="ready", name=searched)
        assert one.member_no in by_name, ascii(searched)
        assert by_name == await found(world, "/candidates/search", tab="ready", name=written), ascii(written)
    for searched in spellings(people[1].number):
        assert await found(world, "/candidates/search", tab="ready", number=searched) == [people[1].member_no]
    for searched in (" 0070 00001\u200b", "'007000001", "００７００００01"):
        assert await found(world, "/candidates/search", tab="ready", member_no=searched) == [people[1].member_no]
