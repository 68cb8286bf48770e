"""A service's declaration, its process from start to stop, and its command line."""

from chassis.service.declaration import Service, build_runtime, own_outbound, own_periodic
from chassis.service.main import run

__all__ = [
    "Service",
    "build_runtime",
    "own_outbound",
    "own_periodic",
    "run",
]
