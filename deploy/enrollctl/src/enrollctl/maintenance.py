"""Services that stand still for a backup: in what state each is, and how it is changed."""

import time
from collections.abc import Callable, Sequence

from enrollctl.errors import Failure, PartUnhealthy
from enrollctl.operators import Item, Operators

ROUTE = "/ops/maintenance"
#: What an operator types where a backup was killed.
OPEN_COMMAND = 'enrollctl maintenance open --reason "…"'
TRIES = 5


def show(operators: Operators, service: str) -> Item:
    """The state, and what is still under way."""
    return dict(operators.get(service, ROUTE)) | {"service": service}


def enter(operators: Operators, service: str, state: str, reason: str) -> Item:
    """The state `before` and now. A long transaction may hold the state for a while. Raises Failure."""
    for _ in range(TRIES - 1):
        try:
            return operators.post(service, ROUTE, state=state, reason=reason)
        except Failure:
            time.sleep(1)
    return operators.post(service, ROUTE, state=state, reason=reason)


def of_all(operators: Operators, ask: Callable[[str], Item]) -> tuple[list[Item], list[Failure]]:
    """What every service answers, and why some do not: one that is down must not keep the others closed."""
    answers, failures = [], []
    for service in operators.services:
        try:
            answers.append(ask(service))
        except Failure as failure:
            failures.append(failure)
    return answers, failures


def open_all(operators: Operators, reason: str) -> tuple[list[Item], list[Failure]]:
    return of_all(operators, lambda service: enter(operators, service, "open", reason))


def raise_any(failures: Sequence[Failure]) -> None:
    """Raises PartUnhealthy where one of them does not answer, else Failure; nothing where there is none."""
    if failures:
        kind = PartUnhealthy if any(isinstance(one, PartUnhealthy) for one in failures) else Failure
        raise kind("; ".join(map(str, failures)))
