"""The events of an import contain all that enrollment-svc needs. Here enrollment-svc consumes them (F078, F080)."""

from datetime import datetime
from typing import Any

import pytest
from integration.member_svc.handler import Handler, node
from integration.member_svc.unions.test_moved_units import move
from unit.member_svc.workbooks import person, resident, workbook

from chassis.domain import SHANGHAI
from chassis.messaging import Record
from chassis.testing import Bench, service_under_test
from enrollment_svc.__main__ import service as enrollment
from member_svc.domain.roster.headings import DOCUMENT_TYPE, NUMBER, SERVICE_CARD
from support.fixtures import MakeDatabase

DECEMBER = datetime(2024, 12, 15, 12, 0, tzinfo=SHANGHAI)


class NextStage:
    """enrollment-svc, which consumes the events that member-svc has published so far."""

    def __init__(self, bench: Bench, handler: Handler) -> None:
        self.bench, self.handler, self.seen = bench, handler, 0

    async def catch_up(self) -> None:
        published = (await self.handler.bench.published())[self.seen :]
        for envelope, event in published:
            self.seen += 1
            value = event.model_dump_json().encode()
            record = Record(event.topic.name, 0, self.seen, event.key(), envelope.to_headers(), value)
            await self.bench.redeliver([record])
        assert await self.bench.dead_letters() == []

    async def ask(self, path: str, **params: Any) -> Any:
        await self.catch_up()
        query = {"union_id": str(self.handler.union_id)} | params
        headers = self.bench.token("handler", self.handler.union_id)
        answer = await self.bench.client.get(path, params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def to_verify(self, **params: Any) -> list[str]:
        found = await self.ask("/candidates", tab="to_verify", page_size=500, **params)
        return sorted(one["name"] for one in found["items"])


@pytest.mark.row("F078", "F080", "A34", "A57", "A56")
async def test_imported_members_are_candidates_until_they_are_deleted_or_move(
    handler: Handler, make_database: MakeDatabase
):
    async with service_under_test(enrollment, await make_database("enrollment")) as bench:
        stage = NextStage(bench, handler)
        passport = {DOCUMENT_TYPE: "护照", NUMBER: "E12345678"}
        await handler.bring_in(workbook([person(1), person(2), person(3, **passport)]))
        await handler.bring_in(workbook([person(4, **{SERVICE_CARD: "6223000011112222"})]), unit=handler.units[1])
        assert await stage.to_verify(channel="social_security_card") == ["张1", "张2"]
        assert await stage.to_verify(channel="service_card") == ["张4"]
        # One import serves both enrollment types. In December, 即时 of this year and 集中 of the next year are open.
        bench.clock.instant = DECEMBER
        for kind, year in (("immediate", 2024), ("centralized", 2025)):
            summary = await stage.ask("/candidates/summary", enrollment_type=kind, channel="social_security_card")
            assert (summary["year"], summary["to_verify"]) == (year, 2)
            names = await stage.to_verify(channel="social_security_card", enrollment_type=kind)
            assert names == ["张1", "张2"]

        before = (await stage.ask("/candidates/summary", channel="social_security_card"))["to_verify"]
        [removed] = (await handler.post("/members/search", {"number": resident(1)})).json()["items"]
        await handler.remove(removed)
        assert await stage.to_verify(channel="social_security_card") == ["张2"]
        after = (await stage.ask("/candidates/summary", channel="social_security_card"))["to_verify"]
        assert (before, after) == (2, 1)
        await handler.bring_in(workbook([person(1)]))
        assert await stage.to_verify(channel="social_security_card") == ["张1", "张2"]

        await move(handler, handler.units[1], node("committee"))
        await handler.bench.run_jobs()
        assert await stage.to_verify(channel="service_card") == []
        stage.handler = handler.elsewhere()
        assert await stage.to_verify(channel="service_card") == ["张4"]
