"""Writes the pages that are generated from the code: API documents, state machines, access rights, service map.

python docs/tools/documents.py            write
python docs/tools/documents.py --check    list pages that differ from the code, write nothing
"""

import importlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from declared_tables import facts_table, recovery_table, services_table
from fastapi import FastAPI
from package_modules import modules_of
from service_map import filled, picture, topics_table, words_table

from chassis.app import create_app
from chassis.domain import StateMachine
from chassis.service import Service
from chassis.web import Allowed, Scope, declared_routes
from console.domain.menus import MENUS
from contracts.words import Role
from enrollctl.declarations import OWN_SERVICES

DOCS = Path(__file__).resolve().parents[1]
#: Where the menus of the console read which roles may call a route.
ROUTE_ROLES = "../services/console/src/console/route_roles.json"
#: Package → folder of the service.
SERVICES = {service.package: service.name for service in OWN_SERVICES}


def service_of(package: str) -> Service:
    main = importlib.import_module(f"{package}.__main__")
    service: Service = main.build_service() if hasattr(main, "build_service") else main.service
    return service


def app_of(package: str) -> FastAPI:
    """An app with the service's routes and without a database. It serves only to generate the API document."""
    service = service_of(package)
    return create_app(service.name, [service.router], None)  # type: ignore[arg-type]


def api_document(package: str) -> dict[str, Any]:
    return app_of(package).openapi()


def machines_of(package: str) -> Iterator[tuple[str, StateMachine[Any]]]:
    """Each state machine in the package's domain code, with the name of its module."""
    seen: set[int] = set()
    for module in modules_of(f"{package}.domain"):
        for value in vars(module).values():
            if isinstance(value, StateMachine) and id(value) not in seen:
                seen.add(id(value))
                yield module.__name__, value


def state_machines() -> str:
    """The page with a drawing of each state machine."""
    lines = [
        "# State machines",
        "",
        "`make docs` draws this page from the code. A transition without an arrow here is refused with its own code.",
        "",
    ]
    for package, folder in SERVICES.items():
        for module, machine in machines_of(package):
            lines += [f"## {folder}: {machine.name}", "", f"`{module}`", "", "```mermaid", machine.mermaid(), "```", ""]
            lines += ["| command | from | to | refused with |", "|---|---|---|---|"]
            for step in machine.steps:
                before = ", ".join(f"{state.label or state.value}" for state in step.before)
                lines.append(
                    f"| {step.action} | {before} | {step.after.label or step.after.value} | {step.refusal.code} |"
                )
            lines.append("")
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Route:
    """One route of a service. `allowed`: its declaration; None only if it is missing."""

    service: str
    method: str
    path: str
    endpoint: Any
    allowed: Allowed | None

    @property
    def of_the_chassis(self) -> bool:
        return bool(self.endpoint.__module__.startswith("chassis."))


def routes_of(package: str) -> Iterator[Route]:
    """All routes of a service, in the order of their declarations."""
    for route in declared_routes(app_of(package)):
        yield Route(SERVICES[package], route.method, route.path, route.endpoint, route.allowed)


