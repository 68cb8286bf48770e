"""Events are delivered at least once, take effect once, and stay in order per key, however transactions interleave and
wherever a process crashes.

The test is a state machine over outbox, relay, inbox and dead letters on a real PostgreSQL. The event handler
publishes one event for each event that it handles, so that inbox and outbox share one transaction. The topic is a
list in memory; `test_transport.py` uses a real broker.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID, uuid4

import asyncpg
import pytest
from fastapi import APIRouter
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chassis.database import UnitOfWork
from chassis.health import HealthState
from chassis.messaging import Record, Subscriptions
from chassis.publishing import Publication, Relay
from chassis.replay import discard, replay
from chassis.replay.single_replay import NotOpen
from chassis.service import Service
from chassis.settings import ChassisSettings
from chassis.system import crash_points
from chassis.testing import Bench, service_under_test
from contracts.fields import Part
from contracts.members import MembersRemoved
from support.databases import fresh_database

T = TypeVar("T")
OFTEN, SELDOM = st.sampled_from([True, True, False]), st.sampled_from([False, False, True])
UNITS = [UUID(int=n) for n in range(1, 4)]
#: Unit → its echo, which is a second unit. When the event handler handles an event of the unit, it publishes an event
#: of the echo.
ECHO = {unit: UUID(int=unit.int + 100) for unit in UNITS}
#: The partition of each unit's key. Records of one key are in order, but there is no order between partitions.
PARTITION_OF = {str(unit): n % 2 for n, unit in enumerate([*UNITS, *ECHO.values()])}
#: A trigger forbids TRUNCATE on the edits of dead letters. It is disabled, because each run must begin with empty
#: tables.
SCHEMA = """CREATE TABLE handled (id bigint GENERATED ALWAYS AS IDENTITY, unit uuid, number int);
            GRANT ALL ON handled TO PUBLIC;
            ALTER TABLE dead_letter_edits DISABLE TRIGGER USER"""
EMPTY = "TRUNCATE handled, outbox, outbox_sequences, inbox_positions, dead_letters, leases RESTART IDENTITY CASCADE"


class Died(BaseException):
    """The process was killed."""


@contextmanager
def dying_at(point: str | None) -> Iterator[None]:
    """The process dies when it reaches the crash point for the first time; the transaction is lost."""

    def reach(name: str) -> None:
        if name == point:
            raise Died

    whole, crash_points.reach = crash_points.reach, reach  # type: ignore[misc]
    try:
        yield
    except Died:
        pass
    finally:
        crash_points.reach = whole  # type: ignore[misc]


class Handler:
    """Inserts a row per event; for broken units it fails after the INSERT."""

    def __init__(self) -> None:
        self.broken: set[UUID] = set()
        self.on = Subscriptions()
        self.on(MembersRemoved)(self._handle)

    async def _handle(self, event: MembersRemoved, work: UnitOfWork) -> list[MembersRemoved]:
        number = len(event.member_ids)
        await work.connection.execute("INSERT INTO handled (unit, number) VALUES ($1, $2)", event.unit_id, number)
        if event.unit_id in self.broken:
            raise ValueError("broken")
        return [removal(ECHO[event.unit_id], number)] if event.unit_id in ECHO else []


class Topic:
    """A topic with two partitions in memory, with the interface of a producer."""

    def __init__(self) -> None:
        self.partitions: tuple[list[Record], list[Record]] = ([], [])

    async def publish(self, publications: Sequence[Publication]) -> None:
        for one in publications:
            number = PARTITION_OF[one.key]
            log = self.partitions[number]
            log.append(Record(one.topic, number, len(log), one.key, one.headers, one.payload))

    async def discard(self) -> None:
        """There is no open transaction to discard."""


class World:
    """One database for all runs; each run starts with empty tables."""

    def __init__(self, admin_url: str) -> None:
        self.runner = asyncio.Runner()
        self.handler = Handler()
        service = Service("member-svc", "chassis", ChassisSettings, APIRouter(), on=self.handler.on)
        self._database = fresh_database(admin_url)
        self._owner_url = self.do(self._database.__aenter__())
        self._service = service_under_test(service, self._owner_url)
        self.bench: Bench = self.do(self._service.__aenter__())
        self.as_owner(SCHEMA)

    def do(self, work: Awaitable[T]) -> T:
        async def run() -> T:
            return await work

        return self.runner.run(run())

    def as_owner(self, script: str) -> None:
        """Run a script for which the service lacks the privileges."""

        async def run() -> None:
            connection = await asyncpg.connect(self._owner_url)
            try:
                await connection.execute(script)
            finally:
                await connection.close()

        self.do(run())

    def sql(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        async def run() -> list[asyncpg.Record]:
            async with self.bench.database.connection() as connection:
                return await connection.fetch(statement, *arguments)

        return self.do(run())

    def close(self) -> None:
        self.do(self._service.__aexit__(None, None, None))
        self.do(self._database.__aexit__(None, None, None))
        self.runner.close()


def removal(unit: UUID, number: int) -> MembersRemoved:
    """The number-th event of a unit: it removes `number` people."""
    return MembersRemoved(
        removal_id=uuid4(),
        union_id=unit,
        unit_id=unit,
        part=Part(index=0, count=1),
        member_ids=[uuid4()] * number,
        removed_at=datetime.now(UTC),
    )


class Promise(RuleBasedStateMachine):
    world: ClassVar[World]

    @initialize()
    def start(self) -> None:
        self.world.as_owner(EMPTY)
        self.world.handler.broken = set()
        self.handler = self.world.bench.runtime.handler
        self.handler.breaker.resume(accept_failures=True)
        self.emitted: dict[UUID, int] = defaultdict(int)
        self.topic = Topic()
        self.relay_of_today = self._new_relay()
        self.committed = [0, 0]
        self.given_up: set[tuple[UUID, int]] = set()

    @rule(units=st.lists(st.sampled_from(UNITS), min_size=1, max_size=4), dies=SELDOM, arrives=OFTEN)
    def emit_events(self, units: list[UUID], dies: bool, arrives: bool) -> None:
        """Emit an event of each unit in one transaction.

        If `dies`, the process dies before the commit. If `arrives`, the events then go through relay and poll.
        """
        numbers = dict(self.emitted)
        events = []
        for unit in units:
            numbers[unit] = numbers.get(unit, 0) + 1
            events.append(removal(unit, numbers[unit]))

        async def act() -> None:
            async with self.world.bench.database.work(uuid4()) as work:
                for event in events:
                    work.cause_id = uuid4()
                    work.emit([event])

        with dying_at(crash_points.WORK_BEFORE_COMMIT if dies else None):
            self.world.do(act())
            self.emitted.update(numbers)
        if arrives:
            self.relay(None)
            self.poll(8, None)

    @rule(dies=st.sampled_from([None, None, None, "before", "after"]))
    def relay(self, dies: str | None) -> None:
        """One turn of the relay. `dies` is "before" if the relay dies before it publishes, and "after" if the relay
        dies after the broker's answer, but before it deletes the rows."""
        point = {"before": crash_points.RELAY_BEFORE_PUBLISH, "after": crash_points.RELAY_AFTER_ACK}.get(dies or "")
        with dying_at(point):
            self.world.do(self.relay_of_today._publish_once())
            return
        # Until the dead relay's lease expires, no other relay publishes.
        self.relay_of_today = self._new_relay()
        assert self.world.do(self.relay_of_today._publish_once()) == 0
        self.world.sql("UPDATE leases SET until = now()")

    def _new_relay(self) -> Relay:
        return Relay(self.world.bench.database, self.topic, HealthState())  # type: ignore[arg-type]

    @rule(most=st.integers(1, 8), dies=st.sampled_from([None, None, "before", "after"]))
    def poll(self, most: int, dies: str | None) -> None:
        """Handle a poll. First the database transaction is committed, then the offsets.

        `dies` is "before" if the process dies before both commits, and "after" if it dies between the two commits.
        """
        taken = [(number, record) for number in (0, 1) for record in self._next(number, most)][:most]
        if not taken:
            return
        point = {"before": crash_points.POLL_BEFORE_COMMIT, "after": crash_points.POLL_AFTER_COMMIT}.get(dies or "")
        with dying_at(point):
            self.world.do(self.handler.handle([record for _, record in taken]))
            for number, record in taken:
                self.committed[number] = record.offset + 1

    def _next(self, number: int, most: int) -> list[Record]:
        return self.topic.partitions[number][self.committed[number] :][:most]

    @rule(number=st.sampled_from([0, 1]), back=st.integers(1, 10))
    def rewind(self, number: int, back: int) -> None:
        """Another consumer of the group continues from an older offset."""
        self.committed[number] = max(0, self.committed[number] - back)

    @rule(number=st.sampled_from([0, 1]), at=st.integers(0, 20))
    def late_copy(self, number: int, at: int) -> None:
        """A relay that was frozen publishes an old record once more."""
        log = self.topic.partitions[number]
        if log:
            old = log[at % len(log)]
            log.append(Record(old.topic, number, len(log), old.key, old.headers, old.value))

    @rule(unit=st.sampled_from(UNITS))
    def break_unit(self, unit: UUID) -> None:
        self.world.handler.broken.add(unit)

    @rule()
    def mend(self) -> None:
        self.world.handler.broken.clear()

    @rule(unit=st.sampled_from(UNITS))
    def fail_and_go_on(self, unit: UUID) -> None:
        """One event of a unit fails; the event handler is repaired before the next event of the key arrives."""
        self.break_unit(unit)
        self.emit_events([unit], dies=False, arrives=True)
        self.mend()
        self.emit_events([unit], dies=False, arrives=True)

    @precondition(lambda self: self._letters())
    @rule(which=st.integers(0, 5), give_up=SELDOM, dies=SELDOM)
    def repair(self, which: int, give_up: bool, dies: bool) -> None:
        """An operator replays the first dead letter of a key, or discards it if `give_up`.

        If `dies`, the process dies before the command commits.
        """
        letters = self._letters()
        letter = letters[which % len(letters)]
        event = MembersRemoved.model_validate_json(letter["payload"])

        async def act() -> None:
            async with self.world.bench.database.work(uuid4()) as work:
                await (discard if give_up else replay)(work.connection, self.handler, letter["id"])

        with dying_at(crash_points.WORK_BEFORE_COMMIT if dies else None):
            self.world.do(act())
            if give_up:
                self.given_up.add((event.unit_id, len(event.member_ids)))
            if letter["id"] not in [one["id"] for one in self._letters()]:
                with pytest.raises(NotOpen):
                    self.world.do(act())

    def _left(self) -> bool:
        unpublished = self.world.sql("SELECT 1 FROM outbox LIMIT 1")
        return bool(unpublished or self._letters() or any(self._next(number, 1) for number in (0, 1)))

    def _letters(self) -> list[asyncpg.Record]:
        """The first open dead letter of each key."""
        return self.world.sql(
            """SELECT DISTINCT ON (key) id, payload FROM dead_letters WHERE state IN ('failed', 'parked')
               ORDER BY key, id"""
        )

    @invariant()
    def once_and_in_order(self) -> None:
        handled: dict[UUID, list[int]] = defaultdict(list)
        for row in self.world.sql("SELECT unit, number FROM handled ORDER BY id"):
            handled[row["unit"]].append(row["number"])
        for unit in UNITS:
            numbers = handled[unit]
            expected = [n for n in range(1, max(numbers, default=0) + 1) if (unit, n) not in self.given_up]
            assert numbers == expected, f"{unit}: {numbers}"
            echoes = handled[ECHO[unit]]
            assert echoes == numbers[: len(echoes)], f"{unit}: handled {numbers}, but the echoes are {echoes}"

    def teardown(self) -> None:
        """After all faults are repaired, every event must arrive."""
        if not hasattr(self, "emitted"):
            return
        self.mend()
        while self._left():
            self.relay(None)
            self.poll(8, None)
            if self._letters():
                self.repair(0, give_up=False, dies=False)
        self.once_and_in_order()
        [counted] = self.world.sql("SELECT count(*) FILTER (WHERE unit = ANY($1)) AS n, count(*) FROM handled", UNITS)
        assert counted["n"] + len(self.given_up) == sum(self.emitted.values())
        assert counted["count"] == 2 * counted["n"], "each is echoed once"
        assert not self.world.sql("SELECT 1 FROM inbox_positions WHERE gaps > 0 OR regressions > 0")


def test_once_in_effect_and_in_order_whatever_happens(postgres_admin_url: str) -> None:
    Promise.world = World(postgres_admin_url)
    try:
        run_state_machine_as_test(
            Promise,
            settings=settings(
                max_examples=40,
                stateful_step_count=30,
                deadline=None,
                derandomize=True,
                # Shrinking a failure on a real database takes minutes; the unshrunk steps are enough.
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        Promise.world.close()
