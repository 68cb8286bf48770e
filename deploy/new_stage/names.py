"""The names in a new service, and the names that a service cannot have."""

import importlib.util
import keyword
import re
from dataclasses import dataclass
from pathlib import Path

from contracts.catalog import EVENTS
from contracts.event import Event
from contracts.topics import UNIONS
from enrollctl.backup.table_recovery import CHASSIS, NO_DATA
from enrollctl.declarations import DECLARATIONS

ROOT = Path(__file__).parents[2]
KEBAB = re.compile(r"[a-z]+(-[a-z]+)*")
#: Components of the stack that are not services.
STACK = ("kafka", "controller", "postgres")
#: Tables and routes that every service has already.
TAKEN = {*CHASSIS.from_topics, *CHASSIS.from_backup, *CHASSIS.in_part, *NO_DATA, "docs", "metrics", "ops"}


class Refused(ValueError):
    """The service cannot be written; the message says why."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A service to be written. `name`: its folder, such as `receipt-svc`. `reads`: the event that it handles."""

    name: str
    number: int
    reads: type[Event]

    @property
    def package(self) -> str:
        return self.name.replace("-", "_")

    @property
    def noun(self) -> str:
        """The noun for one row of the service's table, such as `receipt`."""
        return self.package.removesuffix("_svc")

    @property
    def plural(self) -> str:
        if re.search("[^aeiou]y$", self.noun):
            return f"{self.noun[:-1]}ies"
        return self.noun + ("es" if re.search("(s|x|z|ch|sh)$", self.noun) else "s")

    def words(self) -> dict[str, str]:
        """Each word of the template, and its replacement."""
        kind = self.reads.__name__
        return {
            "99": str(self.number),
            "sample-svc": self.name,
            "sample_svc": self.package,
            "/samples": f"/{self.plural.replace('_', '-')}",
            "samples": self.plural,
            "sample": self.noun,
            "Sample": "".join(word.capitalize() for word in self.noun.split("_")),
            "contracts.payments": self.reads.__module__,
            "VoucherAccepted": kind,
            "voucher_accepted": re.sub("(?<=[a-z])(?=[A-Z])", "_", kind).lower(),
        }


def stage_of(name: str, reads: str, number: int | None) -> Stage:
    """Check the arguments and make the stage. `number` None = the next free number. Raises Refused."""
    events = {kind.__name__: kind for kind in EVENTS}
    if reads not in events:
        raise Refused(f"READS={reads}: there is no such event. Events: {', '.join(sorted(events))}")
    if events[reads].topic is UNIONS:
        raise Refused(f"READS={reads}: every new service reads the union tree already; choose another event")
    stages = {stage: service.name for service in DECLARATIONS for stage in service.stages}
    if number in stages:
        raise Refused(f"STAGE={number}: {stages[number]} is that stage already; the next one is {max(stages) + 1}")
    stage = Stage(name, number or max(stages) + 1, events[reads])
    if reason := _objection(stage):
        raise Refused(f"NAME={name}: {reason}")
    return stage


def _objection(stage: Stage) -> str | None:
    """Why a service cannot have the name; None if it can."""
    if not KEBAB.fullmatch(stage.name):
        return "a name is small letters, words joined by hyphens, for example receipt-svc"
    if (ROOT / "services" / stage.name).exists():
        return f"services/{stage.name} exists already"
    if stage.name in STACK:
        return "the stack has a process of that name"
    if keyword.iskeyword(stage.noun) or importlib.util.find_spec(stage.package) is not None:
        return f"Python has a module or a word {stage.noun} already"
    if stage.plural in TAKEN:
        return f"every service has a table or a route {stage.plural} already"
    tests = [f"tests/{kind}/{stage.package}" for kind in ("unit", "integration")]
    return next((f"{folder} exists already" for folder in tests if (ROOT / folder).exists()), None)
