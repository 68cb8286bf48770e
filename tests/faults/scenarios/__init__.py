"""The scenarios of the fault rig, one module for each family of faults."""

import importlib

MODULES = (
    "processes.crash",
    "processes.recovery",
    "processes.stopping",
    "infrastructure.postgres",
    "records.duplicates",
    "records.poison",
    "records.forgery",
    "records.order",
    "infrastructure.kafka",
    "processes.zombies",
    "infrastructure.machine",
    "infrastructure.pressure",
    "infrastructure.wires",
    "six_stages",
    "infrastructure.disks",
)


def load_all() -> None:
    """Import all modules. Each module registers its scenarios when it is imported."""
    for name in MODULES:
        importlib.import_module(f"faults.scenarios.{name}")
