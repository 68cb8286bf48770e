"""Shows and changes the maintenance state of each service. By this state a backup lets services finish their work."""

import time
from collections.abc import Callable, Sequence

from enrollctl.errors import ComponentUnhealthy, Failure
from enrollctl.ops_client.operators import Item, Operators

ROUTE = "/ops/maintenance"
#: A backup that was killed leaves the services in maintenance; with this command an operator opens them again.
OPEN_COMMAND = 'enrollctl maintenance open --reason "…"'
TRIES = 5


def show(operators: Operators, service: str) -> Item:
    """The service's maintenance state, and the work that is still under way."""
    return dict(operators.get(service, ROUTE)) | {"service": service}


def enter(operators: Operators, service: str, state: str, reason: str) -> Item:
    """Change the maintenance state; returns the new `state` and the state `before`. Raises Failure after TRIES tries.

    A service refuses the change while transactions that began in the old state still run, so the request is sent again.
    """
    for _ in range(TRIES - 1):
        try:
            return operators.post(service, ROUTE, state=state, reason=reason)
        except Failure:
            time.sleep(1)
    return operators.post(service, ROUTE, state=state, reason=reason)


def of_all(operators: Operators, ask: Callable[[str], Item]) -> tuple[list[Item], list[Failure]]:
    """Call `ask` for each service; returns the answers and the failures.

    A failure does not end the loop. Example: after a backup one service is down, but all other services must still be
    opened.
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
