"""Random walks over the state machine of a person in a year, with the real use cases and a real database."""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import AsyncExitStack
from itertools import count
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from integration.enrollment_svc.enrollment_world import EMPLOYED, NORMAL, RETIRED, Someone, World

from chassis.testing import service_under_test
from contracts.reviews import BatchWithdrawn, CenterRejected
from contracts.words import EnrollmentType
from enrollment_svc.__main__ import service
from enrollment_svc.domain.candidates.person_states import PERSON, PersonInYear
from support.databases import Templates

T = TypeVar("T")
NUMBERS = count(1)


class City:
    """A world with an event loop of its own, because Hypothesis runs its rules without a loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, world: World, elsewhere: UUID, unit: UUID) -> None:
        self.loop, self.world, self.elsewhere, self.unit = loop, world, elsewhere, unit

    def run(self, work: Awaitable[T]) -> T:
        return self.loop.run_until_complete(work)  # type: ignore[arg-type]


@pytest.fixture
def city(templates: Templates) -> Iterator[City]:
    loop = asyncio.new_event_loop()
    stack = AsyncExitStack()

    async def open_city() -> City:
        url = await stack.enter_async_context(templates.copy(service.migration_packages))
        world = await World(await stack.enter_async_context(service_under_test(service, url))).build()
        await world.set_rates()
        elsewhere, unit = uuid4(), uuid4()
        await world.add_grassroots(elsewhere, [unit], "张江工会委员会")
        return City(loop, world, elsewhere, unit)

    yield loop.run_until_complete(open_city())
    loop.run_until_complete(stack.aclose())
    loop.close()


class Walk(RuleBasedStateMachine):
    """One person in two unions. The expected states come from the state machine and the last answer of the registry."""

    city: City
    walked: set[tuple[str, PersonInYear]]

    def __init__(self) -> None:
        super().__init__()
        n, world = next(NUMBERS), self.city.world
        number = f"31010119900101{n:04d}"
        self.mine, self.twin = Someone("王某", number, f"1{n:06d}"), Someone("王某", number, f"2{n:06d}")
        self.city.run(world.import_people([self.mine]))
        self.city.run(world.import_people([self.twin], union=self.city.elsewhere, unit=self.city.unit))
        self.state, self.retired, self.taken = PersonInYear.CANDIDATE, False, False
        self.batch: dict[str, Any] = {}
        self.submission_no = ""
        self.set_employment(EMPLOYED)

    def set_employment(self, employment: Any) -> None:
        self.city.run(self.city.world.verify([self.mine], NORMAL, employment))

    def went(self, action: str) -> None:
        self.walked.add((action, self.state))
        self.state = PERSON.after(self.state, action)
        if self.state is PersonInYear.CANDIDATE and self.retired:
            self.state = PERSON.after(self.state, "exclude")

    @rule()
    def submit(self) -> None:
        answer = self.city.run(self.city.world.submit(member_ids=[str(self.mine.member_id)]))
        if PERSON.allows(self.state, "submit"):
            assert answer.status_code == 201, answer.text
            self.batch = answer.json()
            self.went("submit")
        else:
            assert answer.status_code in (409, 422), answer.text

    @precondition(lambda self: PERSON.allows(self.state, "hide"))
    @rule()
    def twin_submits(self) -> None:
        """The person's second union submits. It can have an older answer of the registry. In the second union the
        person is employed, even if the first union knows that he is retired.
        """
        world, elsewhere = self.city.world, self.city.elsewhere
        self.city.run(world.verify([self.twin], NORMAL, EMPLOYED, union=elsewhere, unit=self.city.unit))
        answer = self.city.run(world.submit(union=elsewhere, member_ids=[str(self.twin.member_id)]))
        assert answer.status_code == 201, answer.text
        self.taken, self.batch = True, answer.json()
        self.went("hide")

    @precondition(lambda self: self.batch)
    @rule()
    def street_returns(self) -> None:
        line = self.batch["lines"][0]
        self.city.run(self.city.world.return_line(self.batch["batch_no"], line))
        self.ended("return")

    @precondition(lambda self: self.batch and not self.taken)
    @rule()
    def street_gives_it_back(self) -> None:
        line = self.batch["lines"][0]
        withdrawn = BatchWithdrawn(
            batch_no=self.batch["batch_no"],
            line_id=line["line_id"],
            union_id=self.city.world.union,
            unit_id=line["unit_id"],
            withdrawn_at=self.city.world.bench.clock.now(),
        )
        self.city.run(self.city.world.deliver(withdrawn))
        self.ended("withdraw")

    def ended(self, action: str) -> None:
        self.batch = {}
        if self.taken:
            self.taken = False
            self.went("show")
        else:
            self.went(action)

    @precondition(lambda self: self.batch and not self.taken)
    @rule()
    def district_submits_to_the_center(self) -> None:
        """A new submission has a new submission number. If the event is repeated, it has the same number as before."""
        if self.state is PersonInYear.UNDER_REVIEW:
            self.submission_no = f"CB202405109{next(NUMBERS):04d}"
        self.city.run(self.city.world.complete_line(self.batch["batch_no"], self.batch["lines"][0], self.submission_no))
        self.went("complete")

    @precondition(lambda self: self.state is PersonInYear.ENROLLED)
    @rule()
    def center_rejects(self) -> None:
        world = self.city.world
        rejected = CenterRejected(
            submission_no=self.submission_no,
            union_id=world.district,
            version=1,
            year=2024,
            enrollment_type=EnrollmentType.IMMEDIATE,
            line_ids=[],
            reason="名单有误",
            rejected_at=world.bench.clock.now(),
        )
        self.city.run(world.deliver(rejected))
        self.went("center_reject")

    @rule()
    def one_step_on(self) -> None:
        """Take the person one step further. Without this rule few walks would reach the center, or return from
        retirement."""
        if self.state is PersonInYear.UNDER_REVIEW:
            self.district_submits_to_the_center()
        elif self.state is PersonInYear.ENROLLED:
            self.center_rejects()
        elif self.state is PersonInYear.EXCLUDED:
            self.registry_says_employed_again()
        else:
            self.submit()

    @precondition(lambda self: not self.retired)
    @rule()
    def registry_says_retired(self) -> None:
        self.set_employment(RETIRED)
        self.retired = True
        if PERSON.allows(self.state, "exclude"):
            self.went("exclude")

    @precondition(lambda self: self.retired)
    @rule()
    def registry_says_employed_again(self) -> None:
        self.set_employment(EMPLOYED)
        self.retired = False
        if PERSON.allows(self.state, "readmit"):
            self.went("readmit")

    @invariant()
    def lists_and_answers_agree(self) -> None:
        world = self.city.world
        why = self.city.run(world.get(f"/candidates/{self.mine.member_id}/reasons"))
        assert why["state"]["code"] == self.state.value
        assert why["submittable"] is PERSON.allows(self.state, "submit")
        assert (why["tab"] is not None) is (self.state is PersonInYear.CANDIDATE)


@pytest.mark.row("A40", "A43", "F093", "F118", "D16")
def test_walks_of_a_person_follow_the_machine(city: City):
    walk = type("WalkOfAPerson", (Walk,), {"city": city, "walked": set()})
    run_state_machine_as_test(
        walk,
        settings=settings(
            max_examples=10,
            stateful_step_count=9,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
    assert {action for action, _ in walk.walked} == set(PERSON.actions)
