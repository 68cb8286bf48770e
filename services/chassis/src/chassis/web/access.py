"""Access rules: each route declares its name, the roles that are allowed to call it, whose data it concerns and what is
masked.

The check of a request, the API document, docs/access.md, the menus of the console and `make access` all use this
declaration. `chassis.web.scope_rules` has its words; `chassis.web.scope` decides which unions an account reaches.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, FastAPI, Request

from chassis.domain import CityRequired, PlaceMissing, Refusal, RoleForbidden
from chassis.identity import Principal
from chassis.web.requests import principal_of, runtime_of
from chassis.web.scope import CITY_WIDE, PlaceType, require_city
from chassis.web.scope_rules import InFull, Scope
from contracts.words import PLACED, Role

#: How docs/access.md describes a route with `Scope.CITY`.
WHOLE_CITY = "全市角色限全市范围的账号"
#: How docs/access.md describes a route with `is_open`.
WITHOUT_SIGN_IN = "无需登录"


@dataclass(frozen=True, slots=True)
class Allowed:
    """A route's declaration, and the dependency that checks it before FastAPI reads the route's own parameters.

    `act`: what the route does, in the words of the staff. `roles`: the roles that are allowed to call the route; empty
    = every account with a token. `scope`: whose data the route reads or changes. This class checks whether an account
    reaches the whole city. The route checks all other rules, because only the route knows the objects. `shown`: the
    personal data in the answer; None = no person. `place_types`: the types of unions whose 经办人 or 审核人 are allowed
    to call the route; empty = all. `only`: a further rule, as a text for error messages and docs/access.md. The route
    itself enforces `place_types` and `only`. `is_open`: True if everybody is allowed to call the route without a token.
    """

    act: str
    roles: tuple[Role, ...] = ()
    scope: Scope = Scope.NONE
    shown: InFull | None = None
    place_types: tuple[PlaceType, ...] = ()
    only: str = ""
    is_open: bool = False

    async def __call__(self, request: Request) -> None:
        request.state.allowed = self
        if self.is_open:
            return
        principal = await principal_of(request)
        self.check(principal)
        if self._concerns_city(principal) and principal.scope_id is not None:
            async with runtime_of(request).database.read() as connection:
                await require_city(connection, principal)

    def _concerns_city(self, principal: Principal) -> bool:
        """Whether this caller uses the route for the whole city, as 平台运维 does for the accounts of the city."""
        is_operator_of_accounts = self.scope is Scope.ACCOUNTS and principal.role == Role.OPERATOR
        return is_operator_of_accounts or (self.scope is Scope.CITY and principal.role in CITY_WIDE)

    def check(self, principal: Principal) -> None:
        """Raises RoleForbidden, or PlaceMissing if the role needs a union (`PLACED`) and the token names none."""
        if not self.roles:
            return
        if principal.role not in self.roles:
            raise RoleForbidden(
                _forbidden_text(self, principal), act=self.act, role=principal.role, roles=list(self.roles)
            )
        if principal.role in PLACED and principal.scope_id is None:
            raise PlaceMissing

    @property
    def __refuses__(self) -> tuple[type[Refusal], ...]:
        """The refusals of this check. `chassis.web.reachable` adds them to the API documents."""
        if not self.roles:
            return ()
        placed = (PlaceMissing,) if set(self.roles) & set(PLACED) else ()
        city = (CityRequired,) if self.scope in (Scope.CITY, Scope.ACCOUNTS) else ()
        return (RoleForbidden, *placed, *city)

    @property
    def document(self) -> dict[str, Any]:
        """The declaration as `x-access` of the operation in the API document."""
        roles = [] if self.is_open else list(self.roles or Role)
        shown = dict(self.shown.document) if self.shown else None
        return {
            "act": self.act,
            "roles": roles,
            "open": self.is_open,
            "scope": self.scope,
            "shown": shown,
            "place_types": list(self.place_types),
            "only": self.only,
        }

    @property
    def role_labels(self) -> str:
        return "、".join(role.label for role in self.roles)

    @property
    def restrictions(self) -> str:
        """The rules in addition to the role, as docs/access.md shows them."""
        rules = (self.only, WHOLE_CITY if self.scope is Scope.CITY else "", WITHOUT_SIGN_IN if self.is_open else "")
        return "；".join(one for one in rules if one)


def may(
    act: str,
    *roles: Role,
    scope: Scope,
    shown: InFull | None = None,
    place_types: tuple[PlaceType, ...] = (),
    only: str = "",
) -> Any:
    """A dependency that allows these roles to call the route. Without roles it allows every account with a token.

    A route must name its `scope`. Python cannot import a module that has a route without it.
    """
    return Depends(Allowed(act, roles, scope, shown, place_types, only))


def everybody(act: str) -> Any:
    """A dependency that allows everybody to call the route without a token. A contract test lists these routes."""
    return Depends(Allowed(act, is_open=True))


def allowed_of(dependencies: Any) -> Allowed | None:
    """The declaration among a route's dependencies, or None."""
    found = (one.dependency for one in dependencies or ())
    return next((one for one in found if isinstance(one, Allowed)), None)


@dataclass(frozen=True, slots=True)
class DeclaredRoute:
    """A route of an application. `allowed`: its declaration; None if the route has no declaration."""

    method: str
    path: str
    endpoint: Any
    allowed: Allowed | None

    def is_for(self, role: str) -> bool:
        return self.allowed is not None and (not self.allowed.roles or role in self.allowed.roles)


def declared_routes(app: FastAPI) -> Iterator[DeclaredRoute]:
    """Every route of the included routers, in the order in which the application includes them."""
    for included in app.routes:
        for found in getattr(included, "effective_route_contexts", list)():
            for method in sorted(found.methods):
                yield DeclaredRoute(method, found.path, found.endpoint, allowed_of(found.dependencies))


def _forbidden_text(allowed: Allowed, principal: Principal) -> str:
    known = principal.role in {role.value for role in Role}
    role = Role(principal.role).label if known else principal.role
    restrictions = f"（{allowed.only}）" if allowed.only else ""
    return (
        f"当前账号的角色是{role}，不能办理“{allowed.act}”，"
        f"可以办理的角色：{allowed.role_labels}{restrictions}。请使用相应角色的账号登录，或请其办理"
    )
