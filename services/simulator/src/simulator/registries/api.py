"""HTTP routes of the two registries: queries, and loading of records."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from chassis.domain import Clock
from contracts.words import DocumentType
from simulator.faults.store import Faults
from simulator.faults.target import Target
from simulator.fingerprints import Fingerprints
from simulator.refusals import Answer, Refused
from simulator.registries.records import Records
from simulator.registries.uploads import csv_rows, json_rows
from simulator.registries.words import UNCLEAR_CARD, UNCLEAR_EMPLOYMENT, UNDOCUMENTED

MAX_PEOPLE = 500


class PersonQuery(BaseModel):
    ref: str = Field(max_length=100, description="the caller's own reference; returned unchanged")
    document_type: DocumentType
    number: str = Field(min_length=1, max_length=64)


class Query(BaseModel):
    people: list[PersonQuery]


class Registries:
    """Answers queries from the loaded records. A fault may leave people out, or replace a code by 99 (unknown)."""

    def __init__(self, records: Records, fingerprints: Fingerprints, faults: Faults, clock: Clock) -> None:
        self._records, self._fingerprints, self._faults, self._clock = records, fingerprints, faults, clock

    async def answer(self, target: Target, query: Query) -> dict[str, Any]:
        """The registry's reply. If `partial`, a fault left some people out, and the caller should ask about them again.

        A number that was never loaded gets the code for unclear. A number that was loaded as "-" has no record and gets
        no answer (A42).
        """
        numbers = [self._fingerprints.number(person.number) for person in query.people]
        codes = await self._records.codes(target.value, numbers)
        unclear = UNCLEAR_CARD if target is Target.CARD else UNCLEAR_EMPLOYMENT
        trouble, as_of = self._faults.of(target), self._clock.now().isoformat()
        answers: list[dict[str, str]] = []
        partial = False
        for person, number in zip(query.people, numbers, strict=True):
            code = codes.get(number, unclear)
            if code is None:
                continue
            if trouble.leaves_out():
                partial = True
                continue
            answers.append({"ref": person.ref, "code": UNDOCUMENTED if trouble.garbles() else code, "as_of": as_of})
        return {"answers": answers} | ({"partial": True} if partial else {})


def registries_router(registries: Registries, records: Records, fingerprints: Fingerprints) -> APIRouter:
    router = APIRouter(prefix="/registries", tags=["registries"])

    @router.post("/card/query")
    async def query_card(query: Query) -> Answer:
        """Status codes of social security cards: `{"answers": [{"ref", "code", "as_of"}], "partial": true?}`.

        A query about more than 500 people gets 413.
        """
        return Answer(await registries.answer(Target.CARD, _bounded(query)))

    @router.post("/employment/query")
    async def query_employment(query: Query) -> Answer:
        """Codes of employment; request and answer have the same fields as those of the card registry."""
        return Answer(await registries.answer(Target.EMPLOYMENT, _bounded(query)))

    @router.put("/records")
    async def load(request: Request) -> Answer:
        """Add or overwrite records. The body is CSV, or JSON if the content type says so. All are stored, or none."""
        as_json = request.headers.get("content-type", "").startswith("application/json")
        convert = json_rows if as_json else csv_rows
        return Answer(await records.merge(convert(request.stream(), fingerprints)))

    @router.delete("/records")
    async def clear() -> Answer:
        return Answer(await records.clear())

    return router


def _bounded(query: Query) -> Query:
    if len(query.people) > MAX_PEOPLE:
        message = f"at most {MAX_PEOPLE} people in one query"
        raise Refused(413, "TOO_MANY_PEOPLE", message, limit=MAX_PEOPLE, asked=len(query.people))
    return query
