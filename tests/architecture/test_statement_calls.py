"""A call of an SQL statement names the statement's parameters. A call with a wrong name fails here, not at run time."""

import ast
import inspect

import pytest
from package_modules import modules_of

from chassis.sql import Statement
from enrollctl.declarations import OWN_SERVICES

PACKAGES = ["chassis", *(service.package for service in OWN_SERVICES)]
#: Method of a statement → the number of its positional arguments before the values: 1 for the connection, or 0.
METHODS = {"fetch": 1, "fetchrow": 1, "fetchval": 1, "execute": 1, "batches": 1, "bind": 0}


def wrong_calls(source: str, names: dict[str, object]) -> tuple[list[str], int]:
    """Calls with an unknown parameter or without a needed parameter, and the number of calls that were compared.

    A call is compared only if the module defines or imports its statement, or if the statement is an attribute of an
    imported module.
    """
    wrong, read = [], 0
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS):
            continue
        statement = _found(node.func.value, names)
        given = {keyword.arg for keyword in node.keywords}
        if not isinstance(statement, Statement) or None in given:
            continue
        read += 1
        sources = len(node.args) - METHODS[node.func.attr]
        if given - statement.known or (sources <= 0 and statement.known - given):
            wrong.append(f"line {node.lineno}: {ast.unparse(node)[:100]}")
    return wrong, read


def _found(node: ast.expr, names: dict[str, object]) -> object:
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        return getattr(_found(node.value, names), node.attr, None)
    if isinstance(node, ast.Subscript) and isinstance(choices := _found(node.value, names), dict):
        return next(iter(choices.values()), None)
    return None


@pytest.mark.parametrize("package", PACKAGES)
def test_calls_of_statements_name_their_parameters(package: str):
    found = {module.__name__: wrong_calls(inspect.getsource(module), vars(module)) for module in modules_of(package)}
    assert {name: wrong for name, (wrong, _) in found.items() if wrong} == {}
    assert sum(read for _, read in found.values()) > 0, f"No call in {package} could be compared."


@pytest.mark.parametrize(
    "call",
    ["FIND.fetch(connection, request_id=1)", "FIND.fetch(connection)", "FIND.fetch(connection, job_id=1, other=2)"],
)
def test_a_wrong_call_is_found(call: str):
    names: dict[str, object] = {"FIND": Statement("SELECT state FROM jobs WHERE id = :job_id")}
    assert len(wrong_calls(call, names)[0]) == 1
    assert wrong_calls("FIND.fetch(connection, job_id=1)", names) == ([], 1)
