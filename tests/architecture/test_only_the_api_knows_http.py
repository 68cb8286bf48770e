"""Checks that use cases, stores and the domain do not import HTTP libraries, because only `api/` makes responses."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[2] / "services"
PACKAGES = ["member_svc", "status_checker", "enrollment_svc", "review_svc", "payment_svc", "console"]
#: The layers below the API, each a folder or one module.
LAYERS = ["usecases", "store", "domain"]
HTTP = {"fastapi", "starlette", "httpx"}
#: Names of `chassis.web` that the layers are allowed to import: subtree limits, and the order and page of a list.
BELOW_THE_API = {
    "Order", "PageRequest", "place_of", "reached", "reaches_city", "require_reach", "scope", "within",
    "refuses", "yuan",
}  # fmt: skip

Sources = dict[str, str]


def sources_of(package: str) -> Sources:
    """Module → its source, for all modules of the package."""
    [root] = SERVICES.glob(f"*/src/{package}")
    return {
        ".".join(path.relative_to(root.parent).with_suffix("").parts).removesuffix(".__init__"): path.read_text()
        for path in root.rglob("*.py")
    }


def imports(source: str) -> Iterator[str]:
    """The full names of imported modules and of names imported from modules."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_http(name: str) -> bool:
    if name.startswith("chassis.web"):
        return name.removeprefix("chassis.web.").split(".")[0] not in BELOW_THE_API
    return name.split(".")[0] in HTTP


def http_below_the_api(package: str, sources: Sources) -> dict[str, list[str]]:
    """Module → the HTTP names that the module imports.

    The modules are those of LAYERS, and all modules that they import, directly or through other modules.
    """
    waiting = [name for name in sources if name.split(".")[1:2] and name.split(".")[1] in LAYERS]
    seen: dict[str, list[str]] = {}
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        named = list(imports(sources[module]))
        seen[module] = [name for name in named if is_http(name)]
        waiting += [
            own for name in named for own in (name, name.rpartition(".")[0]) if own in sources and own != package
        ]
    return {module: found for module, found in seen.items() if found}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_layer_below_the_api_knows_http(package: str):
    sources = sources_of(package)
    assert sum(name.split(".")[1:2] != [] and name.split(".")[1] in LAYERS for name in sources) >= len(LAYERS)
    assert http_below_the_api(package, sources) == {}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(
    "planted",
    [
        "from fastapi import Response",
        "import starlette.status",
        "import httpx",
        "from chassis.web import Done",
        "from chassis.web import Page, PageRequest",
        "from chassis.web.commands import Done",
        "import chassis.web",
    ],
)
def test_http_below_the_api_is_caught(layer: str, planted: str):
    sources = sources_of("review_svc")
    sources[f"review_svc.{layer}.planted"] = f"from chassis.web import PageRequest\n{planted}\n"
    assert list(http_below_the_api("review_svc", sources)) == [f"review_svc.{layer}.planted"]


def test_http_in_a_module_that_a_use_case_imports_is_caught():
    sources = sources_of("review_svc")
    sources["review_svc.answers"] = "from chassis.web import Labelled"
    sources["review_svc.usecases.planted"] = "from review_svc.answers import Moved"
    assert list(http_below_the_api("review_svc", sources)) == ["review_svc.answers"]
