"""status-checker on a real database, with registries that answer as the test sets."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import httpx
import pytest

from chassis.testing import Bench, service_under_test
from contracts.fields import Part, Personal
from contracts.members import Member, MembersImported
from contracts.statuses import CheckStatuses, PersonToCheck, StatusesVerified
from contracts.unions import UnionChanged
from contracts.words import DocumentType, UnionType
from status_checker.__main__ import service
from support.databases import Templates


@dataclass
class City:
    """Stands in for both registries. `codes`: registry → document number → status code. For a document number without a
    code, the registry has no record."""

    codes: dict[str, dict[str, str]] = field(default_factory=lambda: {"card": {}, "employment": {}})
    down: set[str] = field(default_factory=set)
    leave_out: dict[str, set[str]] = field(default_factory=dict)
    asked: list[tuple[str, list[str]]] = field(default_factory=list)
    #: Queries about this document number never get an answer.
    silent_about: str | None = None
    silent: asyncio.Event = field(default_factory=asyncio.Event)

    def knows(self, number: str, card: str | None, employment: str | None) -> None:
        for registry, code in (("card", card), ("employment", employment)):
            if code is not None:
                self.codes[registry][number] = code

    async def answer(self, request: httpx.Request) -> httpx.Response:
        registry = request.url.path.split("/")[2]
        people = json.loads(request.content)["people"]
        self.asked.append((registry, [person["number"] for person in people]))
        if self.silent_about in [person["number"] for person in people]:
            self.silent.set()
            await asyncio.Event().wait()
        if registry in self.down:
            return httpx.Response(503)
        left_out = self.leave_out.pop(registry, set())
        found = [p for p in people if p["number"] in self.codes[registry] and p["number"] not in left_out]
        answers = [{"ref": p["ref"], "code": self.codes[registry][p["number"]], "as_of": "2024"} for p in found]
        return httpx.Response(200, json={"answers": answers, "partial": bool(left_out)})


@dataclass
class Checker:
    """The service, with the events and requests that a test needs."""

    bench: Bench
    city: City
    district_id: UUID = field(default_factory=uuid4)
    union_id: UUID = field(default_factory=uuid4)
    unit_id: UUID = field(default_factory=uuid4)

    async def plant_unions(self) -> None:
        for union_id, path in (
            (self.district_id, [self.district_id]),
            (self.union_id, [self.district_id, self.union_id]),
        ):
            await self.bench.deliver(
                UnionChanged(
                    union_id=union_id,
                    name="工会",
                    union_type=UnionType.COMMITTEE,
                    parent_id=path[-2] if len(path) > 1 else None,
                    path=path,
                    units=[],
                    changed_at=self.bench.clock.now(),
                )
            )

    def imported(
        self,
        *people: tuple[str, DocumentType, bool],
        part: Part | None = None,
        import_id: UUID | None = None,
        check: bool = True,
    ) -> tuple[MembersImported, UUID]:
        """The event of one part of an import, and its cause id. `people`: document number, document type, and whether
        the person has a service card."""
        part, cause = part or Part(index=0, count=1), uuid4()
        personal = [Personal(name="王小明", document_number=number) for number, _, _ in people]
        event = MembersImported(
            import_id=import_id or uuid4(),
            union_id=self.union_id,
            unit_id=self.unit_id,
            part=part,
            members=[self._member(number, kind, has_card=has_card) for number, kind, has_card in people],
            sealed=self.bench.sealed(MembersImported, str(self.unit_id), part.index, personal, cause),
            check_on_import=check,
            imported_at=self.bench.clock.now(),
        )
        return event, cause

    def requested(self, *people: tuple[str, bool]) -> tuple[CheckStatuses, UUID]:
        """The event of a requested check, and its cause id. `people`: document number, and whether to ask the card
        registry."""
        part, cause = Part(index=0, count=1), uuid4()
        personal = [Personal(name="王小明", document_number=number) for number, _ in people]
        event = CheckStatuses(
            job_id=uuid4(),
            union_id=self.union_id,
            unit_id=self.unit_id,
            part=part,
            people=[
                PersonToCheck(member_id=uuid4(), document_type=DocumentType.RESIDENT_ID, ask_card=ask)
                for _, ask in people
            ],
            sealed=self.bench.sealed(CheckStatuses, str(self.unit_id), 0, personal, cause),
            requested_at=self.bench.clock.now(),
            due_at=None,
        )
        return event, cause

    def _member(self, number: str, kind: DocumentType, *, has_card: bool) -> Member:
        return Member(
            member_id=uuid4(),
            member_no="M1",
            person_key=self.bench.database.tools.index.person_key(kind.value, number),
            document_type=kind,
            masked_name="王*明",
            masked_number="3101**********1230",
            has_service_card=has_card,
        )

    async def verified(self) -> list[StatusesVerified]:
        return [event for _, event in await self.bench.published() if isinstance(event, StatusesVerified)]

    async def retry_now(self) -> int:
        """Make postponed jobs due, and run them."""
        async with self.bench.database.connection() as connection:
            await connection.execute("UPDATE jobs SET next_at = now() WHERE state = 'due'")
        return await self.bench.run_jobs()


@pytest.fixture
async def database(templates: Templates) -> AsyncIterator[str]:
    async with templates.copy(service.migration_packages) as url:
        yield url


@pytest.fixture
async def checker(database: str) -> AsyncIterator[Checker]:
    city = City()
    async with service_under_test(service, database, registry_url="http://city") as bench:
        await bench.runtime.http.aclose()
        bench.runtime.http = httpx.AsyncClient(transport=httpx.MockTransport(city.answer))
        checker = Checker(bench, city)
        await checker.plant_unions()
        yield checker
