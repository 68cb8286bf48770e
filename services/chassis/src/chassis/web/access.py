"""Who may do what: a route declares its act and the roles that may; one check and docs/access.md read the declaration.

Where in the tree an account may act is said by `chassis.web`; a route whose act concerns the whole city declares it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, FastAPI, Request

from chassis.domain import CityRequired, PlaceMissing, Refusal, RoleForbidden
from chassis.identity import Principal
from chassis.web.acts import principal_of, runtime_of
from chassis.web.scope import CITY_WIDE, PLACED, require_city
from contracts.words import Role

#: For docs/access.md.
WHOLE_CITY = "全市角色限全市范围的账号"


@dataclass(frozen=True, slots=True)
class Allowed:
    """`act`: what staff call it; `roles`: who may, empty = every account with a token; `only`: narrower than the role.

    `whole_city`: of the city-wide roles, only accounts that reach the whole city may.
    A dependency of its route: it answers before the route's own parameters are looked at.
    """

    act: str
    roles: tuple[Role, ...] = ()
    only: str = ""
    whole_city: bool = False

    async def __call__(self, request: Request) -> None:
        principal = principal_of(request)
        self.check(principal)
        if self.whole_city and principal.role in CITY_WIDE and principal.scope_id is not None:
            async with runtime_of(request).database.read() as connection:
                await require_city(connection, principal)

    def check(self, principal: Principal) -> None:
        """Raises RoleForbidden, or PlaceMissing for a role that needs a place in the tree and has none."""
        if not self.roles:
            return
        if principal.role not in self.roles:
            raise RoleForbidden(_who_may(self, principal), act=self.act, role=principal.role, roles=list(self.roles))
        if principal.role in PLACED and principal.scope_id is None:
            raise PlaceMissing

    @property
    def __refuses__(self) -> tuple[type[Refusal], ...]:
        """For the API documents (`chassis.web.reachable`)."""
        if not self.roles:
            return ()
        placed = (PlaceMissing,) if set(self.roles) & set(PLACED) else ()
        city = (CityRequired,) if self.whole_city else ()
        return (RoleForbidden, *placed, *city)

    @property
    def who(self) -> str:
        return "、".join(role.label for role in self.roles)

    @property
    def narrower(self) -> str:
        """What a role alone does not say, as docs/access.md shows it."""
        return "；".join(one for one in (self.only, WHOLE_CITY if self.whole_city else "") if one)


def may(act: str, *roles: Role, only: str = "", whole_city: bool = False) -> Any:
    """For a route's `dependencies`: these roles may do the act; without roles every account with a token may."""
    return Depends(Allowed(act, roles, only, whole_city))


def allowed_of(dependencies: Any) -> Allowed | None:
    """The declaration among a route's dependencies."""
    found = (one.dependency for one in dependencies or ())
    return next((one for one in found if isinstance(one, Allowed)), None)


@dataclass(frozen=True, slots=True)
class DeclaredRoute:
    """A route of an application with its declaration; `allowed` is None where it has none."""

    method: str
    path: str
    endpoint: Any
    allowed: Allowed | None

    def is_for(self, role: str) -> bool:
        return self.allowed is not None and (not self.allowed.roles or role in self.allowed.roles)


def declared_routes(app: FastAPI) -> Iterator[DeclaredRoute]:
    """Every route of the application's documents, in the order in which they are declared."""
    for included in app.routes:
        for found in getattr(included, "effective_route_contexts", list)():
            for method in sorted(found.methods):
                yield DeclaredRoute(method, found.path, found.endpoint, allowed_of(found.dependencies))


def _who_may(allowed: Allowed, principal: Principal) -> str:
    known = principal.role in {role.value for role in Role}
    role = Role(principal.role).label if known else principal.role
    narrower = f"（{allowed.only}）" if allowed.only else ""
    return (
        f"当前账号的角色是{role}，不能办理“{allowed.act}”，"
        f"可以办理的角色：{allowed.who}{narrower}。请使用相应角色的账号登录，或请其办理"
    )
