"""A request that is refused with 403 is in the audit log, but many such requests of an account add few rows (D04)."""

from typing import Any
from uuid import uuid4

import pytest
from integration.chassis.sample_service import Sample

from chassis.testing import Bench, service_under_test

pytestmark = pytest.mark.row("D04")


async def denials(bench: Bench) -> list[dict[str, Any]]:
    async with bench.database.read() as connection:
        rows = await connection.fetch(
            """SELECT account, role, scope_id, subject, detail, address FROM audit_log
               WHERE name = 'request_denied' ORDER BY id"""
        )
    return [dict(row) for row in rows]


async def test_a_command_for_a_union_out_of_reach_is_recorded(bench: Bench, sample: Sample):
    own, foreign = uuid4(), uuid4()
    answer = await bench.client.post(f"/asks/{foreign}", headers=bench.token("handler", own, account="li"))
    assert answer.status_code == 403
    assert await denials(bench) == [
        {
            "account": "li",
            "role": "handler",
            "scope_id": own,
            "subject": str(foreign),
            "detail": {"code": "FORBIDDEN", "route": "POST /asks/{node_id}", "this_hour": 1},
            "address": "127.0.0.1",
        }
    ]


async def test_a_wrong_role_is_recorded_for_commands_and_reads(bench: Bench):
    for method, path in (("POST", "/ops/maintenance"), ("GET", "/ops/maintenance")):
        headers = bench.token("handler", uuid4())
        answer = await bench.client.request(method, path, headers=headers, json={"state": "open", "reason": "r"})
        assert answer.status_code == 403
    found = [row["detail"] for row in await denials(bench)]
    assert [(one["code"], one["route"], one["this_hour"]) for one in found] == [
        ("FORBIDDEN_ROLE", "POST /ops/maintenance", 1),
        ("FORBIDDEN_ROLE", "GET /ops/maintenance", 2),
    ]


async def test_a_text_in_a_path_is_not_recorded(bench: Bench):
    """A caller can put a person's document number into a path, where an id belongs."""
    headers = bench.token("handler", uuid4())
    await bench.client.post("/ops/dead-letters/groups/310101199003071230/replay", headers=headers)
    [row] = await denials(bench)
    assert row["subject"] == ""
    assert "310101199003071230" not in str(row)


async def test_a_stranger_leaves_no_row(bench: Bench):
    answer = await bench.client.post(f"/asks/{uuid4()}", headers={"Authorization": "Bearer x"})
    assert answer.status_code == 401
    assert await denials(bench) == []


async def test_many_denials_of_an_account_leave_few_rows(bench: Bench):
    headers = bench.token("handler", uuid4(), account="li")
    for _ in range(70):
        assert (await bench.client.post(f"/asks/{uuid4()}", headers=headers)).status_code == 403
    assert [row["detail"]["this_hour"] for row in await denials(bench)] == [*range(1, 17), 32, 64]


async def test_a_denied_request_needs_no_second_connection(sample: Sample, database: str):
    async with service_under_test(sample.service, database, pool_size=1) as bench:
        for headers in (bench.token("handler", uuid4()), bench.token("operator", uuid4())):
            assert (await bench.client.post(f"/asks/{uuid4()}", headers=headers)).status_code == 403
            assert (await bench.client.get("/ops/maintenance", headers=headers)).status_code == 403
        assert len(await denials(bench)) == 4


async def test_without_a_database_the_answer_is_the_same(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    async def fails(*_: Any, **__: Any) -> None:
        raise ConnectionError("the database is away")

    monkeypatch.setattr("chassis.web.requests.audit.record", fails)
    answer = await bench.client.post(f"/asks/{uuid4()}", headers=bench.token("handler", uuid4()))
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
