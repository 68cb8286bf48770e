"""The unions, units and people of a city, and how far each union has come in each year.

The same seed always gives the same city.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from hashlib import blake2b
from uuid import UUID

from contracts.words import UnionType, Word

#: The sizes of grassroots unions, as multiples of the mean size. Each union gets the next size of this list. After the
#: last size, the list begins again.
SIZES = (0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 1.5, 2.0)
#: How many units the grassroots unions have. Each union gets the next number of this list. After the last number, the
#: list begins again. The mean is 4.4.
UNITS = (1, 1, 1, 1, 1, 6, 10, 14)
#: A city has two large unions with LARGE members each. In a city with fewer than FULL_CITY members, both have fewer
#: members.
LARGE, FULL_CITY = 20_000, 200_000
#: About how many unions a street union reviews.
UNIONS_PER_STREET = 50
#: SUBMITTING_DAYS: on how many days of each year unions submit. FIRST_DAY: the first of these days, a day in January.
SUBMITTING_DAYS, FIRST_DAY = 60, 4


class Reached(Word):
    """How far the people of a union have come in a year."""

    NOT_SUBMITTED = "not_submitted"
    AT_STREET = "at_street"
    AT_DISTRICT = "at_district"
    STAGED = "staged"
    AWAITING = "awaiting"
    PAYABLE = "payable"
    SETTLED = "settled"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"

    @property
    def in_submission(self) -> bool:
        """Whether the district has submitted the lines to the center."""
        return self in (Reached.AWAITING, Reached.PAYABLE, Reached.SETTLED)

    @property
    def is_over(self) -> bool:
        """Whether the lines were returned or withdrawn."""
        return self in (Reached.RETURNED, Reached.WITHDRAWN)


#: For each value of Reached, how many of 100 unions have reached it in the current year.
SHARES = (
    (Reached.SETTLED, 64),
    (Reached.PAYABLE, 8),
    (Reached.AWAITING, 4),
    (Reached.STAGED, 4),
    (Reached.AT_DISTRICT, 4),
    (Reached.AT_STREET, 5),
    (Reached.RETURNED, 2),
    (Reached.WITHDRAWN, 1),
    (Reached.NOT_SUBMITTED, 8),
)
THIS_YEAR = tuple(reached for reached, share in SHARES for _ in range(share))


@dataclass(frozen=True, slots=True)
class CityUnit:
    unit_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class CityUnion:
    """A union. `path`: the ids from the city down to the union. `index`: its number among the unions of its kind."""

    union_id: UUID
    name: str
    kind: UnionType
    index: int
    path: tuple[UUID, ...]
    units: tuple[CityUnit, ...] = ()

    @property
    def parent_id(self) -> UUID | None:
        return self.path[-2] if len(self.path) > 1 else None


@dataclass(frozen=True)
class Layout:
    """The size of a city. `today`: the business date. `years`: the year before `today`, and the year of `today`."""

    members: int
    unions: int
    districts: int
    seed: int
    today: date

    @property
    def years(self) -> tuple[int, int]:
        return self.today.year - 1, self.today.year

    @property
    def streets(self) -> int:
        """How many second-level unions each district has."""
        return max(1, self.unions // self.districts // UNIONS_PER_STREET)

    def id_of(self, *what: object) -> UUID:
        """An id that depends on the seed and on `what` alone."""
        text = "|".join(map(str, (self.seed, *what)))
        return UUID(bytes=blake2b(text.encode(), digest_size=16).digest(), version=4)

    @cached_property
    def city(self) -> CityUnion:
        city_id = self.id_of("city")
        return CityUnion(city_id, "示例市总工会", UnionType.MUNICIPAL, 0, (city_id,))

    def district(self, index: int) -> CityUnion:
        union_id = self.id_of("district", index)
        path = (self.city.union_id, union_id)
        return CityUnion(union_id, f"示例{index + 1:03}区总工会", UnionType.DISTRICT, index, path)

    def street(self, district: int, index: int) -> CityUnion:
        union_id = self.id_of("street", district, index)
        path = (*self.district(district).path, union_id)
        name = f"示例{district + 1:03}区{index + 1:02}街道总工会"
        return CityUnion(union_id, name, UnionType.STREET, index, path)

    def superiors(self) -> Iterator[CityUnion]:
        """The city, its districts and their second-level unions."""
        yield self.city
        for district in range(self.districts):
            yield self.district(district)
            yield from (self.street(district, index) for index in range(self.streets))

    def place_of(self, index: int) -> tuple[int, int]:
        """The indexes of the district and of the street union to which a grassroots union belongs."""
        return index % self.districts, index // self.districts % self.streets

    def grassroots(self, index: int) -> CityUnion:
        union_id = self.id_of("union", index)
        count = 200 if index < 2 and self.size_of_large == LARGE else UNITS[index % len(UNITS)]
        kind = UnionType.COMMITTEE if count == 1 else UnionType.JOINT
        units = tuple(
            CityUnit(self.id_of("unit", index, number), f"示例{index + 1:05}企业{number + 1:03}")
            for number in range(count)
        )
        path = (*self.street(*self.place_of(index)).path, union_id)
        return CityUnion(union_id, f"示例{index + 1:05}工会", kind, index, path, units)

    @property
    def size_of_large(self) -> int:
        return LARGE if self.members >= FULL_CITY else self.members // 10

    def first_member(self, index: int) -> int:
        """How many members all grassroots unions with a smaller index have together."""
        if index <= 2:
            return min(index, 2) * self.size_of_large
        rest, turns = self.members - 2 * self.size_of_large, self.unions - 2
        return 2 * self.size_of_large + round(rest * _share(index - 2) / _share(turns))

    def reached(self, index: int, year: int) -> Reached:
        """How far a grassroots union has come in a year.

        The people of one large union are ready (待提交) and not submitted. The people of the other large union are
        pending at the reviewer (待审批).
        """
        if year < self.today.year:
            return Reached.NOT_SUBMITTED if index % 10 == 9 else Reached.SETTLED
        if index < 2:
            return (Reached.NOT_SUBMITTED, Reached.AT_DISTRICT)[index]
        # 37 and 100 have no common divisor. So any 100 consecutive unions of a district have all the states.
        return THIS_YEAR[(index // self.districts * 37 + index) % len(THIS_YEAR)]

    def submitted_on(self, index: int, year: int) -> date:
        """The day on which a union submits, always before `today`."""
        return date(year, 1, FIRST_DAY) + timedelta(days=index % self._days(year))

    def batch_no(self, index: int, year: int) -> str:
        """The number of a union's batch."""
        return f"CB{self.submitted_on(index, year):%Y%m%d}{index // self._days(year) + 1:04}"

    def _days(self, year: int) -> int:
        return min(SUBMITTING_DAYS, max(1, (self.today - date(year, 1, FIRST_DAY)).days))


def _share(index: int) -> float:
    """The sum of the first `index` sizes."""
    whole, rest = divmod(index, len(SIZES))
    return whole * sum(SIZES) + sum(SIZES[:rest])
