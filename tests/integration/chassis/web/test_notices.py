"""A service stores a notice in the transaction that publishes it. Each account marks notices as read for itself."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.testing import Bench
from contracts.notices import MemberNotice
from contracts.words import NoticeKind, Role

UNION, ELSEWHERE = uuid4(), uuid4()


def notice(bench: Bench, *, union: UUID = UNION, role: Role = Role.HANDLER, minutes: int = 0) -> MemberNotice:
    return MemberNotice(
        notice_id=uuid4(),
        kind=NoticeKind.IMPORT_DONE,
        union_id=union,
        role=role,
        about=str(minutes),
        text="会员导入已完成：新增3人",
        at=bench.clock.now() + timedelta(minutes=minutes),
    )


async def tell(bench: Bench, *notices: MemberNotice) -> None:
    async with bench.database.work(uuid4()) as work:
        work.emit(notices)


async def listed(
    bench: Bench, *, role: str = "handler", scope: UUID | None = UNION, account: str = "wang", **query: Any
) -> Any:
    answer = await bench.client.get("/notices", headers=bench.token(role, scope, account), params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(bench: Bench, path: str, body: Any = None, *, account: str = "wang", scope: UUID = UNION) -> Any:
    return await bench.client.post(path, headers=bench.token("handler", scope, account), json=body)


@pytest.mark.row("D06")
async def test_notices_are_listed_newest_first_by_pages_and_told_again_they_are_one(bench: Bench):
    first, second, third = (notice(bench, minutes=n) for n in range(3))
    await tell(bench, first, third, second)
    await tell(bench, first)
    page = await listed(bench, page_size=2)
    assert (page["total"], [one["about"] for one in page["items"]]) == (3, ["2", "1"])
    assert [one["about"] for one in (await listed(bench, page_size=2, page=2))["items"]] == ["0"]
    shown = page["items"][0]
    assert (shown["kind"]["label"], shown["read_at"], shown["at"][-6:]) == ("会员导入完成", None, "+08:00")


@pytest.mark.row("D02", "D06")
async def test_only_the_recipients_role_at_the_recipients_union_sees_a_notice(bench: Bench):
    mine = notice(bench)
    await tell(bench, mine, notice(bench, role=Role.REVIEWER), notice(bench, union=ELSEWHERE))
    assert [one["notice_id"] for one in (await listed(bench))["items"]] == [str(mine.notice_id)]
    for role, scope in (("operator", None), ("municipal", None), ("auditor", UNION), ("handler", uuid4())):
        assert (await listed(bench, role=role, scope=scope)) == {"total": 0, "page": 1, "page_size": 15, "items": []}
    foreign = await post(bench, f"/notices/{mine.notice_id}/read", scope=ELSEWHERE)
    unknown = await post(bench, f"/notices/{uuid4()}/read")
    assert (foreign.status_code, foreign.json()["code"]) == (unknown.status_code, unknown.json()["code"])
    assert foreign.status_code == 404


async def test_each_account_reads_for_itself_one_by_one_or_all_at_once(bench: Bench):
    notices = [notice(bench, minutes=n) for n in range(3)]
    await tell(bench, *notices)
    read = await post(bench, f"/notices/{notices[0].notice_id}/read")
    assert read.json() == {"read": 1, "unread": 2}
    again = await post(bench, "/notices/read", {"notice_ids": [str(notices[0].notice_id)]})
    assert again.json() == {"read": 0, "unread": 2}
    assert (await listed(bench, unread=True))["total"] == 2
    assert (await listed(bench, unread=True, account="li"))["total"] == 3
    assert (await post(bench, "/notices/read", {"all": True})).json() == {"read": 2, "unread": 0}
    assert [one["read_at"] is None for one in (await listed(bench))["items"]] == [False] * 3
    assert (await post(bench, "/notices/read", {})).status_code == 422


async def tell_in_vain(bench: Bench) -> None:
    async with bench.database.work(uuid4()) as work:
        work.emit([notice(bench)])
        raise ValueError("no")


async def test_a_notice_that_is_rolled_back_was_never_there(bench: Bench):
    with pytest.raises(ValueError, match="no"):
        await tell_in_vain(bench)
    assert (await listed(bench))["total"] == 0


async def test_notices_go_after_their_time_with_who_read_them(bench: Bench):
    old, young = notice(bench), notice(bench)
    await tell(bench, old, young)
    await post(bench, "/notices/read", {"all": True})
    async with bench.database.connection() as connection:
        await connection.execute(
            "UPDATE notices SET kept_at = now() - interval '401 days' WHERE notice_id = $1", old.notice_id
        )
    await bench.run_periodic()
    assert [one["notice_id"] for one in (await listed(bench))["items"]] == [str(young.notice_id)]
    async with bench.database.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM notice_reads") == 1
