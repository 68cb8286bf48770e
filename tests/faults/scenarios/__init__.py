"""The scenarios, one module for each family of faults."""

import importlib

MODULES = (
    "crash",
    "recovery",
    "stopping",
    "postgres",
    "duplicates",
    "poison",
    "forgery",
    "order",
    "kafka",
    "zombies",
    "machine",
    "pressure",
    "wires",
    "city",
    "disks",
)


def load_all() -> None:
    """Each module registers its scenarios when it is imported."""
    for name in MODULES:
        importlib.import_module(f"faults.scenarios.{name}")
