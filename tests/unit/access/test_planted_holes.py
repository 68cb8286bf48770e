"""The walk over a made-up service: it finds nothing in a service that keeps its declarations, and each planted hole."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest
from access.judge import Answer, Judge
from access.requests import Request
from access.routes import routes_of
from access.targets import Caller, Place, Secret, Target
from access.walk import Walk

from chassis.web import CITY_WIDE, DISTRICTS, Allowed, InFull, Scope
from contracts.words import Role, UnionType

CITY = Place("city", uuid4(), UnionType.MUNICIPAL)
DISTRICT = Place("grandparent", uuid4(), UnionType.DISTRICT, CITY)
STREET = Place("parent", uuid4(), UnionType.STREET, DISTRICT)
OWN = Place("own", uuid4(), UnionType.COMMITTEE, STREET)
SIBLING = Place("sibling", uuid4(), UnionType.COMMITTEE, STREET)
FAR = Place("far district", uuid4(), UnionType.DISTRICT, CITY)
PLACES = (CITY, DISTRICT, STREET, OWN, SIBLING, FAR)
NOTE, NAME = str(uuid4()), "门禁员一"

READ = Allowed("查看便条", (Role.HANDLER, Role.REVIEWER, Role.AUDITOR), Scope.SUBTREE, InFull(names=(Role.HANDLER,)))
REVIEW = Allowed("审核便条", (Role.REVIEWER,), Scope.TURN)
PAY = Allowed("缴费", (Role.REVIEWER,), Scope.OWN, place_types=DISTRICTS)
SETTINGS = Allowed("设置", (Role.MUNICIPAL,), Scope.CITY)

#: Who sent a request, and the id in its path.
Asked = tuple[Caller | None, str]
Handler = Callable[[Caller, str], tuple[int, Any]]


def refused(code: str = "FORBIDDEN") -> tuple[int, Any]:
    return 403, {"code": code}


def show(caller: Caller, note: str) -> tuple[int, Any]:
    if note != NOTE or not caller.reaches(OWN):
        return refused()
    return 200, {"note_id": NOTE, "name": NAME if caller.role == Role.HANDLER else "门**一"}


def listed(caller: Caller, _: str) -> tuple[int, Any]:
    return 200, {"items": [show(caller, NOTE)[1]] if caller.reaches(OWN) else []}


def review(caller: Caller, note: str) -> tuple[int, Any]:
    if note != NOTE or not (caller.reaches(OWN)):
        return refused()
    if caller.place is not STREET or caller.account == "wang":
        return refused("OWN_SUBMISSION")
    return 409, {"code": "STALE_VERSION"}


def pay(caller: Caller, _: str) -> tuple[int, Any]:
    is_district = caller.place is not None and caller.place.union_type is UnionType.DISTRICT
    return (200, {}) if is_district else refused("NOT_DISTRICT_UNION")


def put_settings(caller: Caller, _: str) -> tuple[int, Any]:
    return (200, {}) if caller.reaches_city else refused("CITY_SCOPE_REQUIRED")


ROUTES: dict[tuple[str, str], tuple[Allowed, Handler]] = {
    ("GET", "/notes/{note_id}"): (READ, show),
    ("GET", "/notes"): (READ, listed),
    ("POST", "/notes/{note_id}/review"): (REVIEW, review),
    ("POST", "/payments"): (PAY, pay),
    ("PUT", "/settings"): (SETTINGS, put_settings),
}


class MadeUpService:
    """`planted`: handlers that replace those of `ROUTES`; `checks_role` false: the framework checks no role."""

    def __init__(self, planted: Mapping[str, Handler], *, checks_role: bool = True) -> None:
        self._planted, self._checks_role = planted, checks_role
        self._callers: dict[str, Caller] = {}

    @property
    def document(self) -> dict[str, Any]:
        paths: dict[str, Any] = {}
        for (method, path), (allowed, _) in ROUTES.items():
            parameters = [{"name": "note_id", "in": "path", "required": True}] if "{" in path else []
            if method != "GET":
                parameters.append({"name": "Idempotency-Key", "in": "header", "required": True})
            operation = {"x-access": json.loads(json.dumps(allowed.document)), "parameters": parameters}
            paths.setdefault(path, {})[method.lower()] = operation
        return {"paths": paths}

    def token(self, caller: Caller, _: object) -> str:
        self._callers[key := str(uuid4())] = caller
        return key

    async def send(self, service: str, request: Request, headers: dict[str, str]) -> Answer:
        path = request.path
        for (method, pattern), (allowed, handler) in ROUTES.items():
            before, _, after = pattern.partition("{note_id}")
            if method == request.method and path.startswith(before) and path.endswith(after) and _fits(pattern, path):
                note = path.removeprefix(before).removesuffix(after)
                caller = self._callers.get(headers.get("Authorization", ""))
                status, body = self._answer(allowed, self._planted.get(f"{method} {pattern}", handler), caller, note)
                return Answer(status, json.dumps(body, ensure_ascii=False))
        return Answer(200, "{}")

    def _answer(self, allowed: Allowed, handler: Handler, caller: Caller | None, note: str) -> tuple[int, Any]:
        if caller is None:
            return 401, {"code": "UNAUTHENTICATED"}
        if self._checks_role and caller.role not in allowed.roles:
            return refused("FORBIDDEN_ROLE")
        return handler(caller, note)


def _fits(pattern: str, path: str) -> bool:
    return pattern.count("/") == path.count("/")


async def walked(planted: Mapping[str, Handler], *, checks_role: bool = True) -> Walk:
    service = MadeUpService(planted, checks_role=checks_role)
    note = Target(
        "note", OWN, {"note_id": NOTE}, chain=(STREET, DISTRICT), turn=STREET, submitted_by="wang",
    )  # fmt: skip
    callers = [Caller(role, place) for role in Role for place in (*PLACES, *([None] if role in CITY_WIDE else []))]
    secrets = (Secret(NOTE, (OWN,)), Secret(NAME, (OWN,), "names"))
    routes = list(routes_of("made-up", service.document))
    walk = Walk(routes, callers, [note], Judge(secrets), service.send, service.token)
    await walk.run()
    return walk


@pytest.mark.row("D02", "D03")
async def test_a_service_that_keeps_its_declarations_has_no_hole():
    walk = await walked({})
    assert dict(walk.holes) == {}
    assert (len(walk.routes), walk.combinations > 200) == (10, True)


def everybody_sees(_: Caller, note: str) -> tuple[int, Any]:
    return (200, {"note_id": note}) if note == NOTE else refused()


def shows_that_it_exists(caller: Caller, note: str) -> tuple[int, Any]:
    return show(caller, note) if note == NOTE else (404, {"code": "NOT_FOUND"})


def full_list(_: Caller, __: str) -> tuple[int, Any]:
    return 200, {"items": [{"note_id": NOTE}]}


def unmasked(caller: Caller, note: str) -> tuple[int, Any]:
    status, body = show(caller, note)
    return status, body | {"name": NAME} if status == 200 else body


def own_submission(caller: Caller, note: str) -> tuple[int, Any]:
    return review(Caller(caller.role, caller.place), note)


def every_superior(caller: Caller, note: str) -> tuple[int, Any]:
    return (409, {"code": "STALE_VERSION"}) if note == NOTE and caller.reaches(OWN) else refused()


def nobody(_: Caller, __: str) -> tuple[int, Any]:
    return refused()


@pytest.mark.row("D02", "D03", "A29")
@pytest.mark.parametrize(
    ("planted", "shown"),
    [
        ({"GET /notes/{note_id}": everybody_sees}, "shows that the id exists"),
        ({"GET /notes/{note_id}": shows_that_it_exists}, "but 404 'NOT_FOUND' for an id that does not exist"),
        ({"GET /notes": full_list}, "shows a foreign id"),
        ({"GET /notes/{note_id}": unmasked}, "shows names in full"),
        ({"POST /notes/{note_id}/review": own_submission}, "(wang) × note: is out of scope"),
        ({"POST /notes/{note_id}/review": every_superior}, "reviewer at grandparent × note: is out of scope"),
        ({"POST /notes/{note_id}/review": nobody}, "its refusals prove nothing"),
        ({"GET /notes/{note_id}": nobody}, "is permitted, and answers 403 FORBIDDEN"),
        ({"POST /payments": lambda *_: (200, {})}, "reviewer at own × no target: is out of scope"),
        ({"PUT /settings": lambda *_: (200, {})}, "municipal at grandparent × no target: is out of scope"),
    ],
)
async def test_a_planted_hole_is_found(planted: dict[str, Handler], shown: str):
    walk = await walked(planted)
    assert any(shown in hole for hole in walk.holes), "\n".join(walk.holes)


@pytest.mark.row("D02")
async def test_a_role_that_is_not_checked_is_found():
    walk = await walked({}, checks_role=False)
    assert any("is not for this role" in hole for hole in walk.holes)


@pytest.mark.parametrize(("times", "is_hole"), [(1, False), (10**6, True)])
async def test_a_request_that_is_put_off_is_sent_again_and_one_that_stays_so_is_a_hole(times: int, is_hole: bool):
    left = [times]

    def put_off(caller: Caller, note: str) -> tuple[int, Any]:
        left[0] -= 1
        return (503, {"code": "TRY_AGAIN"}) if left[0] >= 0 else show(caller, note)

    walk = await walked({"GET /notes/{note_id}": put_off})
    assert any("answers 503 TRY_AGAIN" in hole for hole in walk.holes) is is_hole


def test_unknown_values_have_the_names_and_forms_of_the_target():
    target = Target("line", OWN, {"line_id": NOTE, "line_ids": [NOTE], "batch_no": "CB202405100002", "year": 2024})
    unknown = target.unknown
    assert unknown.keys() == target.values.keys()
    assert UUID(unknown["line_id"]) != UUID(NOTE)
    assert unknown["line_ids"] != [NOTE]
    assert (unknown["batch_no"], unknown["year"]) == ("CB202405999999", 2024)
