"""The services of the stack: their names, their programs and their settings."""

import ssl
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from enrollctl.declarations import DECLARATIONS, Declaration
from enrollctl.processes import processes
from enrollctl.processes.component import STOPPINGS, Stopping
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
        # A service without an owner role owns its tables. It gets no second DSN, because the migrations would refuse an
        # owner that is the service's own role.
        owner = self._owner_url if self._owner_url != self.settings.get("UE_DATABASE_URL") else None
        return self._run({**self.settings, **({"UE_OWNER_DATABASE_URL": owner} if owner else {})}, "migrate")

    def reasons_not_ready(self) -> list[str]:
        return reasons_not_ready(f"http://127.0.0.1:{self.port}")

    def _run(self, settings: Mapping[str, str], *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, *self.spec.program, *arguments]
        return processes.start(command, log=self.log, environment=settings)


@dataclass(frozen=True, slots=True)
class Readiness:
    """`reasons`: why a component is not ready; empty if it is ready. `notes`: other information for an operator."""

    reasons: list[str]
    notes: list[str] = field(default_factory=list)


#: Services are asked without TLS. With its own defaults, httpx would load all certificates of the system for each
#: request, which takes longer than the request.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def readiness(url: str) -> Readiness:
    """Ask GET /health/ready. A service is ready only if it answers 200."""
    try:
        answer = httpx.get(f"{url}/health/ready", timeout=2, trust_env=False, verify=NO_CERTIFICATES)
    except httpx.HTTPError as error:
        return Readiness([f"does not answer ({type(error).__name__})"])
    return Readiness([] if answer.status_code == httpx.codes.OK else _reasons(answer), _notes(answer))


def reasons_not_ready(url: str) -> list[str]:
    """Why the component is not ready; empty if it is ready."""
    return readiness(url).reasons


def _notes(answer: httpx.Response) -> list[str]:
    try:
        notes = answer.json().get("notes")
    except (ValueError, AttributeError):
        return []
    return [f"{name}: {note}" for name, note in notes.items()] if isinstance(notes, dict) else []


def _reasons(answer: httpx.Response) -> list[str]:
    try:
        reasons = answer.json().get("reasons")
    except (ValueError, AttributeError):
        reasons = None
    if isinstance(reasons, dict):
        return [f"{name}: {reason}" for name, reason in reasons.items()]
    if isinstance(reasons, list) and reasons:
        return [str(reason) for reason in reasons]
    return [f"answers {answer.status_code}"]
