"""HTTP routes of the two registries: queries, and loading of records."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

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


class PersonQuery(TypedDict):
    ref: Annotated[str, Field(max_length=100, description="the caller's own reference; returned unchanged")]
    document_type: DocumentType
    number: Annotated[str, Field(min_length=1, max_length=64)]


class Query(TypedDict):
    people: list[PersonQuery]


#: Validates the bytes of the body. Parsing the bytes first and making an object for each person would take three times
#: as long.
QUERY = TypeAdapter(Query)


class Registries:
    """Answers queries from the loaded records. A fault can leave people out, or replace a code by 99 (unknown)."""

    def __init__(self, records: Records, fingerprints: Fingerprints, faults: Faults, clock: Clock) -> None:
        self._records, self._fingerprints, self._faults, self._clock = records, fingerprints, faults, clock

    async def answer(self, target: Target, query: Query) -> dict[str, Any]:
        """The registry's reply. If `partial` is true, a fault left some people out, and the caller should ask about
        these people again.

        A number that was never loaded gets the code for unclear. A number that was loaded with the word "-" has no
        record and gets no answer (A42).
        """
        people = query["people"]
        numbers = self._fingerprints.numbers(person["number"] for person in people)
        codes = await self._records.codes(target.value, numbers)
        unclear = UNCLEAR_CARD if target is Target.CARD else UNCLEAR_EMPLOYMENT
        trouble, as_of = self._faults.of(target), self._clock.now().isoformat()
        found = [
            (person["ref"], code)
            for person, number in zip(people, numbers, strict=True)
            if (code := codes.get(number, unclear)) is not None
        ]
        answers: list[dict[str, str]] = []
        for ref, code in found:
            if not trouble.leaves_out():
                answers.append({"ref": ref, "code": UNDOCUMENTED if trouble.garbles() else code, "as_of": as_of})
        return {"answers": answers} | ({"partial": True} if len(answers) < len(found) else {})


def registries_router(registries: Registries, records: Records, fingerprints: Fingerprints) -> APIRouter:
    router = APIRouter(prefix="/registries", tags=["registries"])

    @router.post("/card/query")
    async def query_card(request: Request) -> Answer:
        """Status codes of social security cards: `{"answers": [{"ref", "code", "as_of"}], "partial": true?}`.

        A query about more than 500 people gets 413.
        """
        return Answer(await registries.answer(Target.CARD, _read(await request.body())))

    @router.post("/employment/query")
    async def query_employment(request: Request) -> Answer:
        """Codes of employment; request and answer have the same fields as those of the card registry."""
        return Answer(await registries.answer(Target.EMPLOYMENT, _read(await request.body())))

    @router.put("/records")
    async def load(request: Request) -> Answer:
        """Add or overwrite records. The body is CSV, or JSON if the content type says so. All records are stored, or
        none.
        """
        as_json = request.headers.get("content-type", "").startswith("application/json")
        convert = json_rows if as_json else csv_rows
        return Answer(await records.merge(convert(request.stream(), fingerprints)))

    @router.delete("/records")
    async def clear() -> Answer:
        return Answer(await records.clear())

    return router


def _read(body: bytes) -> Query:
    try:
        query = QUERY.validate_json(body)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False, include_input=False)) from None
    if len(query["people"]) > MAX_PEOPLE:
        message = f"at most {MAX_PEOPLE} people in one query"
        raise Refused(413, "TOO_MANY_PEOPLE", message, limit=MAX_PEOPLE, asked=len(query["people"]))
    return query
