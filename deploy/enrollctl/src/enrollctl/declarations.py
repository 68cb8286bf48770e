"""What each service declares of itself: the file `service.toml` of its package, which an entry point names.

This is the only list of the services. The stack, the operators' commands, the checks and the documents read it.
"""

import tomllib
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, ValidationError

from contracts.words import Role

#: `member-svc = "member_svc"` in a service's pyproject.toml: its name and its package.
GROUP = "union_enrollment.services"
FILE = "service.toml"


class Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TableRecovery(Declared):
    """How a rebuild restores each table. A table of the service is in one of the three sets.

    `from_topics` are restored whole, with a backup or without; `from_backup` as they were in it, else empty.
    `in_part` are restored in some columns or rows: a question without its answer, or a row without its decision.
    `sets_aside`: from topics alone, events about what is lost stand as dead letters.
    The notes are for docs/backup-and-rebuild.md.
    """

    from_topics: frozenset[str] = frozenset()
    from_backup: frozenset[str] = frozenset()
    in_part: frozenset[str] = frozenset()
    sets_aside: bool = False
    topics_note: str = ""
    backup_note: str = ""


class RoleDuty(Declared):
    """What a role may change in the service, in short; `commands` are the names of its routes' declarations."""

    role: Role
    text: str
    commands: tuple[str, ...]


class OwnedFact(Declared):
    """A fact that only this service changes, its tables, and which services keep a copy; for docs/architecture.md."""

    fact: str
    tables: tuple[str, ...]
    copies: str = "nobody"


class Declaration(Declared):
    """A service. `stages`: number in the flow → name; `stand_in`: it plays systems of others in demos and tests.

    `environment` are settings beside those that every service gets. In braces: `url[NAME]` is the address of a service,
    `folders.NAME` a path of the stack (`Folders`).
    """

    name: str
    package: str
    summary: str
    stages: dict[int, str] = {}
    stand_in: bool = False
    environment: dict[str, str] = {}
    #: It answers POST /people/story.
    person_story: bool = False
    recovery: TableRecovery
    duties: tuple[RoleDuty, ...] = ()
    facts: tuple[OwnedFact, ...] = ()

    @property
    def order(self) -> tuple[bool, int, str]:
        """Stand-ins first, because others call them; then by stage."""
        return (not self.stand_in, min(self.stages, default=100), self.name)


def _read(service: EntryPoint) -> Declaration:
    """Raises ValueError, with the file, for a declaration that does not fit."""
    file = files(service.value) / FILE
    try:
        declared = tomllib.loads(file.read_text(encoding="utf-8"))
        return Declaration.model_validate({"name": service.name, "package": service.value, **declared})
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ValueError(f"{file}: {error}") from error


def _read_all() -> tuple[Declaration, ...]:
    """Raises LookupError where none is installed: lists of services would be empty, and nobody would notice."""
    found = sorted(map(_read, entry_points(group=GROUP)), key=lambda service: service.order)
    if not found:
        raise LookupError("no service is installed with a declaration: run `make setup`")
    return tuple(found)


DECLARATIONS = _read_all()
#: Without those that stand in for systems of others.
OWN_SERVICES = tuple(service for service in DECLARATIONS if not service.stand_in)
