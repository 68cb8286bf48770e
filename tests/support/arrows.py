"""Runs import-linter with the rules of .importlinter for all services: python tests/support/arrows.py"""

import sys
import tempfile
from pathlib import Path

from importlinter.cli import lint_imports

from enrollctl.declarations import DECLARATIONS, OWN_SERVICES

RULES = Path(__file__).parents[2] / ".importlinter"


def filled() -> str:
    """The rules of .importlinter, in which each name in braces is replaced by the packages of the services."""
    every, own = ([service.package for service in services] for services in (DECLARATIONS, OWN_SERVICES))
    return RULES.read_text().format(
        every_service="\n    ".join(every), services_side_by_side=" | ".join(every), own_services="\n    ".join(own)
    )


def main() -> int:
    with tempfile.NamedTemporaryFile("w", suffix=".importlinter") as file:
        file.write(filled())
        file.flush()
        return lint_imports(config_filename=file.name)


if __name__ == "__main__":
    sys.exit(main())
