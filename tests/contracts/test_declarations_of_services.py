"""What a service declares in its `service.toml` is what its code does."""

import importlib
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from documents import routes_of, service_of
from sqlmodel import SQLModel

from enrollctl import declarations
from enrollctl.backup.table_recovery import TREE
from enrollctl.declarations import OWN_SERVICES, Declaration

ROOT = Path(__file__).parents[2]
EACH = pytest.mark.parametrize("declared", OWN_SERVICES, ids=lambda service: service.name)


@EACH
def test_the_name_is_that_of_the_service_and_of_its_folder(declared: Declaration):
    assert service_of(declared.package).name == declared.name
    assert (ROOT / "services" / declared.name / "pyproject.toml").exists()


def test_every_folder_is_a_service_that_is_declared():
    folders = {path.parent.name for path in ROOT.glob("services/*/pyproject.toml")} - {"chassis"}
    assert folders == {service.name for service in declarations.DECLARATIONS}


@EACH
def test_stories_are_told_by_the_services_that_say_so(declared: Declaration):
    routes = {(route.method, route.path) for route in routes_of(declared.package)}
    assert (("POST", "/people/story") in routes) is declared.person_story


@EACH
def test_every_table_says_once_how_a_rebuild_restores_it(declared: Declaration):
    module = importlib.import_module(f"{declared.package}.tables")
    classes = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, SQLModel)]
    tables = sorted({name for one in classes for name in one.metadata.tables})
    recovery = declared.recovery
    said = [*recovery.from_topics, *recovery.from_backup, *recovery.in_part]
    assert sorted(name for name in said if name not in TREE) == tables


@pytest.mark.parametrize("line", ["port = 8080", 'summary = "a', "", 'summary = "x"\n[[duties]]\nrole = "janitor"'])
def test_a_declaration_that_does_not_fit_is_refused_with_its_file(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    package = tmp_path / "ill_declared"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "service.toml").write_text(line)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "ill_declared", raising=False)
    with pytest.raises(ValueError, match=r"ill_declared/service\.toml"):
        declarations._read(EntryPoint("ill-svc", "ill_declared", declarations.GROUP))


def test_an_environment_without_services_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(declarations, "entry_points", lambda group: [])
    with pytest.raises(LookupError, match="make setup"):
        declarations._read_all()
