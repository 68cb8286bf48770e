"""A service's declaration, its process from start to stop, and its command line."""

from chassis.service.declaration import Service, build_runtime, own_job_handlers, own_periodic_jobs
from chassis.service.main import run

__all__ = [
    "Service",
    "build_runtime",
    "own_job_handlers",
    "own_periodic_jobs",
    "run",
]
