"""The options of a start, and the components that it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from enrollctl.embedded.kafka import Kafka
from enrollctl.embedded.postgres import SUPERUSER, Postgres
from enrollctl.processes.ports import choose_port
from enrollctl.stack.databases import database_url, owner_url, roles_of
from enrollctl.stack.services import SERVICES, Addresses, ServiceProcess, ServiceSpec, service_process
from enrollctl.stack.state import StackState
from enrollctl.workspace.folders import Folders
from enrollctl.workspace.secrets import Passwords, passwords


@dataclass(frozen=True, slots=True)
class StackPlan:
    """The options of a start. `demo`: True if services read the clock file.

    `bare`: True if the start runs only Kafka and PostgreSQL, and creates databases and topics, but runs no service.
    `kafka_settings`, `postgres_settings`: settings of the servers for this stack. These settings are added to the usual
    settings of a local stack, or replace them.
    """

    folders: Folders
    demo: bool = False
    bare: bool = False
    specs: tuple[ServiceSpec, ...] = SERVICES
    kafka_settings: Mapping[str, str] = field(default_factory=dict)
    postgres_settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moved:
    """A component that gets a new port, because another program uses its port of the last start."""

    part: str
    before: int
    now: int


@dataclass(frozen=True, slots=True)
class Components:
    """All components that will run, with their addresses."""

    kafka: Kafka
    postgres: Postgres
    services: list[ServiceProcess]
    passwords: Passwords
    ports: Mapping[str, int]
    moved: list[Moved]


def assemble(plan: StackPlan, last: StackState | None) -> Components:
    """Choose ports and passwords; start nothing. A component keeps its port of the last start if that port is free."""
    before = _before(last)
    ports = _ports(plan, before)
    known = passwords(plan.folders, SUPERUSER, roles_of(plan.specs))
    folders = plan.folders
    kafka = Kafka(folders.kafka, ports["kafka"], ports["controller"], folders.log("kafka"), plan.kafka_settings)
    postgres = Postgres(
        folders.postgres, ports["postgres"], known[SUPERUSER], folders.log("postgres"), plan.postgres_settings
    )
    addresses = Addresses(
        kafka.bootstrap,
        {spec.name: database_url(postgres.port, spec.database, known[spec.database]) for spec in plan.specs},
        {spec.name: ports[spec.name] for spec in plan.specs},
        {spec.name: owner_url(postgres.port, spec, known) for spec in plan.specs},
    )
    services = (
        [] if plan.bare else [service_process(spec, addresses, plan.folders, demo=plan.demo) for spec in plan.specs]
    )
    moved = [Moved(name, before[name], port) for name, port in ports.items() if before.get(name, port) != port]
    return Components(kafka, postgres, services, known, before | ports, moved)


def _before(last: StackState | None) -> dict[str, int]:
    if last is None:
        return {}
    infrastructure = {"kafka": last.kafka_port, "controller": last.controller_port, "postgres": last.postgres_port}
    return {part.name: part.port for part in last.parts} | last.ports | infrastructure


def _ports(plan: StackPlan, before: Mapping[str, int]) -> dict[str, int]:
    chosen: dict[str, int] = {}
    # A port of an earlier start stays reserved for its component. Example: another program uses Kafka's port, so Kafka
    # gets a new port. The new port must not be the last port of a service: it is free now, but the service will need
    # it.
    reserved = frozenset(before.values())
    for name in ("kafka", "controller", "postgres", *(spec.name for spec in plan.specs)):
        chosen[name] = choose_port(before.get(name), frozenset(chosen.values()) | (reserved - {before.get(name)}))
    return chosen
