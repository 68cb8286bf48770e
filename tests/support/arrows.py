"""The rules of .importlinter for the services that are declared: python tests/support/arrows.py runs import-linter."""

import sys
import tempfile
from pathlib import Path

from importlinter.cli import lint_imports

from enrollctl.declarations import DECLARATIONS, OWN_SERVICES

RULES = Path(__file__).parents[2] / ".importlinter"


def filled() -> str:
    """The rules with the packages of the services in place of their names in braces."""
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
