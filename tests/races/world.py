"""The unions and accounts of the races: shared unions, a union for second memberships, and a union for each subject
that needs its own.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import httpx
from system.cluster import Cluster, Resident, roster_of

from contracts.words import Role, UnionType
from enrollctl.demo.stages.caller import Caller
from enrollctl.demo.stages.journey import XLSX
from enrollctl.demo.stages.tree import DISTRICT, TreeUnion, demo_id
from enrollctl.errors import Failure
from enrollctl.roster.resident_ids import resident_id
from faults.platform.platform import Platform, business_day

YEAR = business_day().year
#: Long enough even on a machine that is busy with other programs.
PATIENCE_S, PAUSE_S = 400.0, 0.1
#: The number of unions that the subjects without a union of their own share. With one union, preparations would be
#: slow, because submissions of one union wait for each other.
SHARED = 4
#: How many resident numbers there are for one date of birth.
A_DAY = 900


def until(what: str, holds: Callable[[], bool]) -> None:
    """Wait until `holds()` is true. Raises Failure with `what` after PATIENCE_S."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > deadline:
            raise Failure(f"not within {PATIENCE_S:.0f} s: {what}")
        time.sleep(PAUSE_S)


@dataclass(frozen=True, slots=True)
class Home:
    """A union with one unit, below a street that reviews its submissions."""

    street: TreeUnion
    union: TreeUnion

    @property
    def unit_id(self) -> str:
        return str(self.union.units[0][0])


class World:
    """The unions of a run, and callers for all accounts. Each caller sends its requests either to random replicas or
    always to the same replica.
    """

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.cluster = Cluster(platform, "赛跑镇")  # type: ignore[arg-type]
        cluster = [Home(street, union) for street, union in zip(self.cluster.streets, self.cluster.unions, strict=True)]
        self.shared = [cluster[0], *(own_home(f"shared-{number}") for number in range(1, SHARED))]
        self.elsewhere = cluster[1]
        self._client = httpx.Client(timeout=90.0, limits=httpx.Limits(max_connections=None))
        self.caller = cache(self._caller)

    def _caller(self, role: Role, place: TreeUnion | None, who: int = 0, at: int | None = None) -> Caller:
        """A caller for the account with the number `who` of this role at the union. `at`: the number of the replica
        that the caller sends all requests to; None = to random replicas.
        """

        def url_of(service: str) -> str:
            return self.platform.url(service) if at is None else self._replica(service, at)

        return Caller(
            url_of,
            self.platform.keys,
            account=f"races-{role.value}-{place.name if place else 'all'}-{who}",
            role=role,
            union_id=place.union_id if place else None,
            client=self._client,
            patience_s=PATIENCE_S,
        )

    def _replica(self, service: str, number: int) -> str:
        urls = [one.url for one in list(self.platform.rig_stack.workers.values()) if one.spec.name == service]
        return urls[number % len(urls)]

    @property
    def federation(self) -> Caller:
        """The account of 市总, which writes the union tree, the plans and the rates."""
        return self.cluster.city

    @property
    def center(self) -> Caller:
        """The account that sets how the simulated center decides."""
        return self.cluster.operator

    def district(self, who: int = 0, at: int | None = None) -> Caller:
        return self.caller(Role.REVIEWER, DISTRICT, who, at)

    def build(self, homes: Sequence[Home]) -> None:
        """Write the upper unions, the shared unions and `homes`, and wait until every service has copied them."""
        self.cluster.settle(YEAR)
        places = [place for home in (*self.shared[1:], *homes) for place in (home.street, home.union)]
        unions = [place.body() | {"union_id": str(place.union_id)} for place in places]
        self.federation.act("member-svc", "/unions/bulk", {"unions": unions})
        self.platform.settle()

    def import_roster(self, home: Home, people: Sequence[Resident], *, check: bool, who: int = 0) -> dict[str, Any]:
        """Upload a roster, confirm its import, and wait until the import is applied. Returns the finished import.
        Raises Refused.
        """
        handler = self.caller(Role.HANDLER, home.union, who)
        fields = {"union_id": str(home.union.union_id), "unit_id": home.unit_id, "check_on_import": str(check).lower()}
        started = handler.upload("member-svc", "/imports", fields, "roster.xlsx", roster_of(people), XLSX)
        path = f"/imports/{started['import_id']}"
        until("the roster is checked", lambda: handler.get("member-svc", path)["state"]["code"] != "checking")
        handler.act("member-svc", f"{path}/confirm", {})
        until("the roster is applied", lambda: handler.get("member-svc", path)["state"]["code"] != "applying")
        ended: dict[str, Any] = handler.get("member-svc", path)
        return ended

    def member_ids(self, home: Home) -> dict[str, str]:
        """Name → member id of the people in the union's list."""
        listed = self.caller(Role.HANDLER, home.union).pages("member-svc", "/members")
        return {one["name"]: one["member_id"] for one in listed}


def own_home(number: int | str) -> Home:
    """A street, and below it a union with one unit that no other subject uses."""
    street = TreeUnion(demo_id(f"race|street|{number}"), f"赛跑第{number}街道总工会", UnionType.STREET, DISTRICT)
    unit = (demo_id(f"race|unit|{number}"), f"赛跑第{number}公司")
    union_id = demo_id(f"race|union|{number}")
    return Home(street, TreeUnion(union_id, f"赛跑第{number}工会委员会", UnionType.COMMITTEE, street, (unit,)))


def runner(number: int) -> Resident:
    """A person with a document number derived from `number`."""
    born = date(1985, 6, 15) + timedelta(days=number // A_DAY)
    return Resident(f"赛跑者{number:04d}", resident_id("310115", born, number % A_DAY + 1))
