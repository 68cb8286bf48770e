"""The stored response of a command is returned again only if the account still has the same role and union."""

from uuid import UUID, uuid4

import pytest

from chassis.testing import Bench

HERE, ELSEWHERE = uuid4(), uuid4()


async def ask(bench: Bench, node: UUID, key: str, role: str, place: UUID | None) -> tuple[int, dict[str, str]]:
    headers = bench.token(role, place, account="li") | {"Idempotency-Key": key}
    answer = await bench.client.post(f"/asks/{node}", headers=headers)
    return answer.status_code, answer.json()


@pytest.mark.row("D02")
@pytest.mark.parametrize(
    ("role", "place"), [("handler", ELSEWHERE), ("reviewer", HERE), ("municipal", None), ("municipal", HERE)]
)
async def test_an_account_with_another_role_or_union_is_not_shown_its_former_answer(
    bench: Bench, role: str, place: UUID | None
):
    status, first = await ask(bench, HERE, "k", "handler", HERE)
    assert status == 202
    status, refused = await ask(bench, HERE, "k", role, place)
    assert status == 409, refused
    assert refused["code"] == "IDEMPOTENCY_KEY_OF_FORMER_ROLE"
    assert first["asked"] not in str(refused)
    assert await ask(bench, HERE, "k", "handler", HERE) == (202, first)
    assert len((await bench.client.get("/acts", headers=bench.token("handler", HERE))).json()) == 1


async def test_an_answer_kept_before_its_reader_was_noted_is_still_returned(bench: Bench):
    _, first = await ask(bench, HERE, "k", "handler", HERE)
    async with bench.database.connection() as connection:
        await connection.execute("UPDATE idempotency_keys SET given_to = NULL")
    assert await ask(bench, HERE, "k", "handler", HERE) == (202, first)