def access_page() -> str:
    """The page that shows which role is allowed to use which route, from the declarations that the routes check."""
    lines = [
        "# Who may do what",
        "",
        "`make docs` writes this page from the code: each row is the declaration that its route checks. A wrong",
        "role is answered with 403 `FORBIDDEN_ROLE`, which names the permitted roles. 经办人 and 审核人 without a",
        "union get 403 `UNION_MISSING`. Objects outside the caller's subtree and objects that do not exist get the",
        "same answer, 403 `FORBIDDEN` (D02).",
        "",
        "An account reaches the widest scope of its role, limited to the subtree of the union that its token",
        "names. One rule (`chassis.web`) applies this to every list, file, sum and command. 市总工会, 职保中心,",
        "平台运维 and 审计 reach the whole city if the token names no union or the municipal one. If it names a",
        "district, they reach that district only, and commands for the whole city are answered with 403",
        "`CITY_SCOPE_REQUIRED`.",
        "",
        "The column `scope` names whose data a route reads or changes. A node is a union of the tree; the place of",
        "an account is the union that its token names. 经办人 and 审核人 are the placed roles, all others are",
        "city-wide roles:",
        "",
        *(f"- `{scope.value}`: {scope.label}" for scope in Scope),
        "",
        "The column `in full` names the roles that see full names, full document numbers or full bank details;",
        "all other roles see them masked. Without an entry the answer names no person. The API documents have the",
        "same declaration as `x-access`. `make access` calls every route with every role at unions in all",
        "relations to the owner of the data, and compares the answers with this page.",
        "",
        "A search by a full document number, card number or name is recorded as a reveal (`number_revealed`,",
        "`name_revealed`). 市总工会, 平台运维 and 审计 may not reveal. For them the number of searches per day and",
        "service is limited (`UE_NUMBER_MISSES_A_DAY` without a result, `UE_NUMBER_SEARCHES_A_DAY` in all); the",
        "next one gets 429 `NUMBER_SEARCHES_USED_UP`. A search for a person's history without a result counts as a",
        "miss in member-svc only.",
        "",
        "区局（产业）工会 pay the center: their 审核人 submits to the center, sees the dues and uploads the",
        "payment voucher (`POST /vouchers`, 上传缴费凭证). 经办人 and second-level unions pay nothing to the",
        "center.",
        "",
    ]
    shared: dict[str, None] = {}
    for package, folder in SERVICES.items():
        lines += _table(folder, (route for route in routes_of(package) if not route.of_the_chassis))
        shared |= dict.fromkeys(_row(route) for route in routes_of(package) if route.of_the_chassis)
    lines += ["## Every service", "", *_HEAD, *shared, ""]
    return "\n".join(lines)


_HEAD = (
    "| command | route | " + " | ".join(role.label for role in Role) + " | scope | in full | only |",
    "|---|---|" + ":-:|" * len(Role) + "---|---|---|",
)


def _table(folder: str, routes: Iterable[Route]) -> list[str]:
    return [f"## {folder}", "", *_HEAD, *map(_row, routes), ""]


def _row(route: Route) -> str:
    allowed = route.allowed
    assert allowed is not None, f"{route.method} {route.path} has no declaration"
    marks = ("✓" if not allowed.roles or role in allowed.roles else "" for role in Role)
    cells = (*marks, f"`{allowed.scope.value}`", _in_full(allowed), allowed.restrictions)
    return f"| {allowed.act} | `{route.method} {route.path}` | {' | '.join(cells)} |"


def _in_full(allowed: Allowed) -> str:
    if allowed.shown is None:
        return ""
    shown = (("names", allowed.shown.names), ("numbers", allowed.shown.numbers), ("bank", allowed.shown.bank))
    found = [f"{what}: {'、'.join(role.label for role in roles)}" for what, roles in shown if roles]
    return "; ".join(found) or "nobody"


def route_roles() -> str:
    """The routes that the menus of the console open, with their roles: the console may import no other service."""
    opened = {route for menu in MENUS for route in menu.opens}
    found = {
        f"{route.service} {route.method} {route.path}": list(route.allowed.roles)
        for package in SERVICES
        for route in routes_of(package)
        if route.allowed
    }
    return json.dumps({name: found[name] for name in sorted(opened & found.keys())}, indent=1) + "\n"


def published() -> dict[str, str]:
    """Path below docs/ → content."""
    documents = {f"api/{folder}.json": api_document(package) for package, folder in SERVICES.items()}
    written = {name: json.dumps(body, ensure_ascii=False, indent=1) + "\n" for name, body in documents.items()}
    written[ROUTE_ROLES] = route_roles()
    return written | {"state-machines.md": state_machines(), "access.md": access_page()} | mixed_pages()


def mixed_pages() -> dict[str, str]:
    """The pages that are written by hand, with new content for their generated sections."""
    services = {folder: service_of(package) for package, folder in SERVICES.items()}
    sections = {
        "architecture.md": {
            "picture": picture(services),
            "services": services_table(),
            "topics": topics_table(services),
            "facts": facts_table(),
        },
        "backup-and-rebuild.md": {"recovery": recovery_table()},
        "glossary.md": {"words": words_table(SERVICES)},
    }
    return {name: filled((DOCS / name).read_text(), contents) for name, contents in sections.items()}


def main(arguments: list[str]) -> int:
    stale = []
    for name, content in published().items():
        path = DOCS / name
        if path.exists() and path.read_text() == content:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
    if "--check" in arguments and stale:
        print(f"differ from the code, run `make docs`: {', '.join(stale)}")
        return 1
    print(f"wrote {', '.join(stale)}" if stale else "the API documents, drawings and tables agree with the code")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
