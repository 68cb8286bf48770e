"""Shows and changes the maintenance state of each service. A backup closes the services by it."""

import time
from collections.abc import Callable, Sequence

from enrollctl.errors import ComponentUnhealthy, Failure
from enrollctl.ops_client.operators import Item, Operators

ROUTE = "/ops/maintenance"
#: The command that an operator types after a backup was killed.
OPEN_COMMAND = 'enrollctl maintenance open --reason "…"'
TRIES = 5


def show(operators: Operators, service: str) -> Item:
    """The service's maintenance state, and the work that is still under way."""
    return dict(operators.get(service, ROUTE)) | {"service": service}


def enter(operators: Operators, service: str, state: str, reason: str) -> Item:
    """Change the maintenance state; returns the state `before` and now. Raises Failure.

    Retries, because a long transaction of the service may lock the state for a while.
    """
    for _ in range(TRIES - 1):
        try:
            return operators.post(service, ROUTE, state=state, reason=reason)
        except Failure:
            time.sleep(1)
    return operators.post(service, ROUTE, state=state, reason=reason)


def of_all(operators: Operators, ask: Callable[[str], Item]) -> tuple[list[Item], list[Failure]]:
    """Call `ask` for each service; returns the answers and the failures.

    A failure does not end the loop: if one service is down, the others must still be opened after a backup.
    """
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
    """Raise all failures as one: ComponentUnhealthy if one of the services does not answer, else Failure."""
    if failures:
        unhealthy = any(isinstance(failure, ComponentUnhealthy) for failure in failures)
        kind = ComponentUnhealthy if unhealthy else Failure
        raise kind("; ".join(map(str, failures)))
