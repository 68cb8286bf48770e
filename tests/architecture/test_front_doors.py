"""Checks that a room is imported through its front door only, that folders stay small, and that no import is circular.

A room is a package inside a package. A room of `chassis` has a front door, which is the `__all__` of the room's
`__init__`: code outside the room imports only the names in this list.
"""

import ast
from collections import Counter
from collections.abc import Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
#: Package whose rooms have front doors → its folder.
ROOMED = {"chassis": ROOT / "services/chassis/src/chassis"}
#: The folders of the packages. Migrations are outside of these folders, because their number grows every year.
SOURCES = sorted([ROOT / "contracts/src", *ROOT.glob("services/*/src"), *ROOT.glob("deploy/*/src")])
PACKAGES = sorted(path.parent.name for source in SOURCES for path in source.glob("*/__init__.py"))
#: Folders whose files possibly import the packages of ROOMED.
PLACES = ("contracts", "services", "deploy", "docs", "tests")
MOST_MODULES = 15


def doors(home: Path) -> dict[str, set[str]]:
    """The names that each room exports."""
    return {path.parent.name: _listed(path.read_text()) for path in home.glob("*/__init__.py")}


def _listed(source: str) -> set[str]:
    found: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            found = set(ast.literal_eval(node.value))
    return found


@cache
def _imports(source: str) -> list[tuple[str, str]]:
    """Imported modules, each with the names that are imported from it."""
    found: list[tuple[str, str]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            found += [(node.module or "", alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names]
    return found


def intrusions(source: str, room: str | None, package: str, listed: Mapping[str, set[str]]) -> list[str]:
    """The imports of a module that bypass a front door. `room`: the room that contains the module, or None."""
    found = []
    for module, name in _imports(source):
        parts = module.split(".")
        if parts[0] != package or len(parts) == 1 or parts[1] not in listed or parts[1] == room:
            continue
        if len(parts) > 2 or (name and name not in listed[parts[1]]):
            found.append(f"{module}: {name}")
    return found


@cache
def sources() -> dict[Path, str]:
    """File → its text, for every file that contains the name of a package of ROOMED."""
    paths = [path for place in PLACES for path in (ROOT / place).rglob("*.py") if ".local" not in path.parts]
    texts = {path: path.read_text() for path in paths}
    return {path: text for path, text in texts.items() if any(package in text for package in ROOMED)}


def room_of(path: Path, home: Path) -> str | None:
    if not path.is_relative_to(home):
        return None
    parts = path.relative_to(home).parts
    return parts[0] if len(parts) > 1 else None


def looks_inside(path: Path, package: str, intrusion: str) -> bool:
    """Whether a file is allowed to import from inside a room, past the front door.

    Tests of the package are allowed to import any name. Tests of other packages are allowed to import only private
    names.
    """
    where = path.relative_to(ROOT).as_posix()
    if where.startswith((f"tests/unit/{package}/", f"tests/integration/{package}/")):
        return True
    return where.startswith("tests/") and intrusion.split(": ")[1].startswith("_")


@pytest.mark.parametrize("package", ROOMED)
def test_rooms_are_entered_by_their_front_doors(package: str):
    home = ROOMED[package]
    listed = doors(home)
    found = {
        path.relative_to(ROOT).as_posix(): past
        for path, text in sources().items()
        for past in [intrusions(text, room_of(path, home), package, listed)]
        if [one for one in past if not looks_inside(path, package, one)]
    }
    assert found == {}


@pytest.mark.parametrize(
    "planted",
    [
        "from chassis.web.paging import Page",
        "import chassis.web.paging",
        "from chassis.web import paging",
        "def late():\n    from chassis.web.paging import Page",
    ],
)
def test_an_import_past_a_front_door_is_caught(planted: str):
    listed = {"web": {"Page"}, "jobs": {"Outbound"}}
    proper = "from chassis.web import Page\nfrom chassis.settings import ChassisSettings\n"
    assert intrusions(proper, None, "chassis", listed) == []
    assert intrusions(planted, None, "chassis", listed) != []
    assert intrusions(planted, "jobs", "chassis", listed) != []
    assert intrusions(planted, "web", "chassis", listed) == []


@pytest.mark.parametrize("package", ROOMED)
def test_a_front_door_lists_only_what_is_used_elsewhere(package: str):
    """A name that no code outside the room imports must be removed from the front door."""
    home = ROOMED[package]
    used: dict[str, set[str]] = {room: set() for room in doors(home)}
    for path, text in sources().items():
        for module, name in _imports(text):
            parts = module.split(".")
            if parts[0] == package and len(parts) == 2 and parts[1] in used and parts[1] != room_of(path, home):
                used[parts[1]].add(name)
    idle = {room: names - used[room] for room, names in doors(home).items()}
    assert {room: names for room, names in idle.items() if names} == {}


def crowded(home: Path) -> dict[str, int]:
    """Folder → the number of its modules, for each folder with more than MOST_MODULES modules."""
    counts = Counter(path.parent for path in home.rglob("*.py") if path.stem != "__init__")
    return {str(folder.relative_to(home)): count for folder, count in counts.items() if count > MOST_MODULES}


@pytest.mark.parametrize("home", [*SOURCES, ROOT / "tests"], ids=lambda home: home.relative_to(ROOT).as_posix())
def test_no_folder_is_crowded(home: Path):
    assert crowded(home) == {}


def test_a_crowded_folder_is_found(tmp_path: Path):
    for folder, count in {"small": MOST_MODULES, "deep/large": MOST_MODULES + 1}.items():
        (tmp_path / folder).mkdir(parents=True)
        for name in ["__init__", *(f"module_{n}" for n in range(count))]:
            (tmp_path / folder / f"{name}.py").touch()
    assert crowded(tmp_path) == {"deep/large": MOST_MODULES + 1}


def circle(package: str) -> list[str]:
    """Modules that import one another in a circle; empty if there is no circle.

    Imports inside functions count, too, and so do imports that only type checkers read.
    """
    graph = grimp.build_graph(package, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_import_runs_in_a_circle(package: str):
    assert circle(package) == []


def test_a_circle_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    package = tmp_path / "roundabout"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "first.py").write_text("from roundabout import second\n")
    (package / "second.py").write_text("def late():\n    from roundabout.first import one\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert {"roundabout.first", "roundabout.second"} <= set(circle("roundabout"))
