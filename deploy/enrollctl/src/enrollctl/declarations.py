"""Reads what each service declares about itself in the file `service.toml` of its package.

Each package is found by its entry point in the group GROUP. These entry points are the only list of the services. The
stack, the operators' commands, the checks and the generator of the documents read this list.
"""

import tomllib
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, ValidationError

from contracts.words import Role

#: The group of the entry points. An entry in a service's pyproject.toml, such as `member-svc = "member_svc"`, gives the
#: service's name and its package.
GROUP = "union_enrollment.services"
FILE = "service.toml"


class Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TableRecovery(Declared):
    """How a rebuild restores the tables of a service. Each table is in one of the three sets.

    `from_topics`: tables that are restored completely, even without a backup. `from_backup`: tables that are restored
    as they were in the backup; without a backup they stay empty. `in_part`: tables of which only some columns or rows
    are restored, for example a request without its answer. `sets_aside`: whether a rebuild without a backup
    stores events about lost rows as dead letters. The notes are for docs/backup-and-rebuild.md.
    """

    from_topics: frozenset[str] = frozenset()
    from_backup: frozenset[str] = frozenset()
    in_part: frozenset[str] = frozenset()
    sets_aside: bool = False
    topics_note: str = ""
    backup_note: str = ""


class RoleDuty(Declared):
    """The changes that a role is allowed to make in the service.

    `commands`: the names of these changes in the declarations of the service's routes.
    """

    role: Role
    text: str
    commands: tuple[str, ...]


class OwnedFact(Declared):
    """A fact that only this service changes. docs/architecture.md lists the facts.

    `tables`: the tables that contain the fact. `copies`: the services that keep a copy.
    """

    fact: str
    tables: tuple[str, ...]
    copies: str = "nobody"


class Declaration(Declared):
    """A service. `stages`: number of a stage → its name.

    `stand_in`: True if the service takes the place of external systems in demos and tests.

    `environment`: settings of this service only. In a value, `{url[NAME]}` is the address of a service, and
    `{folders.NAME}` is a path of the stack (`Folders`). `{services}` lists all services of the project, each with its
    address.
    """

    name: str
    package: str
    summary: str
    stages: dict[int, str] = {}
    stand_in: bool = False
    environment: dict[str, str] = {}
    #: Whether the service has the route POST /people/story.
    person_story: bool = False
    recovery: TableRecovery
    duties: tuple[RoleDuty, ...] = ()
    facts: tuple[OwnedFact, ...] = ()

    @property
    def order(self) -> tuple[bool, int, str]:
        """A key for sorting. Stand-ins come first, because services call them; then come the services, by stage."""
        return (not self.stand_in, min(self.stages, default=100), self.name)


def _read(service: EntryPoint) -> Declaration:
    """Read the declaration of a service. Raises ValueError with the name of the file if it is not valid."""
    file = files(service.value) / FILE
    try:
        declared = tomllib.loads(file.read_text(encoding="utf-8"))
        return Declaration.model_validate({"name": service.name, "package": service.value, **declared})
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ValueError(f"{file}: {error}") from error


def _read_all() -> tuple[Declaration, ...]:
    """Raises LookupError if no service is installed. With an empty list, commands would do nothing and not complain."""
    found = sorted(map(_read, entry_points(group=GROUP)), key=lambda service: service.order)
    if not found:
        raise LookupError("no service is installed with a declaration: run `make setup`")
    return tuple(found)


DECLARATIONS = _read_all()
#: All services except the stand-ins for external systems.
OWN_SERVICES = tuple(service for service in DECLARATIONS if not service.stand_in)
