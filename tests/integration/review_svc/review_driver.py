"""Creates a union tree and lines to review, and sends the commands of the reviewers."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from chassis.testing import Bench
from contracts.enrollments import BatchPerson, BatchSubmitted, ChainStep, WithdrawalRequested
from contracts.fields import Part, Personal, Shares
from contracts.unions import UnionChanged
from contracts.words import Channel, DocumentType, EnrollmentType, Role, Term, UnionType
from review_svc.gateways.fake_center import FakeCenter

RATE = Shares.of(city=1300, district=1300)
HANDLER = {"name": "王经办", "mobile": "13800000000", "email": "a@example.org"}


@dataclass
class ReviewDriver:
    """Sends the commands of a test: submissions and reviews."""

    bench: Bench
    center: FakeCenter
    city: UUID = field(default_factory=uuid4)
    district: UUID = field(default_factory=uuid4)
    street: UUID = field(default_factory=uuid4)
    union: UUID = field(default_factory=uuid4)
    #: The unions of this test's own tree. The database possibly contains other trees, too.
    own_unions: set[UUID] = field(default_factory=set)

    async def plant(self) -> None:
        kinds = [UnionType.MUNICIPAL, UnionType.DISTRICT, UnionType.STREET, UnionType.COMMITTEE]
        ids = [self.city, self.district, self.street, self.union]
        self.own_unions.update(ids)
        for depth, (union_id, kind) in enumerate(zip(ids, kinds, strict=True)):
            await self.bench.deliver(
                UnionChanged(
                    union_id=union_id,
                    name=kind.label,
                    union_type=kind,
                    parent_id=ids[depth - 1] if depth else None,
                    path=ids[: depth + 1],
                    units=[],
                    changed_at=datetime.now(UTC),
                )
            )

    async def add_union(self, name: str, kind: UnionType, parents: list[UUID], **more: Any) -> UUID:
        """Publish a union below `parents`. The first of these is the root. A second call with the id of the union as
        `union_id` changes the union."""
        union_id = more.pop("union_id", None) or uuid4()
        self.own_unions.add(union_id)
        path = [*parents, union_id]
        changed = UnionChanged(
            union_id=union_id, name=name, union_type=kind, parent_id=parents[-1] if parents else None, path=path,
            units=[], changed_at=datetime.now(UTC), **more,
        )  # fmt: skip
        await self.bench.deliver(changed)
        return union_id

    def parts(
        self, heads: int, *, size: int = 500, batch_no: str = "CB202405100001", **more: Any
    ) -> list[BatchSubmitted]:
        """The events of one line. They must be delivered with the line's id as their cause id, otherwise their sealed
        blocks cannot be read."""
        line_id, unit = uuid4(), uuid4()
        rate = more.get("rate", RATE)
        people = [(uuid4(), Personal(name=f"张{n}", document_number=f"31010119900101{n:04d}")) for n in range(heads)]
        count = -(-heads // size)
        header: dict[str, Any] = {
            "batch_no": batch_no, "line_id": line_id, "union_id": self.union, "union_name": "工会委员会",
            "unit_id": unit, "unit_name": "上海金桥建设监理有限公司", "organization_code": "D2143569X",
            "credit_code": None, "year": 2024, "plan": "A", "plan_name": "A类会员专享基本保障",
            "enrollment_type": EnrollmentType.IMMEDIATE, "channel": Channel.SOCIAL_SECURITY_CARD,
            "term": Term.FULL_YEAR, "start_on": date(2024, 5, 11), "end_on": date(2024, 12, 31), "rate": RATE,
            "heads": heads, "fee": rate.times(heads), "submitted_at": self.bench.clock.now(),
            "submitted_by": "handler",
            "chain": [ChainStep(union_id=self.street, name="街道"), ChainStep(union_id=self.district, name="区")],
        } | more  # fmt: skip
        found = []
        for index in range(count):
            part_people = people[index * size : (index + 1) * size]
            cause = line_id
            found.append(
                BatchSubmitted(
                    **header,
                    part=Part(index=index, count=count),
                    people=[_person(member_id, personal, self.bench) for member_id, personal in part_people],
                    sealed=self.bench.sealed(
                        BatchSubmitted, str(line_id), index, [personal for _, personal in part_people], cause
                    ),
                )
            )
        return found

    async def submitted(self, heads: int, **more: Any) -> BatchSubmitted:
        """Deliver a whole line, which then waits for its first reviewer. Return the first part of the line."""
        parts = self.parts(heads, **more)
        for part in parts:
            await self.bench.deliver(part, cause=part.line_id)
        assert await self.bench.dead_letters() == []
        return parts[0]

    def withdrawal(self, line: BatchSubmitted) -> WithdrawalRequested:
        return WithdrawalRequested(
            batch_no=line.batch_no, line_id=line.line_id, union_id=line.union_id, unit_id=line.unit_id,
            requested_at=self.bench.clock.now(), requested_by="handler",
        )  # fmt: skip

    def reviewer(self, union_id: UUID, account: str = "reviewer") -> dict[str, str]:
        return self.bench.token(Role.REVIEWER, union_id, account)

    async def get(self, path: str, headers: dict[str, str], *, status: int = 200, **params: Any) -> Any:
        answer = await self.bench.client.get(path, params=params, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def listed(self, union_id: UUID, name: str = "pending", **filters: Any) -> list[dict[str, Any]]:
        return (await self.get("/lines", self.reviewer(union_id), list=name, **filters))["items"]

    async def totals(self, union_id: UUID, name: str = "staged", **page: Any) -> dict[str, Any]:
        return await self.get("/lines/totals", self.reviewer(union_id), list=name, **page)

    async def line(self, line_id: UUID, union_id: UUID) -> dict[str, Any]:
        return await self.get(f"/lines/{line_id}", self.reviewer(union_id))

    async def act(self, union_id: UUID, path: str, body: Any, *, account: str = "reviewer", status: int = 200) -> Any:
        answer = await self.bench.client.post(path, json=body, headers=self.reviewer(union_id, account))
        assert answer.status_code == status, answer.text
        return answer.json()

    async def return_people(
        self, union_id: UUID, line_id: UUID, version: int, *, status: int = 200, **more: Any
    ) -> Any:
        body = {"reason": "证件号码有误", "version": version} | more
        return await self.act(union_id, f"/lines/{line_id}/return", body, status=status)

    async def submit(self, union_id: UUID, *, status: int = 201, account: str = "reviewer", **more: Any) -> Any:
        body = {"enrollment_type": "immediate", "handler": HANDLER} | more
        return await self.act(union_id, "/submissions", body, account=account, status=status)

    async def stage_all(self, union_id: UUID) -> None:
        lines = [{"line_id": x["line_id"], "version": x["version"]} for x in await self.listed(union_id)]
        await self.act(union_id, "/lines/stage", {"lines": lines})

    async def passed_up(self) -> None:
        """Pass every line at the street up to the district."""
        await self.stage_all(self.street)
        await self.act(self.street, "/lines/pass-up", {})

    async def at_center(self) -> str:
        """Pass every line up to the center; return the submission's number."""
        await self.passed_up()
        await self.stage_all(self.district)
        body = {"enrollment_type": "immediate", "handler": HANDLER}
        answer = await self.act(self.district, "/submissions", body, status=201)
        await self.bench.run_jobs_once()
        return answer["submission_no"]

    async def published(self, kind: type) -> list[Any]:
        """Published events of this type about the unions of this test's tree."""
        events = [event for _, event in await self.bench.published() if isinstance(event, kind)]
        return [event for event in events if event.union_id in self.own_unions]

    async def center_decides(self, number: str, decision: str, heads: int, *, status: int = 200, **more: Any) -> Any:
        body = {
            "submission_no": number, "version": 1, "decision": decision, "heads": heads,
            "fee": RATE.times(heads).model_dump(), "decided_at": self.bench.clock.now().isoformat(), "reason": "重复",
        } | more  # fmt: skip
        answer = await self.bench.client.post(
            "/center/decisions", json=body, headers=self.bench.token(Role.CENTER, None, "center")
        )
        assert answer.status_code == status, answer.text
        return answer.json()


def _person(member_id: UUID, personal: Personal, bench: Bench) -> BatchPerson:
    key = bench.runtime.index.person_key(DocumentType.RESIDENT_ID.value, personal.document_number)
    return BatchPerson(
        member_id=member_id, member_no="007000000001", person_key=key,
        document_type=DocumentType.RESIDENT_ID, masked_name="张*", masked_number="3101**********0000",
    )  # fmt: skip
