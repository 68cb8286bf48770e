"""The declaration of a route, as its API document shows it, and what follows from it for one caller and one target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from access.targets import Caller, Place, Target
from chassis.web import CITY_WIDE, Scope
from contracts.words import PLACED, Role, UnionType


class Verdict(Enum):
    """What a route does with a caller. An `UNSEEN` target must look like one that does not exist."""

    PERMITTED = "permitted"
    WRONG_ROLE = "wrong role"
    REFUSED = "refused"
    UNSEEN = "unseen"
    NO_TOKEN = "no token"


@dataclass(frozen=True, slots=True)
class Declared:
    """`x-access` of an operation."""

    act: str
    roles: tuple[str, ...]
    is_open: bool
    scope: Scope
    in_full: Mapping[str, Sequence[str]]
    place_types: tuple[UnionType, ...]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Declared":
        shown = document["shown"] or {"in_full": {}}
        return cls(
            document["act"],
            tuple(document["roles"]),
            document["open"],
            Scope(document["scope"]),
            shown["in_full"],
            tuple(UnionType(one) for one in document["place_types"]),
        )

    def verdict(self, caller: Caller | None, target: Target | None) -> Verdict:
        """`caller` None: a request without a token. `target` None: the request names no object of a union."""
        if self.is_open:
            return Verdict.PERMITTED
        if caller is None:
            return Verdict.NO_TOKEN
        if caller.role not in self.roles:
            return Verdict.WRONG_ROLE
        if self.scope is Scope.CITY and caller.role in CITY_WIDE:
            return Verdict.PERMITTED if caller.reaches_city else Verdict.REFUSED
        if caller.role in PLACED and not self._is_for_type(caller.place):
            return Verdict.REFUSED if target is None or knows(caller, target) else Verdict.UNSEEN
        if target is None:
            return Verdict.PERMITTED if self._without_target(caller) else Verdict.REFUSED
        if self.permits(caller, target):
            return Verdict.PERMITTED
        return Verdict.REFUSED if knows(caller, target) else Verdict.UNSEEN

    def _without_target(self, caller: Caller) -> bool:
        """A list without a filter is limited to the caller's reach. Only the list of accounts has no such limit."""
        return self.scope is not Scope.ACCOUNTS or (caller.role == Role.OPERATOR and caller.reaches_city)

    def _is_for_type(self, place: Place | None) -> bool:
        return not self.place_types or (place is not None and place.union_type in self.place_types)

    def permits(self, caller: Caller, target: Target) -> bool:
        """Whether the scope of the route permits this target. The role is not considered."""
        is_of_union, place = caller.role in PLACED, caller.place
        match self.scope:
            case Scope.NONE | Scope.CITY | Scope.FORWARDED:
                return True
            case Scope.SELF:
                return target.recipient == (caller.role, place)
            case Scope.OWN if is_of_union:
                return place is target.owner
            case Scope.CHAIN if is_of_union:
                return place in (target.owner, *target.chain)
            case Scope.TURN:
                return place is target.turn and not _submitted(caller, target)
            case Scope.ABOVE:
                return target.owner.is_below(place) and not _submitted(caller, target)
            case Scope.ACCOUNTS:
                return caller.role == Role.ACCOUNT_ADMIN and target.owner.is_below(place)
        return caller.reaches(target.owner)


def _submitted(caller: Caller, target: Target) -> bool:
    return caller.account is not None and caller.account == target.submitted_by


def knows(caller: Caller, target: Target) -> bool:
    """Whether the caller may know that the target exists: it reaches the owner, or it is part of the review chain."""
    return caller.reaches(target.owner) or (caller.role in PLACED and caller.place in target.chain)
