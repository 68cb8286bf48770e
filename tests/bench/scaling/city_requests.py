"""The lists, counts, filters and pages that screens read, as each role sees them in a loaded city."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from enrollctl.city.layout import CityUnion, Layout, Reached
from enrollctl.city.tables import CHECKER, ENROLLMENT, MEMBER, PAYMENT, REVIEW


@dataclass(frozen=True, slots=True)
class Place:
    """The caller of a request. `label`: the caller's name in the table of results."""

    label: str
    role: str
    union_id: UUID | None


@dataclass(frozen=True, slots=True)
class ScreenRequest:
    """A request that reads data. If it has a `body`, it is a POST, otherwise a GET."""

    place: Place
    service: str
    path: str
    parameters: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        """Route and filters, without ids."""
        shown = (self.body or self.parameters).items()
        filters = " ".join(f"{name}={value}" for name, value in shown if not name.endswith("_id"))
        return f"{self.service} {self.path} {filters}".strip()


class CityRequests:
    """The requests of all screens in a city. `/figures` is missing: the reconciliation reads it, but no screen does.

    `name` and `number`: the name and the document number of a member of the small union.
    """

    def __init__(self, layout: Layout, name: str, number: str) -> None:
        self._layout, self._person = layout, (name, number)
        self._year = layout.today.year

    @property
    def small(self) -> CityUnion:
        """A union of the usual size that has paid for its enrollments of this year."""
        usual = [index for index in range(2, self._layout.unions) if index % 8 == 4]
        found = next(index for index in usual if self._layout.reached(index, self._year) is Reached.SETTLED)
        return self._layout.grassroots(found)

    def all(self) -> list[ScreenRequest]:
        small, large = self.small, self._layout.grassroots(0)
        reviewed = self._layout.grassroots(1)
        district, city = self._layout.district(1), Place("city", "municipal", None)
        municipal = Place("city union", "municipal", self._layout.city.union_id)
        return [
            *self._handler(Place("union", "handler", small.union_id), small),
            *self._handler(Place("large union", "handler", large.union_id), large),
            *self._after_submission(Place("reviewed", "handler", reviewed.union_id), reviewed),
            *self._reviewer(Place("street", "reviewer", reviewed.path[2])),
            *self._reviewer(Place("district", "reviewer", district.union_id)),
            *self._reviewer(city),
            *self._people_of_lines(reviewed),
            *self._payments(Place("district", "reviewer", district.union_id)),
            *self._payments(city),
            *self._members(Place("district", "reviewer", district.union_id), None),
            *self._members(city, None),
            *self._city(city),
            *self._members(municipal, None),
            *self._reviewer(municipal),
        ]

    def _handler(self, place: Place, union: CityUnion) -> Iterator[ScreenRequest]:
        union_id, year = str(union.union_id), self._year
        yield from self._members(place, union_id)
        of_union = {"union_id": union_id}
        yield ScreenRequest(place, ENROLLMENT, "/candidates/summary", of_union | {"plan": "A"})
        for tab in ("ready", "to_verify"):
            yield ScreenRequest(place, ENROLLMENT, "/candidates", of_union | {"tab": tab})
            yield ScreenRequest(
                place, ENROLLMENT, "/candidates", of_union | {"tab": tab, "channel": "social_security_card"}
            )
        yield ScreenRequest(place, ENROLLMENT, "/candidates", of_union | {"page": 5, "page_size": 100})
        yield ScreenRequest(place, ENROLLMENT, "/candidates", of_union | {"employment_status": "employed"})
        yield ScreenRequest(place, ENROLLMENT, "/candidates", of_union | {"sort": "-employment_checked_at"})
        yield ScreenRequest(place, ENROLLMENT, "/candidates/search", body=of_union | {"name": self._person[0]})
        yield ScreenRequest(place, ENROLLMENT, "/candidates/search", body=of_union | {"number": self._person[1]})
        for state in ("open", "confirmed"):
            yield ScreenRequest(place, ENROLLMENT, "/confirmations", of_union | {"state": state})
        yield ScreenRequest(place, ENROLLMENT, "/steps", of_union | {"year": year})
        yield ScreenRequest(place, ENROLLMENT, "/progress", of_union | {"year": year})
        yield ScreenRequest(place, ENROLLMENT, "/batches", of_union)
        yield ScreenRequest(place, ENROLLMENT, "/batches", of_union | {"year": year, "state": "completed"})
        batch_no = self._layout.batch_no(union.index, year - 1)
        yield ScreenRequest(place, ENROLLMENT, f"/batches/{batch_no}")
        yield ScreenRequest(place, ENROLLMENT, f"/batches/{batch_no}", {"page": 3, "sort": "-member_no"})
        yield ScreenRequest(place, ENROLLMENT, "/enrollments/search", body=of_union | {"year": year - 1})
        yield ScreenRequest(place, ENROLLMENT, "/enrollments/search", body=of_union | {"number": self._person[1]})
        yield ScreenRequest(place, ENROLLMENT, "/rates", of_union | {"year": year})
        yield ScreenRequest(place, ENROLLMENT, "/plans", of_union | {"year": year})
        yield ScreenRequest(place, ENROLLMENT, "/notices")
        yield ScreenRequest(place, CHECKER, "/jobs", of_union)
        yield ScreenRequest(place, MEMBER, "/imports", of_union)
        yield ScreenRequest(place, MEMBER, f"/unions/{union_id}")
        yield ScreenRequest(place, MEMBER, f"/unions/{union_id}/units")

    def _after_submission(self, place: Place, union: CityUnion) -> Iterator[ScreenRequest]:
        of_union = {"union_id": str(union.union_id)}
        yield ScreenRequest(place, ENROLLMENT, "/candidates", of_union | {"tab": "ready"})
        yield ScreenRequest(place, ENROLLMENT, "/candidates/summary", of_union | {"plan": "A"})
        yield ScreenRequest(place, ENROLLMENT, "/progress", of_union | {"year": self._year})

    def _members(self, place: Place, union_id: str | None) -> Iterator[ScreenRequest]:
        of_union = {"union_id": union_id} if union_id else {}
        yield ScreenRequest(place, MEMBER, "/members", of_union)
        yield ScreenRequest(place, MEMBER, "/members", of_union | {"page": 5, "page_size": 100})
        yield ScreenRequest(place, MEMBER, "/members", of_union | {"document_type": "passport"})
        yield ScreenRequest(place, MEMBER, "/members", of_union | {"member_no": "007000000001"})
        yield ScreenRequest(place, MEMBER, "/members", of_union | {"sort": "-joined_on"})
        yield ScreenRequest(place, MEMBER, "/members/search", body=of_union | {"name": self._person[0]})
        yield ScreenRequest(place, MEMBER, "/members/search", body=of_union | {"number": self._person[1]})
        yield ScreenRequest(place, MEMBER, "/service-cards", of_union)
        yield ScreenRequest(place, MEMBER, "/members-without-card", of_union)
        yield ScreenRequest(place, MEMBER, "/card-batches", of_union)

    def _reviewer(self, place: Place) -> Iterator[ScreenRequest]:
        for listed in ("pending", "staged", "all"):
            yield ScreenRequest(place, REVIEW, "/lines", {"list": listed})
            yield ScreenRequest(place, REVIEW, "/lines/totals", {"list": listed})
            yield ScreenRequest(place, REVIEW, "/lines/options", {"list": listed})
        yield ScreenRequest(place, REVIEW, "/lines", {"list": "all", "page": 10})
        yield ScreenRequest(place, REVIEW, "/lines", {"list": "all", "unit_name": "企业001"})
        yield ScreenRequest(place, REVIEW, "/lines", {"list": "all", "channel": "service_card", "sort": "-heads"})
        yield ScreenRequest(place, REVIEW, "/lines", {"list": "all", "from": f"{self._year}-01-20"})
        yield ScreenRequest(place, REVIEW, "/submissions")
        yield ScreenRequest(place, REVIEW, "/submissions", {"state": "confirmed", "year": self._year})
        yield ScreenRequest(place, REVIEW, "/submissions", {"submission_no": f"CB{self._year}0120"})

    def _people_of_lines(self, union: CityUnion) -> Iterator[ScreenRequest]:
        place = Place("district", "reviewer", union.path[1])
        line_id = self._layout.id_of("line", self._year, union.units[0].unit_id, "social_security_card")
        yield ScreenRequest(place, REVIEW, f"/lines/{line_id}")
        yield ScreenRequest(place, REVIEW, f"/lines/{line_id}/people")
        yield ScreenRequest(place, REVIEW, f"/lines/{line_id}/people", {"page": 3})

    def _payments(self, place: Place) -> Iterator[ScreenRequest]:
        yield ScreenRequest(place, PAYMENT, "/dues")
        yield ScreenRequest(place, PAYMENT, "/dues", {"state": "settled", "sort": "-heads"})
        yield ScreenRequest(place, PAYMENT, "/dues", {"submission_no": f"CB{self._year}0120"})
        yield ScreenRequest(place, PAYMENT, "/dues/totals")
        yield ScreenRequest(place, PAYMENT, "/vouchers")
        yield ScreenRequest(place, PAYMENT, "/monitor", {"year": self._year})

    def _city(self, city: Place) -> Iterator[ScreenRequest]:
        year = self._year
        yield ScreenRequest(city, MEMBER, "/unions")
        yield ScreenRequest(city, MEMBER, "/unions", {"name": "00123"})
        yield ScreenRequest(city, MEMBER, "/unions", {"union_type": "joint", "page": 10})
        yield ScreenRequest(city, CHECKER, "/jobs")
        yield ScreenRequest(city, ENROLLMENT, "/enrollments/search", body={"year": year})
        yield ScreenRequest(city, ENROLLMENT, "/enrollments/search", body={"number": self._person[1]})
        yield ScreenRequest(city, REVIEW, "/reports/city-share", {"year": year})
        for service in (MEMBER, ENROLLMENT, REVIEW, PAYMENT, CHECKER):
            yield ScreenRequest(city, service, "/notices")
