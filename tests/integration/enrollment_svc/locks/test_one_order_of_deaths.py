"""A poll with deaths locks lines and units in the same order as every other poll and command."""

import asyncio
import random
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from itertools import chain
from typing import Any
from uuid import UUID, uuid4

import pytest
from integration.enrollment_svc.enrollment_world import NORMAL, Someone, World, roster
from integration.enrollment_svc.locks.test_one_order_of_locks import check, deadlocks, run_again

from chassis.messaging import Record
from chassis.testing import Bench
from contracts.event import Event
from contracts.fields import Part
from contracts.members import RemovalRequested
from contracts.reviews import CenterRejected, WithdrawalRefused
from contracts.statuses import StatusesVerified, VerifiedStatus
from contracts.words import EmploymentStatus, EnrollmentType
from enrollment_svc.domain.candidates.checks import Origin
from enrollment_svc.store.candidates import checks
from enrollment_svc.store.candidates.checks import CheckRequest

LINES, ROUNDS = 24, 6
DECEASED = EmploymentStatus.DECEASED


class City:
    """A union with many lines under review.

    Each line has two people. The first person is also a member of the union `first`, and the second person is also a
    member of the union `second`.
    """

    def __init__(self, bench: Bench, world: World) -> None:
        self.bench, self.world = bench, world
        self.here, self.first, self.second = uuid4(), uuid4(), uuid4()
        self.units: dict[UUID, list[UUID]] = {
            union: [uuid4() for _ in range(LINES)] for union in (self.here, self.first, self.second)
        }
        self.people: dict[UUID, list[Someone]] = {}
        self.lines: list[dict[str, Any]] = []
        self.batch_no = ""

    async def build(self) -> "City":
        await self.world.set_rates()
        for union, units in self.units.items():
            await self.world.add_grassroots(union, units, f"工会{union.hex[:6]}")
        members = roster(2 * LINES)
        self.people = {self.here: members}
        for at, unit in enumerate(self.units[self.here]):
            pair = members[2 * at : 2 * at + 2]
            await self.world.import_people(pair, union=self.here, unit=unit, check=False)
            await self.world.verify(pair, NORMAL, union=self.here, unit=unit)
        for which, union in enumerate((self.first, self.second)):
            twins = [Someone(one.name, one.number, f"{which + 8}{one.member_no[1:]}") for one in members[which::2]]
            self.people[union] = twins
            for twin, unit in zip(twins, self.units[union], strict=True):
                await self.world.import_people([twin], union=union, unit=unit, check=False)
        answer = await self.world.submit(union=self.here, all=True)
        assert answer.status_code == 201, answer.text
        self.batch_no, self.lines = answer.json()["batch_no"], answer.json()["lines"]
        return self

    def death(self, union: UUID, at: int, employment: EmploymentStatus) -> Event:
        status = VerifiedStatus(
            member_id=self.people[union][at].member_id, card=None, card_asked=False, employment=employment
        )
        return StatusesVerified(
            job_id=uuid4(),
            union_id=union,
            unit_id=self.units[union][at],
            part=Part(index=0, count=1),
            checked_at=self.bench.clock.now(),
            source="test",
            statuses=[status],
        )

    def removal(self, at: int) -> Event:
        """A request to remove a person. It is refused, because the person's line is under review.

        To find out the state of the line, the event handler locks the line.
        """
        return RemovalRequested(
            removal_id=uuid4(),
            union_id=self.here,
            unit_id=self.units[self.here][at],
            part=Part(index=0, count=1),
            member_ids=[self.people[self.here][2 * at].member_id],
            requested_at=self.bench.clock.now(),
            requested_by="handler",
        )

    def decision(self, at: int) -> Event:
        line = self.lines[at]
        return WithdrawalRefused(
            batch_no=self.batch_no,
            line_id=line["line_id"],
            union_id=self.here,
            unit_id=line["unit_id"],
            code="ACTED",
            refused_at=self.bench.clock.now(),
        )

    def records(self, events: Sequence[Event], dice: random.Random) -> list[Record]:
        """The records in a random order, as partitions can deliver them."""
        shuffled = dice.sample(events, len(events))
        return [self.bench.record(event) for event in shuffled]


@pytest.fixture
async def city(bench: Bench, world: World) -> City:
    return await City(bench, world).build()


async def side_by_side(*works: Coroutine[Any, Any, Any]) -> list[Any]:
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(work) for work in works]
    return [task.result() for task in running]


async def test_deaths_race_removals_decisions_and_acts_and_nobody_deadlocks(bench: Bench, city: City):
    dice, before = random.Random(54), run_again()
    for turn in range(ROUNDS):
        # The published status differs from that of the round before, so that the event handler locks the lines again.
        employment = (DECEASED, EmploymentStatus.RETIRED)[turn % 2]
        bench.clock.instant += timedelta(seconds=1)
        polls = [
            city.records([city.death(union, at, employment) for at in range(LINES)], dice)
            for union in (city.first, city.second)
        ]
        polls.append(city.records([city.removal(at) for at in range(LINES)], dice))
        polls.append(city.records([city.decision(at) for at in range(LINES)], dice))
        acts = chain.from_iterable((check(bench, city.here), check(bench, city.first)) for _ in range(2))
        answers = await side_by_side(*(bench.redeliver(poll) for poll in polls), *acts)
        assert set(answers) <= {None, 200, 202}
    assert await bench.dead_letters() == []
    assert run_again() == before
    assert await deadlocks(bench) == 0


async def test_a_rejection_of_a_whole_submission_takes_its_lines_in_the_same_order(bench: Bench, city: City):
    dice = random.Random(53)
    for line in city.lines:
        await city.world.complete_line(city.batch_no, line, "SUB-1")
    rejected = CenterRejected(
        submission_no="SUB-1",
        version=1,
        union_id=city.world.district,
        year=2024,
        enrollment_type=EnrollmentType.IMMEDIATE,
        reason="名单有误",
        rejected_at=bench.clock.now(),
    )
    polls = [
        [bench.record(rejected)],
        city.records([city.removal(at) for at in range(LINES)], dice),
        city.records([city.decision(at) for at in range(LINES)], dice),
    ]
    await side_by_side(*(bench.redeliver(poll) for poll in polls))
    assert await bench.dead_letters() == []
    assert await deadlocks(bench) == 0


async def test_two_polls_that_end_the_same_checks_in_another_order_do_not_deadlock(bench: Bench, city: City):
    jobs = [uuid4() for _ in range(LINES)]

    def answers(unit: UUID) -> list[Event]:
        """The answers to all checks about the people of one unit."""
        return [
            StatusesVerified(
                job_id=job,
                union_id=city.here,
                unit_id=unit,
                part=Part(index=0, count=1),
                checked_at=bench.clock.now(),
                source="test",
                statuses=[],
            )
            for job in jobs
        ]

    units = city.units[city.here]
    now = bench.clock.now()
    requests = [CheckRequest(job, unit, city.here, Origin.CLICK, now, None, 1, 0) for job in jobs for unit in units[:2]]
    async with bench.database.connection() as connection:
        await checks.count_requested(connection, requests)
    await side_by_side(
        bench.redeliver([bench.record(event) for event in answers(units[0])]),
        bench.redeliver([bench.record(event) for event in reversed(answers(units[1]))]),
    )
    assert await bench.dead_letters() == []
    assert await deadlocks(bench) == 0
