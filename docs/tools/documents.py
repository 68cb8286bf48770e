"""Write what the docs show of the code: an OpenAPI document per service, and the drawings of the state machines.

python docs/tools/documents.py            write
python docs/tools/documents.py --check    say what differs from the tree, write nothing
"""

import importlib
import json
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from chassis.http import create_app
from chassis.machines import Machine
from chassis.service import Service

HOME = Path(__file__).resolve().parents[1]
#: Package → folder of the service.
SERVICES = {
    "member_svc": "member-svc",
    "status_checker": "status-checker",
    "enrollment_svc": "enrollment-svc",
    "review_svc": "review-svc",
    "payment_svc": "payment-svc",
}


def service_of(package: str) -> Service:
    main = importlib.import_module(f"{package}.__main__")
    service: Service = main.build_service() if hasattr(main, "build_service") else main.service
    return service


def app_of(package: str) -> FastAPI:
    """The service's routes without anything behind them; good for its document only."""
    service = service_of(package)
    return create_app(service.name, [service.router], None)  # type: ignore[arg-type]


def api_document(package: str) -> dict[str, Any]:
    return app_of(package).openapi()


def machines_of(package: str) -> Iterator[tuple[str, Machine[Any]]]:
    """(module, machine) for each machine that the package's domain code declares."""
    domain = importlib.import_module(f"{package}.domain")
    modules = [domain.__name__]
    modules += [f"{domain.__name__}.{one.name}" for one in pkgutil.iter_modules(getattr(domain, "__path__", []))]
    seen: set[int] = set()
    for name in modules:
        for value in vars(importlib.import_module(name)).values():
            if isinstance(value, Machine) and id(value) not in seen:
                seen.add(id(value))
                yield name, value


def state_machines() -> str:
    """The page of drawings."""
    lines = [
        "# State machines",
        "",
        "Drawn from the code by `make docs`; an arrow that is not here is refused with a code of its own.",
        "",
    ]
    for package, folder in SERVICES.items():
        for module, machine in machines_of(package):
            lines += [f"## {folder}: {machine.name}", "", f"`{module}`", "", "```mermaid", machine.mermaid(), "```", ""]
            lines += ["| act | from | to | refused with |", "|---|---|---|---|"]
            for step in machine.steps:
                before = ", ".join(f"{state.label or state.value}" for state in step.before)
                lines.append(
                    f"| {step.action} | {before} | {step.after.label or step.after.value} | {step.refusal.code} |"
                )
            lines.append("")
    return "\n".join(lines)


def published() -> dict[str, str]:
    """Path below docs/ → content."""
    documents = {f"api/{folder}.json": api_document(package) for package, folder in SERVICES.items()}
    written = {name: json.dumps(body, ensure_ascii=False, indent=1) + "\n" for name, body in documents.items()}
    return written | {"state-machines.md": state_machines()}


def main(arguments: list[str]) -> int:
    stale = []
    for name, content in published().items():
        path = HOME / name
        if path.exists() and path.read_text() == content:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
    if "--check" in arguments and stale:
        print(f"differ from the code, run `make docs`: {', '.join(stale)}")
        return 1
    print(f"wrote {', '.join(stale)}" if stale else "the API documents and drawings agree with the code")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
