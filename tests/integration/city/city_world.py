"""The city of the tests: its size, its services, and requests to them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import console.__main__
import enrollment_svc.__main__
import member_svc.__main__
import payment_svc.__main__
import review_svc.__main__
import status_checker.__main__
from chassis.testing import NOON, Bench
from enrollctl.city.layout import CityUnion, Layout, Reached
from enrollctl.city.loader import CityLoader, LoadReport

CITY = Layout(members=20_000, unions=400, districts=20, seed=7, today=NOON.date())
YEAR = CITY.today.year
SERVICES = {
    "member-svc": member_svc.__main__.service,
    "status-checker": status_checker.__main__.service,
    "enrollment-svc": enrollment_svc.__main__.service,
    "review-svc": review_svc.__main__.build_service(),
    "payment-svc": payment_svc.__main__.service,
    "console": console.__main__.service,
}

#: Settings without a default. No test of the city calls a registry or the center.
SETTINGS = {
    "status-checker": {"registry_url": "http://registry"},
    "payment-svc": {"center_url": "http://center", "public_url": "http://payment-svc", "voucher_store": "unused"},
    "console": {"public_url": "http://console", "services": {}},
}


@dataclass(frozen=True)
class CityWorld:
    """`urls`: for each service, the DSN of its database with the role that owns the tables."""

    benches: dict[str, Bench]
    urls: dict[str, str]
    loader: CityLoader
    report: LoadReport

    async def get(self, service: str, role: str, place: UUID | None, path: str, **parameters: Any) -> Any:
        """The answer to a GET."""
        bench = self.benches[service]
        answer = await bench.client.get(path, params=parameters, headers=bench.token(role, place))
        assert answer.status_code == 200, f"{path} {answer.status_code} {answer.text}"
        return answer.json()

    async def post(self, service: str, role: str, place: UUID | None, path: str, body: dict[str, Any]) -> Any:
        """The answer to a POST."""
        bench = self.benches[service]
        answer = await bench.client.post(path, json=body, headers=bench.token(role, place))
        assert answer.status_code in (200, 201), f"{path} {answer.status_code} {answer.text}"
        return answer.json()


def union_that(reached: Reached) -> CityUnion:
    """A grassroots union of the usual size whose people have come as far as `reached` in the current year."""
    index = next(index for index in range(2, CITY.unions) if CITY.reached(index, YEAR) is reached)
    return CITY.grassroots(index)


def district_of(union: CityUnion) -> UUID:
    return union.path[1]
