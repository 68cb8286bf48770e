"""Who calls, and what is called for: unions in their tree, callers, and objects of a union in all their states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from chassis.web import CITY_WIDE
from contracts.words import Role, UnionType


@dataclass(frozen=True, eq=False, slots=True)
class Place:
    """A union. `relation`: its relation to the union whose data are called for, as in "sibling"."""

    relation: str
    union_id: UUID
    union_type: UnionType
    parent: "Place | None" = None

    def is_below(self, place: "Place | None") -> bool:
        """Whether the union is strictly below `place`. None = the whole city."""
        return self is not place and self.is_within(place)

    def is_within(self, place: "Place | None") -> bool:
        return place is None or place is self or (self.parent is not None and self.parent.is_within(place))


@dataclass(frozen=True, slots=True)
class Caller:
    """A role at a place; `place` None: the token names no union. `account` None: an account that did nothing before."""

    role: Role
    place: Place | None
    account: str | None = None

    def reaches(self, owner: Place) -> bool:
        if self.place is None:
            return self.role in CITY_WIDE
        return owner.is_within(self.place)

    @property
    def reaches_city(self) -> bool:
        return self.role in CITY_WIDE and (self.place is None or self.place.union_type is UnionType.MUNICIPAL)

    @property
    def name(self) -> str:
        where = self.place.relation if self.place else "no union"
        return f"{self.role.value} at {where}" + (f" ({self.account})" if self.account else "")


@dataclass(frozen=True, slots=True)
class Target:
    """An object of a union. `values`: what requests call it by, from the name of a parameter or field to its value.

    `by`: a request is for this target only if it has one of these names; empty = for requests that fit no other target.
    `harmless`: values for requests that are permitted. With them a command passes the check of access and is then
    refused for another reason, so that the walk changes nothing that it needs. `chain`: the unions that submitted or
    review a line. `turn`: the union that has to review it. `submitted_by`: the account that submitted or requested it.
    `recipient`: the role and union to which a notice is addressed.
    """

    name: str
    owner: Place
    values: Mapping[str, Any]
    by: frozenset[str] = frozenset()
    harmless: Mapping[str, Any] = field(default_factory=dict)
    chain: Sequence[Place] = ()
    turn: Place | None = None
    submitted_by: str | None = None
    recipient: tuple[Role, Place] | None = None

    @property
    def unknown(self) -> dict[str, Any]:
        """The same names with values of the same form that do not exist."""
        return {name: _unknown(value) for name, value in self.values.items()}


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that only callers who reach one of `owners` may see. `kind`: "id", or the personal data that it is."""

    text: str
    owners: tuple[Place, ...]
    kind: str = "id"


def _unknown(value: Any) -> Any:
    if isinstance(value, list):
        return [_unknown(one) for one in value]
    if not isinstance(value, str):
        return value
    try:
        UUID(value)
    except ValueError:
        return value[:-6] + "999999" if value[-6:].isdecimal() else value
    return str(uuid4())
