"""The services of the stack: their names, their programs and their settings."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from enrollctl.declarations import DECLARATIONS, Declaration
from enrollctl.processes import processes
from enrollctl.processes.component import STOPPINGS, Stopping
from enrollctl.processes.readiness import reasons_not_ready
from enrollctl.workspace.folders import Folders

#: A demo stack has one process of each service. If this process is killed, the next process gets no records until the
#: broker has removed the killed process from its group. The removal takes this many milliseconds. By default a service
#: sets 45 s.
SESSION_TIMEOUT_MS = 10_000
#: The service whose tokens all other services accept.
CONSOLE = "console"


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """A service. `name`: the name of its folder in the repository. `program`: the arguments with which Python runs it.

    `environment`: the settings that the service's declaration adds.
    """

    name: str
    program: tuple[str, ...]
    uses_kafka: bool = True
    has_dead_letters: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    #: Whether a separate role owns the tables, so that the service cannot delete from the audit log. If False, the
    #: service creates and owns its tables.
    has_owner_role: bool = True

    @property
    def database(self) -> str:
        """The name of the service's database, and of the role with which the service connects."""
        return self.name.replace("-", "_")

    @property
    def owner(self) -> str:
        """The role that owns the database and runs the migrations."""
        return f"{self.database}_owner" if self.has_owner_role else self.database


def _spec(service: Declaration) -> ServiceSpec:
    own = not service.stand_in
    return ServiceSpec(
        service.name,
        ("-m", service.package),
        uses_kafka=own,
        has_dead_letters=own,
        environment=service.environment,
        has_owner_role=own,
    )


SERVICES = tuple(_spec(service) for service in DECLARATIONS)


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses to which services connect. The keys of the mappings are service names.

    `database_urls`: the DSNs with which services connect. `owner_urls`: the DSNs of the owner roles, for migrations.
    """

    kafka_bootstrap: str
    database_urls: Mapping[str, str]
    http_ports: Mapping[str, int]
    owner_urls: Mapping[str, str] = field(default_factory=dict)

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.http_ports[service]}"


def environment(spec: ServiceSpec, addresses: Addresses, folders: Folders, *, demo: bool) -> dict[str, str]:
    """The environment of a service's process. Settings of this stack replace inherited variables of the same name."""
    settings = {
        "UE_DATABASE_URL": addresses.database_urls[spec.name],
        "UE_HTTP_HOST": "127.0.0.1",
        "UE_HTTP_PORT": str(addresses.http_ports[spec.name]),
        "UE_KEY_FILE": str(folders.service_keys),
    }
    if spec.uses_kafka:
        settings["UE_KAFKA_BOOTSTRAP"] = addresses.kafka_bootstrap
    if demo:
        settings["UE_CLOCK_FILE"] = str(folders.clock)
        settings["UE_SESSION_TIMEOUT_MS"] = str(SESSION_TIMEOUT_MS)
    urls = {name: addresses.url(name) for name in addresses.http_ports}
    own = " ".join(f"{one.name}={urls[one.name]}" for one in SERVICES if one.has_owner_role and one.name in urls)
    if spec.has_owner_role and CONSOLE in urls:
        settings["UE_JWKS_URL"] = f"{urls[CONSOLE]}/.well-known/jwks.json"
    settings |= {
        variable: value.format(url=urls, services=own, folders=folders) for variable, value in spec.environment.items()
    }
    # The local PostgreSQL has no TLS, and it listens only on 127.0.0.1.
    return (
        {"UE_LOG_LEVEL": "info", "PYTHONUNBUFFERED": "1", "PGSSLMODE": "disable"}
        | processes.inherited_environment()
        | settings
    )


class ServiceProcess:
    """A service as the supervisor sees it."""

    kind = "service"

    def __init__(
        self, spec: ServiceSpec, port: int, settings: Mapping[str, str], log: Path, *, owner_url: str | None = None
    ) -> None:
        """`owner_url`: the DSN of the database's owner. Only the migrations get it, never the running service."""
        self.spec = spec
        self.name = spec.name
        self.port = port
        self.log = log
        self.settings = settings
        self._owner_url = owner_url

    @property
    def stopping(self) -> Stopping:
        return STOPPINGS[self.kind]

    def launch(self) -> subprocess.Popen[bytes]:
        return self._run(self.settings)

    def migrate(self) -> subprocess.Popen[bytes]:
        """Bring the service's database to the revision of its code, then exit."""
        # A service without an owner role owns its tables. Its migrations get no DSN of an owner, because they refuse an
        # owner that is the service's own role.
        owner = self._owner_url if self._owner_url != self.settings.get("UE_DATABASE_URL") else None
        return self._run({**self.settings, **({"UE_OWNER_DATABASE_URL": owner} if owner else {})}, "migrate")

    def reasons_not_ready(self) -> list[str]:
        return reasons_not_ready(f"http://127.0.0.1:{self.port}")

    def _run(self, settings: Mapping[str, str], *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, *self.spec.program, *arguments]
        return processes.start(command, log=self.log, environment=settings)


def service_process(
    spec: ServiceSpec, addresses: Addresses, folders: Folders, *, demo: bool, log: str | None = None
) -> ServiceProcess:
    """A process of the service; it is not started yet. `log`: the name of its log; None = the name of the service."""
    settings = environment(spec, addresses, folders, demo=demo)
    port, owner = addresses.http_ports[spec.name], addresses.owner_urls.get(spec.name)
    return ServiceProcess(spec, port, settings, folders.log(log or spec.name), owner_url=owner)
