"""Random walks (sequences of random commands) over the state machines of line and submission, on a real database."""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import AsyncExitStack
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from integration.review_svc.conftest import PACKAGES, driver_at
from integration.review_svc.review_driver import HANDLER, RATE, ReviewDriver

from review_svc.domain.history import Happened
from review_svc.domain.lines import LINE, LineState
from review_svc.domain.submissions import SUBMISSION, SubmissionState
from support.databases import Templates

T = TypeVar("T")
Answer = tuple[int, Any]


class Office:
    """A driver with an event loop of its own, because Hypothesis runs its rules without a loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, driver: ReviewDriver) -> None:
        self.loop, self.driver = loop, driver

    def run(self, work: Awaitable[T]) -> T:
        return self.loop.run_until_complete(work)  # type: ignore[arg-type]


@pytest.fixture
def own_office(templates: Templates) -> Iterator[Office]:
    loop = asyncio.new_event_loop()
    stack = AsyncExitStack()

    async def open_desk() -> ReviewDriver:
        url = await stack.enter_async_context(templates.copy(PACKAGES))
        return await stack.enter_async_context(driver_at(url))

    yield Office(loop, loop.run_until_complete(open_desk()))
    loop.run_until_complete(stack.aclose())
    loop.close()


class Walk(RuleBasedStateMachine):
    """One line of two people, reviewed by a street and a district. The expected answers come only from the two state
    machines."""

    office: Office
    walked: set[tuple[str, StrEnum]]

    def __init__(self) -> None:
        super().__init__()
        self.driver = ReviewDriver(self.office.driver.bench, self.office.driver.center)
        self.office.run(self.driver.plant())
        self.sent = self.office.run(self.driver.submitted(2))
        self.people = [str(person.member_id) for person in self.sent.people]
        self.state = LINE.after(LineState.ARRIVING, "arrive")
        self.step, self.heads, self.touched = 0, 2, False
        self.number, self.at_center = "", SubmissionState.REJECTED

    @property
    def union_id(self) -> Any:
        return (self.driver.street, self.driver.district)[self.step]

    @rule()
    def stage(self) -> None:
        self.walk("stage", self.ticked("/lines/stage"))

    @rule()
    def unstage(self) -> None:
        self.walk("unstage", self.ticked("/lines/unstage"))

    @rule()
    def pass_up(self) -> None:
        answer = self.post("/lines/pass-up", {"line_ids": [str(self.sent.line_id)]})
        if self.step == 1 and LINE.allows(self.state, "pass_up"):
            assert (answer[0], answer[1]["code"]) == (409, "NO_SUPERIOR")
        elif self.walk("pass_up", answer):
            self.step, self.touched = 1, True

    @rule()
    def submit(self) -> None:
        body = {"line_ids": [str(self.sent.line_id)], "enrollment_type": "immediate", "handler": HANDLER}
        answer = self.post("/submissions", body)
        if self.step == 0:
            assert (answer[0], answer[1]["code"]) == (403, "NOT_DISTRICT_UNION")
        elif self.walk("submit", answer):
            self.number, self.at_center, self.touched = answer[1]["submission_no"], SubmissionState.SUBMITTED, True

    @rule()
    def return_one(self) -> None:
        action = "return_people" if self.heads > 1 else "return"
        if self.walk(action, self.returned({"member_ids": self.people[-1:]})):
            self.people.pop()
            self.heads -= 1

    @rule()
    def return_all(self) -> None:
        if self.walk("return", self.returned({})):
            self.heads = 0

    @rule()
    def withdraw(self) -> None:
        self.office.run(self.driver.bench.deliver(self.driver.withdrawal(self.sent)))
        answered = self.office.run(self.last_event())
        if LINE.allows(self.state, "withdraw") and not self.touched:
            assert answered == Happened.WITHDRAWN
            self.went("withdraw", LINE.after(self.state, "withdraw"))
            self.heads = 0
        else:
            assert answered == Happened.WITHDRAWAL_REFUSED

    @rule()
    def climb(self) -> None:
        """Take the line one step further. Without this rule few walks would reach the center."""
        if self.state is LineState.PENDING:
            self.stage()
        elif self.step == 0:
            self.pass_up()
        else:
            self.submit()

    @precondition(lambda self: self.number)
    @rule()
    def center_confirms(self) -> None:
        self.decided("confirm", "confirmed", again=SubmissionState.CONFIRMED)

    @precondition(lambda self: self.number)
    @rule()
    def center_rejects(self) -> None:
        if self.decided("reject", "rejected", again=SubmissionState.REJECTED):
            self.went("reject", LINE.after(self.state, "reject"))

    @invariant()
    def the_books_agree(self) -> None:
        row = self.office.run(self.stored())
        assert (row["state"], row["step"], row["heads"], row["people"]) == (
            self.state.value, self.step, self.heads, self.heads,
        )  # fmt: skip
        assert row["city_fen"] + row["district_fen"] + row["unit_fen"] == RATE.total_fen * self.heads

    def walk(self, action: str, answer: Answer) -> bool:
        """Check the answer to an action. The service must make the transition if the state machine allows it. If the
        state machine does not, the service must refuse the action with the state machine's error code. Returns whether
        the service made the transition."""
        if not LINE.allows(self.state, action):
            assert answer[0] == 409
            assert answer[1]["code"] == next(s.refusal.code for s in LINE.steps if s.action == action)
            return False
        assert answer[0] in (200, 201), answer
        self.went(action, LINE.after(self.state, action))
        return True

    def decided(self, action: str, word: str, *, again: SubmissionState) -> bool:
        status, body = self.post("/center/decisions", self.decision(word), center=True)
        if self.at_center is again:
            assert (status, body) == (200, {"applied": False})
            return False
        if not SUBMISSION.allows(self.at_center, action):
            assert status == 409
            assert body["code"] == next(s.refusal.code for s in SUBMISSION.steps if s.action == action)
            return False
        assert (status, body) == (200, {"applied": True})
        self.walked.add((action, self.at_center))
        self.at_center = SUBMISSION.after(self.at_center, action)
        return True

    def decision(self, word: str) -> dict[str, Any]:
        heads = self.heads or len(self.people)
        return {
            "submission_no": self.number, "version": 1, "decision": word, "heads": heads, "reason": "重复",
            "fee": RATE.times(heads).model_dump(), "decided_at": self.driver.bench.clock.now().isoformat(),
        }  # fmt: skip

    def ticked(self, path: str) -> Answer:
        return self.post(path, {"lines": [{"line_id": str(self.sent.line_id), "version": self.version()}]})

    def returned(self, chosen: dict[str, Any]) -> Answer:
        body = {"reason": "证件号码有误", "version": self.version()} | chosen
        return self.post(f"/lines/{self.sent.line_id}/return", body)

    def version(self) -> int:
        return int(self.office.run(self.stored())["version"])

    def went(self, action: str, after: LineState) -> None:
        self.walked.add((action, self.state))
        self.state = after

    async def last_event(self) -> str:
        async with self.driver.bench.database.read() as connection:
            return await connection.fetchval(
                "SELECT what FROM line_history WHERE line_id = $1 ORDER BY id DESC LIMIT 1", self.sent.line_id
            )

    def post(self, path: str, body: dict[str, Any], *, center: bool = False) -> Answer:
        token = self.driver.bench.token("center", None, "center") if center else self.driver.reviewer(self.union_id)
        answer = self.office.run(self.driver.bench.client.post(path, json=body, headers=token))
        return answer.status_code, answer.json()

    async def stored(self) -> Any:
        async with self.driver.bench.database.read() as connection:
            return await connection.fetchrow(
                """SELECT l.*, CASE WHEN l.state IN ('returned', 'withdrawn') THEN 0 ELSE (
                              SELECT count(*) FROM line_parts s, unnest(s.member_ids) AS p (member_id)
                              WHERE s.line_id = l.line_id AND NOT EXISTS (
                                  SELECT FROM marked_people m WHERE m.line_id = l.line_id
                                    AND m.member_id = p.member_id AND m.state = 'returned')) END AS people
                   FROM lines l WHERE l.line_id = $1""",
                self.sent.line_id,
            )


@pytest.mark.row("A14", "A48", "A50", "A53", "D21")
def test_lines_and_submissions_only_go_where_their_machines_lead(own_office: Office):
    class Here(Walk):
        office = own_office
        walked: ClassVar[set[tuple[str, StrEnum]]] = set()

    longest = settings(
        max_examples=15,
        stateful_step_count=15,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Here, settings=longest)
    elsewhere = {"arrive", "reassign"}
    wanted = {(step.action, state) for step in LINE.steps if step.action not in elsewhere for state in step.before}
    wanted |= {("confirm", SubmissionState.SUBMITTED), ("reject", SubmissionState.SUBMITTED)}
    assert wanted - Here.walked == set()
