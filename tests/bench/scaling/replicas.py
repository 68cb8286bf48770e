"""Runs more copies of the services of a benchmark's stack, as a city would run several replicas of each service."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from enrollctl.errors import Failure
from enrollctl.processes.ports import choose_port
from enrollctl.stack.services import SERVICES, ServiceProcess, ServiceSpec
from enrollctl.stack.stack import Stack
from enrollctl.stack.supervisor import Supervisor, wait_until_ready

START_S = 120.0
#: The services that consume events. The simulator plays other organizations' systems, so it runs once.
CONSUMERS = tuple(spec for spec in SERVICES if spec.uses_kafka)


class BalancedStack(Stack):
    """A stack with several replicas of each service.

    Each call of `url` returns the address of the next replica, as a load balancer does. The center's callbacks always
    go to the first replica, because each service has one public address.
    """

    def __init__(self, stack: Stack, copies: Sequence[ServiceProcess], pids: dict[str, int]) -> None:
        """`pids`: name, such as `member-svc+2` → process id of each copy."""
        super().__init__(stack.folders)
        self.pids = pids
        addresses = {name: [url] for name, url in stack.urls.items()}
        for copy in copies:
            addresses[copy.spec.name].append(f"http://127.0.0.1:{copy.port}")
        self._next = {name: itertools.cycle(urls) for name, urls in addresses.items()}

    def url(self, service: str) -> str:
        return next(self._next[service])


@contextmanager
def replicated(stack: Stack, replicas: int) -> Iterator[BalancedStack]:
    """Run the stack with `replicas` processes of each service that consumes events. Raises Failure if a copy has
    died.
    """
    supervisor = Supervisor(lambda: None)
    copies = list(_copies(stack, replicas))
    try:
        for copy in copies:
            supervisor.add(copy)
        late = wait_until_ready(copies, START_S, lambda: None, lambda _: None)
        if late:
            raise Failure(f"copies of services are not ready: {late}")
        yield BalancedStack(stack, copies, {one.part.name: one.process.pid for one in supervisor.watched})
        dead = [one.part.name for one in supervisor.watched if one.process.poll() is not None]
        if dead:
            raise Failure(f"copies of services have ended, so the figures are wrong: {', '.join(dead)}")
    finally:
        supervisor.stop_all()


def _copies(stack: Stack, replicas: int) -> Iterator[ServiceProcess]:
    taken = {part.port for part in stack.state().parts if part.kind == "service"}
    for number in range(2, replicas + 1):
        for spec in CONSUMERS:
            taken.add(port := choose_port(taken=frozenset(taken)))
            yield _copy(stack, spec, f"{spec.name}+{number}", port)


def _copy(stack: Stack, spec: ServiceSpec, name: str, port: int) -> ServiceProcess:
    """A process with the settings of the first replica, but with a port and a log of its own."""
    copy = stack.process_of(spec)
    copy.name, copy.port, copy.log = name, port, stack.folders.log(name)
    copy.settings = {**copy.settings, "UE_HTTP_PORT": str(port)}
    return copy
