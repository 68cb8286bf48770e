"""Generates tables of the documents from the services' declarations (`service.toml`)."""

from collections.abc import Iterable

from enrollctl.declarations import DECLARATIONS, OWN_SERVICES

#: The services of the project, and then the services that stand in for other organizations.
ALL = (*OWN_SERVICES, *(service for service in DECLARATIONS if service.stand_in))
#: Two texts about the data that the chassis stores in every service's database. The first text lists the data that a
#: rebuild restores from topics. The second text lists the data that a rebuild can restore only from a backup.
EVERY_SERVICE = (
    "inbox positions, sequences of its own events, its notices",
    "which account has read which notice, names of accounts, the audit log with its chain, answers by Idempotency-Key, "
    "edits of dead letters, jobs",
)


def services_table() -> str:
    """The table of services: stages, and what each service does. The simulator is last."""
    stages = [", ".join(f"{number} {name}" for number, name in service.stages.items()) or "none" for service in ALL]
    rows = [(service.name, stage, service.summary) for service, stage in zip(ALL, stages, strict=True)]
    return _table(("service", "stages", "what it does"), rows)


def facts_table() -> str:
    """The table of facts, each with the service that owns it, its tables, and the services that keep copies."""
    rows = [
        (fact.fact, service.name, ", ".join(f"`{table}`" for table in fact.tables), fact.copies)
        for service in OWN_SERVICES
        for fact in service.facts
    ]
    return _table(("fact", "owner", "tables", "copies are kept by"), rows)


def recovery_table() -> str:
    """For each service, the data that a rebuild restores from topics, and the data that only a backup restores."""
    rows = [(service.name, service.recovery.topics_note, service.recovery.backup_note) for service in ALL]
    head = ("service", "from topics alone", "own data that topics cannot bring back: backup only")
    return _table(head, [*rows, ("every service", *EVERY_SERVICE)])


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [f"| {' | '.join(names)} |", "|" + "---|" * len(names), *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join([*lines, ""])
