"""Polls and commands lock units in the same order, whatever the order in which the records of a poll arrive."""

import asyncio
import random
from collections.abc import Sequence
from uuid import UUID, uuid4

from integration.enrollment_svc.enrollment_world import World

from chassis.messaging import Record
from chassis.observability import metrics
from chassis.testing import Bench
from contracts.fields import Part
from contracts.members import MembersRemoved

UNITS, POLLS, ROUNDS, A_POLL = 400, 4, 5, 32


def record_of(bench: Bench, union: UUID, unit: UUID) -> Record:
    """A record about the removal of a member of the unit. The event handler locks the unit, although it does not know
    the member.
    """
    event = MembersRemoved(
        removal_id=uuid4(),
        union_id=union,
        unit_id=unit,
        part=Part(index=0, count=1),
        member_ids=[uuid4()],
        removed_at=bench.clock.now(),
    )
    return bench.record(event)


async def check(bench: Bench, union: UUID) -> int:
    """A command that locks all units of the union, as a submission and a confirmation do."""
    answer = await bench.client.post(
        "/checks", headers=bench.token("handler", union), json={"union_id": str(union), "year": 2024}
    )
    return answer.status_code


def run_again() -> float:
    return sum(one.value for one in metrics.commands_retried.collect()[0].samples if one.name.endswith("_total"))


async def deadlocks(bench: Bench) -> int:
    async with bench.database.connection() as connection:
        await connection.execute("SELECT pg_stat_force_next_flush()")
    async with bench.database.connection() as connection:
        count: int = await connection.fetchval(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
    return count


async def test_polls_with_units_in_any_order_and_acts_over_all_of_them_never_deadlock(bench: Bench, world: World):
    dice = random.Random(18)
    units = [uuid4() for _ in range(UNITS)]
    union = uuid4()
    await world.add_grassroots(union, units)
    before = run_again()

    async def play(polls: Sequence[Sequence[Record]]) -> list[int | BaseException | None]:
        acts = [check(bench, union) for _ in range(3)]
        return await asyncio.gather(*(bench.redeliver(poll) for poll in polls), *acts, return_exceptions=True)

    done: list[int | BaseException | None] = []
    for _ in range(ROUNDS):
        chosen = dice.sample(units, POLLS * A_POLL)
        records = [record_of(bench, union, unit) for unit in chosen]
        done += await play([records[at : at + A_POLL] for at in range(0, len(records), A_POLL)])
    assert (await deadlocks(bench), run_again() - before) == (0, 0)
    assert set(done) == {None, 202}
