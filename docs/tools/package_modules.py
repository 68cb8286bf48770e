"""The modules of a package, for pages and tests that read all code of a service."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType


def modules_of(package: str) -> Iterator[ModuleType]:
    """Import the package and all modules below it, except `__main__`. `package` can also name a single module."""
    root = importlib.import_module(package)
    yield root
    for below in pkgutil.walk_packages(getattr(root, "__path__", []), f"{package}."):
        if not below.name.endswith("__main__"):
            yield importlib.import_module(below.name)
