"""A small city for the tests of enrollment-svc: a union tree, members, and the registries' answers about them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from httpx import Response

from chassis.privacy import mask_name, mask_number
from chassis.testing import Bench
from contracts.enrollments import BatchSubmitted
from contracts.event import Event
from contracts.fields import Part, Personal, Shares
from contracts.members import Member, MembersChanged, MembersImported, MembersRemoved, RemovalRequested
from contracts.reviews import BatchCompleted, BatchReturned
from contracts.statuses import StatusesVerified, VerifiedStatus
from contracts.unions import UnionChanged, Unit
from contracts.words import CardStatus, DocumentType, EmploymentStatus, UnionType

NORMAL, SEALED = CardStatus.NORMAL, CardStatus.SEALED
EMPLOYED, UNCLEAR, RETIRED = EmploymentStatus.EMPLOYED, EmploymentStatus.UNCLEAR, EmploymentStatus.RETIRED
A_2024 = {"total_fen": 2600, "city_fen": 1300, "district_fen": 1300, "unit_fen": 0}
HALF_2024 = {"total_fen": 1300, "city_fen": 650, "district_fen": 650, "unit_fen": 0}


@dataclass
class Someone:
    """A member of a roster."""

    name: str
    number: str
    member_no: str
    member_id: UUID = field(default_factory=uuid4)
    document_type: DocumentType = DocumentType.RESIDENT_ID
    has_service_card: bool = False
    tag: str | None = None


def roster(count: int, prefix: str = "31010119900101") -> list[Someone]:
    return [Someone(f"王{n}明", f"{prefix}{n:04d}", f"007{n:06d}") for n in range(count)]


@dataclass
class World:
    """A district, a street below it, and grassroots unions below the street. `union` and `unit`: the first grassroots
    union and its unit."""

    bench: Bench
    city: UUID = field(default_factory=uuid4)
    district: UUID = field(default_factory=uuid4)
    street: UUID = field(default_factory=uuid4)
    union: UUID = field(default_factory=uuid4)
    unit: UUID = field(default_factory=uuid4)

    async def build(self) -> "World":
        await self.add_union(self.city, UnionType.MUNICIPAL, "上海市总工会", [])
        await self.add_union(self.district, UnionType.DISTRICT, "浦东新区总工会", [self.city])
        await self.add_union(self.street, UnionType.STREET, "金桥街道总工会", [self.city, self.district])
        await self.add_grassroots(self.union, [self.unit])
        return self

    async def add_union(
        self, union_id: UUID, kind: UnionType, name: str, above: Sequence[UUID], units: Iterable[UUID] = (), **more: Any
    ) -> None:
        changed = UnionChanged(
            union_id=union_id,
            name=name,
            union_type=kind,
            parent_id=above[-1] if above else None,
            path=[*above, union_id],
            units=[Unit(unit_id=unit, name=f"{name}单位") for unit in units],
            changed_at=self.bench.clock.now(),
            **more,
        )
        await self.bench.deliver(changed)

    async def add_grassroots(self, union_id: UUID, units: Sequence[UUID], name: str = "金桥建设工会委员会") -> None:
        kind = UnionType.JOINT if len(units) > 1 else UnionType.COMMITTEE
        await self.add_union(union_id, kind, name, [self.city, self.district, self.street], units)

    async def set_rates(self, plan: str = "A", year: int = 2024) -> None:
        for term, shares in (("full_year", A_2024), ("half_year", HALF_2024)):
            answer = await self.bench.client.put(
                f"/rates/{year}/{plan}/{term}",
                headers=self.bench.token("municipal", self.city, account="city"),
                json={"plan_name": f"{plan}类会员专享基本保障", "shares": shares},
            )
            assert answer.status_code == 200, answer.text

    def imported(
        self, people: Sequence[Someone], *, union: UUID | None = None, unit: UUID | None = None, check: bool = True
    ) -> list[tuple[MembersImported, UUID]]:
        """The events of an import. Each event comes with the cause id with which it must be published. With a different
        cause id, the sealed block of the event could not be read."""
        cause, unit, parts = uuid4(), unit or self.unit, _parts(people)
        return [
            (
                MembersImported(
                    import_id=cause,
                    union_id=union or self.union,
                    unit_id=unit,
                    part=Part(index=index, count=len(parts)),
                    members=[self.member(one) for one in part],
                    sealed=self.bench.sealed(MembersImported, str(unit), index, _personal(part), cause),
                    check_on_import=check,
                    imported_at=self.bench.clock.now(),
                ),
                cause,
            )
            for index, part in enumerate(parts)
        ]

    def member(self, one: Someone) -> Member:
        return Member(
            member_id=one.member_id,
            member_no=one.member_no,
            person_key=self.bench.runtime.index.person_key(one.document_type.value, one.number),
            document_type=one.document_type,
            masked_name=mask_name(one.name),
            masked_number=mask_number(one.number),
            has_service_card=one.has_service_card,
            tag=one.tag,
        )

    async def import_people(
        self, people: Sequence[Someone], *, union: UUID | None = None, unit: UUID | None = None, check: bool = True
    ) -> UUID:
        """Returns the import's id."""
        import_id = uuid4()
        for event, cause in self.imported(people, union=union, unit=unit, check=check):
            import_id = event.import_id
            await self.deliver(event, cause)
        return import_id

    async def change_people(self, people: Sequence[Someone], renamed: Sequence[UUID] = ()) -> None:
        cause = uuid4()
        event = MembersChanged(
            change_id=cause,
            union_id=self.union,
            unit_id=self.unit,
            part=Part(index=0, count=1),
            members=[self.member(one) for one in people],
            sealed=self.bench.sealed(MembersChanged, str(self.unit), 0, _personal(people), cause),
            renamed=list(renamed),
            changed_at=self.bench.clock.now(),
        )
        await self.deliver(event, cause)

    async def remove_people(self, people: Sequence[Someone]) -> None:
        await self.deliver(
            MembersRemoved(
                removal_id=uuid4(),
                union_id=self.union,
                unit_id=self.unit,
                part=Part(index=0, count=1),
                member_ids=[one.member_id for one in people],
                removed_at=self.bench.clock.now(),
            )
        )

    def removal(self, people: Sequence[Someone]) -> RemovalRequested:
        """The unit's request to remove these people."""
        return RemovalRequested(
            removal_id=uuid4(),
            union_id=self.union,
            unit_id=self.unit,
            part=Part(index=0, count=1),
            member_ids=[one.member_id for one in people],
            requested_at=self.bench.clock.now(),
            requested_by="handler",
        )

    async def verify(
        self,
        people: Sequence[Someone],
        card: CardStatus | None = NORMAL,
        employment: EmploymentStatus | None = EMPLOYED,
        *,
        union: UUID | None = None,
        unit: UUID | None = None,
        job: UUID | None = None,
        at: datetime | None = None,
        card_raw: str | None = None,
        employment_raw: str | None = None,
    ) -> None:
        parts = _parts(people)
        job = job or uuid4()
        for index, part in enumerate(parts):
            statuses = [
                VerifiedStatus(
                    member_id=one.member_id,
                    card=card,
                    card_raw=card_raw,
                    card_asked=not one.has_service_card,
                    employment=employment,
                    employment_raw=employment_raw,
                )
                for one in part
            ]
            await self.deliver(
                StatusesVerified(
                    job_id=job,
                    union_id=union or self.union,
                    unit_id=unit or self.unit,
                    part=Part(index=index, count=len(parts)),
                    checked_at=at or self.bench.clock.now(),
                    source="test",
                    statuses=statuses,
                )
            )

    async def ready_people(
        self, count: int, *, union: UUID | None = None, unit: UUID | None = None, prefix: str = "31010119900101"
    ) -> list[Someone]:
        """Members who are listed in 待提交 of the social-security-card channel."""
        people = roster(count, prefix)
        job = await self.import_people(people, union=union, unit=unit)
        await self.verify(people, union=union, unit=unit, job=job)
        return people

    async def deliver(self, event: Event, cause: UUID | None = None) -> None:
        await self.bench.deliver(event, cause=cause)
        assert await self.bench.dead_letters() == []

    async def submit(self, *, union: UUID | None = None, account: str | None = None, **body: Any) -> Response:
        union = union or self.union
        request = {
            "union_id": str(union),
            "enrollment_type": "immediate",
            "channel": "social_security_card",
            "plan": "A",
            **body,
        }
        headers = self.bench.token("handler", union, account=account or f"handler {union}")
        return await self.bench.client.post("/submissions", headers=headers, json=request)

    async def post(self, path: str, body: dict[str, Any], *, union: UUID | None = None) -> Response:
        headers = self.bench.token("handler", union or self.union)
        return await self.bench.client.post(path, headers=headers, json=body)

    async def put(
        self, path: str, body: dict[str, Any], *, role: str = "municipal", scope: UUID | None = None
    ) -> Response:
        headers = self.bench.token(role, scope or self.city)
        return await self.bench.client.put(path, headers=headers, json=body)

    async def get(self, path: str, *, role: str = "handler", scope: UUID | None = None, **query: Any) -> Any:
        headers = self.bench.token(role, scope or self.union)
        answer = await self.bench.client.get(path, headers=headers, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def counts(self, union: UUID | None = None, **query: Any) -> dict[str, Any]:
        found: dict[str, Any] = await self.get(
            "/candidates/summary", scope=union or self.union, union_id=str(union or self.union), **query
        )
        return found

    async def tab(self, name: str, **query: Any) -> list[dict[str, Any]]:
        listed = await self.get("/candidates", union_id=str(self.union), tab=name, page_size=500, **query)
        return list(listed["items"])

    async def published(self, kind: type[Event]) -> list[Any]:
        return [event for _, event in await self.bench.published() if isinstance(event, kind)]

    async def return_line(
        self, batch_no: str, line: dict[str, Any], returned: Sequence[UUID] = (), keeps: int = 0
    ) -> None:
        """The street returns the people in `returned`, or the whole line if `returned` is empty.

        `keeps`: the number of people who stay in the line.
        """
        await self.deliver(
            BatchReturned(
                batch_no=batch_no,
                line_id=line["line_id"],
                union_id=self.union,
                unit_id=line["unit_id"],
                whole=not returned,
                part=Part(index=0, count=1),
                member_ids=list(returned),
                reason="材料不齐",
                returned_by_union_id=self.street,
                returned_by_union="金桥街道总工会",
                returned_at=self.bench.clock.now(),
                heads=keeps,
                fee=Shares.of(city=1300, district=1300).times(keeps),
            )
        )

    async def complete_line(self, batch_no: str, line: dict[str, Any], submission_no: str) -> None:
        await self.deliver(
            BatchCompleted(
                batch_no=batch_no,
                line_id=line["line_id"],
                union_id=self.union,
                unit_id=line["unit_id"],
                submission_no=submission_no,
                heads=line["heads"],
                fee=Shares.model_validate(line["fee"]),
                completed_at=self.bench.clock.now(),
            )
        )


def submitted_people(events: Sequence[BatchSubmitted]) -> list[UUID]:
    return [person.member_id for event in events for person in event.people]


def _parts(people: Sequence[Someone]) -> list[Sequence[Someone]]:
    return [people[start : start + 500] for start in range(0, len(people), 500)]


def _personal(people: Sequence[Someone]) -> list[Personal]:
    return [Personal(name=one.name, document_number=one.number) for one in people]
